/** Definitions of our own kinds, minimal: any field, a status of its own. What a schema refuses is not tried here. */

const KINDS = [
  ['Signer', 'signers', 'Cluster'], ['ClusterArtifactPolicy', 'clusterartifactpolicies', 'Cluster'], ['ArtifactPolicy', 'artifactpolicies', 'Namespaced'],
  ['TrustRoot', 'trustroots', 'Cluster'], ['RevocationList', 'revocationlists', 'Cluster'], ['PipelinePolicy', 'pipelinepolicies', 'Cluster'],
  ['AdmissionException', 'admissionexceptions', 'Cluster'],
] as const;

/** All of them, as one List to apply. */
export function ownCrds(): object {
  const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'v1', kind: 'List',
    items: KINDS.map(([kind, plural, scope]) => ({
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.gatehouse.dev` },
      spec: {
        group: 'gatehouse.dev', scope, names: { kind, plural, singular: kind.toLowerCase() },
        versions: [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: any }, subresources: { status: {} } }],
      },
    })),
  };
}

/** Names of the definitions, to wait for. */
export function ownCrdNames(): readonly string[] {
  return KINDS.map(([, plural]) => `crd/${plural}.gatehouse.dev`);
}

/** Path of a resource in the API. */
export function ownPath(kind: string, name = '', namespace = ''): string {
  const plural = KINDS.find(([one]) => one === kind)?.[1] ?? '';
  return `/apis/gatehouse.dev/v1alpha1${namespace === '' ? '' : `/namespaces/${namespace}`}/${plural}${name === '' ? '' : `/${name}`}`;
}
