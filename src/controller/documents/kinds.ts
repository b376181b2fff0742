/** The kinds of resources whose documents are compiled, and where the API server serves them. */
import type { ObjectPlace } from '../cluster/writer.ts';

/** One kind. */
export interface DocumentKind {
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export const GROUP = 'gatehouse.dev';
export const VERSION = 'v1alpha1';

export const DOCUMENT_KINDS: readonly DocumentKind[] = [
  { kind: 'Signer', plural: 'signers', namespaced: false },
  { kind: 'ClusterArtifactPolicy', plural: 'clusterartifactpolicies', namespaced: false },
  { kind: 'ArtifactPolicy', plural: 'artifactpolicies', namespaced: true },
  { kind: 'TrustRoot', plural: 'trustroots', namespaced: false },
  { kind: 'RevocationList', plural: 'revocationlists', namespaced: false },
  { kind: 'PipelinePolicy', plural: 'pipelinepolicies', namespaced: false },
  { kind: 'AdmissionException', plural: 'admissionexceptions', namespaced: false },
];

/** What a document is called. */
export interface DocumentName {
  readonly kind: string;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** Where a document lies; throws for a kind that is none of ours. */
export function placeOf({ kind, namespace, name }: DocumentName): ObjectPlace {
  const known = DOCUMENT_KINDS.find((one) => one.kind === kind);
  if (known === undefined) throw new Error(`${kind} is no kind of ${GROUP}`);
  return { group: GROUP, version: VERSION, plural: known.plural, ...(known.namespaced ? { namespace } : {}), name };
}

/** `ClusterArtifactPolicy acme-images`, `ArtifactPolicy shop/x`: under this name a document is compiled. */
export function keyOf({ kind, namespace, name }: DocumentName): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
