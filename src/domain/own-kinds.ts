/** Kinds of documents that are ours, in the one table that every room takes them from. */

/** Group of all of them, as the API server serves it. */
export const OWN_GROUP = 'gatehouse.dev';

/** The version that is read. */
export const OWN_VERSION = 'v1alpha1';

/** A kind of ours, as it is served. */
export interface ServedOwnKind {
  readonly kind: OwnKindName;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** In the order in which documents rely on each other: what is relied on comes first. */
const TABLE = [
  { kind: 'TrustRoot', plural: 'trustroots', namespaced: false },
  { kind: 'RevocationList', plural: 'revocationlists', namespaced: false },
  { kind: 'Signer', plural: 'signers', namespaced: false },
  { kind: 'ClusterArtifactPolicy', plural: 'clusterartifactpolicies', namespaced: false },
  { kind: 'ArtifactPolicy', plural: 'artifactpolicies', namespaced: true },
  { kind: 'PipelinePolicy', plural: 'pipelinepolicies', namespaced: false },
  { kind: 'AdmissionException', plural: 'admissionexceptions', namespaced: false },
] as const;

/** The name of a kind of ours. */
export type OwnKindName = (typeof TABLE)[number]['kind'];

/** All of them; a further kind is a line above, and what it needs in a room does not compile without it. */
export const OWN_KINDS: readonly ServedOwnKind[] = TABLE;

/** Annotations that have a meaning here: of our own groups. Advice is suppressed in them, signatures lie in them. */
const OWN_ANNOTATION = /^(?:[a-z0-9-]+\.)*gatehouse\.dev\//;

/** Of the annotations of an object those that are part of its document, in the order of their keys; tools note there what is theirs. */
export function ownAnnotations(annotations: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const ours = Object.entries(annotations).filter(([key]) => OWN_ANNOTATION.test(key)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ours.length === 0 ? undefined : Object.fromEntries(ours);
}
