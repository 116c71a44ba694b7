// Who made a report. Types only.

export interface Service {
  name: string
  version: string
  instance: string
  host: string
  pid: number
  /** Further attributes of OpenTelemetry's resource: host, process, container, deployment. */
  attributes?: Record<string, string>
}
