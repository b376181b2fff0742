/** The kinds of resources whose documents are compiled, and where the API server serves them. */
import { OWN_GROUP, OWN_KINDS, OWN_VERSION } from '../../domain/own-kinds.ts';
import type { ObjectPlace } from '../cluster/writer.ts';

/** What a document is called. */
export interface DocumentName {
  readonly kind: string;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** Where a document lies; throws for a kind that is none of ours. */
export function placeOf({ kind, namespace, name }: DocumentName): ObjectPlace {
  const known = OWN_KINDS.find((one) => one.kind === kind);
  if (known === undefined) throw new Error(`${kind} is no kind of ${OWN_GROUP}`);
  return { group: OWN_GROUP, version: OWN_VERSION, plural: known.plural, ...(known.namespaced ? { namespace } : {}), name };
}

/** `ClusterArtifactPolicy acme-images`, `ArtifactPolicy shop/x`: under this name a document is compiled. */
export function keyOf({ kind, namespace, name }: DocumentName): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
