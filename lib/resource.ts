// What the environment says about where the service runs, as OpenTelemetry's resource attributes. Pure. OTEL_RESOURCE_ATTRIBUTES
// wins over all of it.

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

type Environment = Record<string, string | undefined>

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

/** 64 hex digits of Docker, containerd, CRI-O and Podman; 32 and a number of ECS on Fargate. */
const ID = /(?:^|[/:-])([0-9a-f]{64}|[0-9a-f]{32}-\d{1,10})(?:\.scope)?$/
const IN_MOUNT = /\/(?:containers|overlay-containers|sandboxes)\/([0-9a-f]{64})\//

/**
 * The container's id from `/proc/self/cgroup` (v1: the path's last part) or `/proc/self/mountinfo` (v2: where the runtime mounts
 * hostname and resolv.conf from, not the sandbox of the pod where there is another).
 */
export function containerId(cgroup: string, mountinfo: string): string | undefined {
  for (const line of cgroup.split('\n')) {
    const found = ID.exec(line.trim())?.[1]
    if (found) return found
  }
  const ids = mountinfo.split('\n').flatMap(line => {
    const [where, id] = IN_MOUNT.exec(line) ?? []
    return id ? [{ id, sandbox: where!.startsWith('/sandboxes') }] : []
  })
  return (ids.find(({ sandbox }) => !sandbox) ?? ids[0])?.id
}

/** OpenTelemetry's names for Node's. */
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm: 'arm32', ia32: 'x86' }
const SYSTEMS: Record<string, string> = { win32: 'windows', sunos: 'solaris' }

export const architectureOf = (arch: string): string => ARCHITECTURES[arch] ?? arch
export const systemOf = (platform: string): string => SYSTEMS[platform] ?? platform
