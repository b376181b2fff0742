/** The kinds of the cluster that hold policies, and what is read of one object: what its author wrote. */
import { createHash } from 'node:crypto';
import { OWN_GROUP, OWN_KINDS, OWN_VERSION, ownAnnotations } from '../../../domain/own-kinds.ts';
import type { ServedOwnKind } from '../../../domain/own-kinds.ts';
import { isObject, own, ownText } from '../../../text/json/fields.ts';
import type { PolicyFile } from '../files.ts';

/** A kind of ours, as the API server serves it. */
export type ResourceKind = ServedOwnKind;

const GROUP_VERSION = `${OWN_GROUP}/${OWN_VERSION}`;

/** In the order in which documents rely on each other. */
export const RESOURCE_KINDS: readonly ResourceKind[] = OWN_KINDS;

/** Path of the list of all objects of a kind. */
export function pathOf({ plural }: ResourceKind): string {
  return `/apis/${GROUP_VERSION}/${plural}`;
}

/** Which object a document of the cluster is. */
export interface ResourceIdentity {
  /** `ClusterArtifactPolicy acme-images`, `ArtifactPolicy shop/x`: the name of its document among all others. */
  readonly key: string;
  readonly kind: string;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `metadata.generation`, which changes with the spec alone. */
  readonly generation?: number;
  readonly resourceVersion: string;
  /** Epoch milliseconds; 0 where the API server does not say. */
  readonly createdAt: number;
}

/** An object of the cluster as a document, with a hash over its text. */
export interface ResourceDocument extends ResourceIdentity {
  readonly file: PolicyFile;
  readonly hash: string;
  /** It was deleted, and is still there because somebody's finalizer holds it. */
  readonly going?: true;
}

/** Kinds by which something is let through: who deletes one wants that to end, whatever holds the object. */
const LETTING_THROUGH: ReadonlySet<string> = new Set(['TrustRoot', 'Signer', 'AdmissionException']);

/** True where the object counts: what demands something does until it is gone, what lets something through until it is deleted. */
export function counts({ kind, going }: Pick<ResourceDocument, 'kind' | 'going'>): boolean {
  return going !== true || !LETTING_THROUGH.has(kind);
}

/** Characters of a document: a namespace may have many, and must not fill the memory of all. The API server's own limit is 1.5 MB. */
const MOST_OF_TENANT = 128 * 1024;
const MOST_OF_CLUSTER = 1024 * 1024;

function tooLarge(found: number, most: number): string {
  return `has ${found} characters, more than the limit of ${most}: nothing of it is read; make several of it`;
}

/**
 * Reads an object; `undefined` when it is none of the kind. Its text is what its author wrote: every field but `status`, and of the
 * metadata the name, the namespace and our own annotations. The kind is that of the list it came from.
 */
export function readResource(object: unknown, { kind, namespaced }: ResourceKind): ResourceDocument | undefined {
  const metadata = own(object, 'metadata');
  if (!isObject(object) || !isObject(metadata)) return undefined;
  const [name, namespace] = [ownText(metadata, 'name') ?? '', namespaced ? ownText(metadata, 'namespace') ?? '' : ''];
  if (name === '' || (namespaced && namespace === '')) return undefined;
  const { status: _status, metadata: _metadata, apiVersion = GROUP_VERSION, kind: _kind, ...rest } = object;
  const identity = { name, ...(namespaced ? { namespace } : {}) };
  const text = JSON.stringify({ apiVersion, kind, metadata: { ...identity, ...annotationsOf(metadata) }, ...rest });
  const most = namespaced ? MOST_OF_TENANT : MOST_OF_CLUSTER;
  const key = namespaced ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
  const generation = metadata['generation'];
  const createdAt = Date.parse(ownText(metadata, 'creationTimestamp') ?? '');
  return {
    key, kind, namespace, name,
    uid: ownText(metadata, 'uid') ?? '',
    ...(typeof generation === 'number' ? { generation } : {}),
    resourceVersion: ownText(metadata, 'resourceVersion') ?? '',
    createdAt: Number.isNaN(createdAt) ? 0 : createdAt,
    file: { path: key, resource: true, ...(text.length > most ? { text: '', problem: tooLarge(text.length, most) } : { text }) },
    hash: createHash('sha256').update(text).digest('base64'),
    ...((metadata['deletionTimestamp'] ?? null) === null ? {} : { going: true }),
  };
}

function annotationsOf(metadata: Readonly<Record<string, unknown>>): { readonly annotations?: unknown } {
  const written = metadata['annotations'];
  const annotations = isObject(written) ? ownAnnotations(written) : undefined;
  return annotations === undefined ? {} : { annotations };
}
