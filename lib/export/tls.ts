// Certificates and keys of a destination, from PEM files. Agent thread.

import { readFileSync } from 'node:fs'

export interface Tls {
  /** Paths of PEM files; '' for none. */
  certificate: string
  clientKey: string
  clientCertificate: string
}

export const NO_TLS: Tls = { certificate: '', clientKey: '', clientCertificate: '' }

/** Read when a connection first needs them and again after a failure: mounted certificates may come late. */
export const readTls = ({ certificate, clientKey, clientCertificate }: Tls) => ({
  ...(certificate && { ca: readFileSync(certificate) }),
  ...(clientKey && { key: readFileSync(clientKey) }),
  ...(clientCertificate && { cert: readFileSync(clientCertificate) })
})
