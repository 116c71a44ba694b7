// Of a service's slow requests, what is not their own time. Data.

/** Peers' time is not a service's own, whatever it is called in the breakdown. */
export const PEER_CAUSES: ReadonlySet<string> = new Set(['http.slow_peer', 'http.n_plus_one'])
