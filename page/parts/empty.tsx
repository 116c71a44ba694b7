// What a person sees before anything came: how to make something come.

export function Empty() {
  return (
    <section class="panel empty-start">
      <h1>Waiting for slow requests</h1>
      <p>Nothing was received yet. Start a service with the agent, and let it send here:</p>
      <pre>
        {`OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin} \\
  node --require perfagent/register app.js`}
      </pre>
      <p class="dim">
        Spans of any other OpenTelemetry SDK are taken too, at <code>{location.origin}/v1/traces</code>.
      </p>
    </section>
  )
}
