// Who listens to an emitter, as text that is the same in each run.

exports.counts = emitter =>
  emitter
    .eventNames()
    .map(name => `${String(name)}:${emitter.listenerCount(name)}`)
    .sort()
    .join(' ')
