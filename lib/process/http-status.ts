// Which answers by HTTP are failures, by their status code: to each side what OpenTelemetry's conventions say of it. Pure.

type StatusCode = number | null | undefined

/** To who answers: what the caller did wrong (4xx) is no failure of the service. */
export const failedToServe = (statusCode: StatusCode): boolean => (statusCode ?? 0) >= 500

/** To who called. */
export const failedToGet = (statusCode: StatusCode): boolean => (statusCode ?? 0) >= 400
