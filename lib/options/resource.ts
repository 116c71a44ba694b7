// What the environment says about where the service runs, as OpenTelemetry's resource attributes. Pure. OTEL_RESOURCE_ATTRIBUTES
// wins over all of it.

import type { Environment } from './config.js'

/** Attribute → variables by which deployments hand it in (Kubernetes' downward API; the first that is set counts). */
export const FROM_ENVIRONMENT: Record<string, string[]> = {
  'deployment.environment.name': ['NODE_ENV'],
  'k8s.cluster.name': ['K8S_CLUSTER_NAME'],
  'k8s.namespace.name': ['K8S_NAMESPACE_NAME', 'K8S_NAMESPACE', 'POD_NAMESPACE'],
  'k8s.node.name': ['OTEL_RESOURCE_ATTRIBUTES_NODE_NAME', 'K8S_NODE_NAME', 'NODE_NAME'],
  'k8s.pod.name': ['OTEL_RESOURCE_ATTRIBUTES_POD_NAME', 'K8S_POD_NAME', 'POD_NAME'],
  'k8s.pod.uid': ['K8S_POD_UID', 'POD_UID'],
  'k8s.container.name': ['K8S_CONTAINER_NAME'],
  'k8s.deployment.name': ['K8S_DEPLOYMENT_NAME'],
  'k8s.statefulset.name': ['K8S_STATEFULSET_NAME']
}

export function resourceFromEnvironment(env: Environment): Record<string, string> {
  const found: Record<string, string> = {}
  const inKubernetes = Boolean(env['KUBERNETES_SERVICE_HOST'])
  for (const [attribute, variables] of Object.entries(FROM_ENVIRONMENT)) {
    // NODE_NAME and its kind mean something else elsewhere.
    if (attribute.startsWith('k8s.') && !inKubernetes) continue
    const value = variables.map(name => env[name]?.trim()).find(Boolean)
    if (value) found[attribute] = value
  }
  // A pod's host name is its name, unless somebody set another; then HOSTNAME says so too.
  if (inKubernetes && env['HOSTNAME']) found['k8s.pod.name'] ??= env['HOSTNAME']
  return found
}
