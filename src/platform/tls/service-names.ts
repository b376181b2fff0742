/** By what names a Service is asked. */

/** The names by which the API server and others reach a Kubernetes Service, and the one of the gate beside it. */
export function serviceNames(service: string, namespace: string): readonly string[] {
  return [service, `${service}-gate`].flatMap((name) => [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`]);
}
