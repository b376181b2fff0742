import { digestHex } from '../../src/domain/artifact/digest.ts';
import { jsonBytes } from './encode.ts';
import { MEDIA_TYPES, descriptorOf } from './image.ts';
import type { Descriptor, Pushable } from './image.ts';

/**
 * Where things are pushed: an in-process registry or an HTTP client. `repo` is the path without host
 * (`acme/app`); `reference` is a tag or a digest.
 */
export interface RegistryTarget {
  putBlob(repo: string, digest: string, bytes: Uint8Array): void | Promise<void>;
  putManifest(repo: string, reference: string, bytes: Uint8Array, mediaType: string): unknown;
  /** Reads a manifest back; used to extend a fallback index that is already there. */
  getManifest?(repo: string, reference: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}

/** Pushes blobs, children and the manifest: under its digest, under its own tag if it has one, and under `tags`. */
export async function push(target: RegistryTarget, repo: string, thing: Pushable, tags: readonly string[] = []): Promise<void> {
  for (const child of thing.children ?? []) await push(target, repo, child);
  for (const { digest, bytes } of thing.blobs) await target.putBlob(repo, digest, bytes);
  const references = [thing.digest, ...(thing.tag === undefined ? [] : [thing.tag]), ...tags];
  for (const reference of references) await target.putManifest(repo, reference, thing.manifest, thing.mediaType);
}

/**
 * Pushes a referrer. With `fallbackTag` the client keeps the index `sha256-<hex>` itself, as it must where the
 * registry has no referrers API (distribution-spec, "Referrers Tag Schema").
 */
export async function pushReferrer(target: RegistryTarget, repo: string, thing: Pushable, options: { readonly fallbackTag?: boolean } = {}): Promise<void> {
  if (thing.subject === undefined) throw new Error('not a referrer: the manifest has no subject');
  await push(target, repo, thing);
  if (options.fallbackTag !== true) return;
  const tag = fallbackTag(thing.subject.digest);
  const entry: Descriptor = {
    ...descriptorOf(thing),
    ...(thing.artifactType !== undefined && { artifactType: thing.artifactType }),
    ...(thing.annotations && { annotations: thing.annotations }),
  };
  const known = remembered(target, `${repo}:${tag}`, await readIndex(target, repo, tag));
  if (!known.some((descriptor) => descriptor.digest === entry.digest)) known.push(entry);
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: known };
  await target.putManifest(repo, tag, jsonBytes(index), MEDIA_TYPES.oci.index);
}

/** The tag under which clients look for referrers when the registry has no referrers API. */
export function fallbackTag(subject: string): string {
  return subject.replace(':', '-');
}

/** The tag of cosign's legacy layouts: `sha256-<hex>.sig`, `.att`, `.sbom`. */
export function legacyTag(subject: Descriptor['digest'], suffix: 'sig' | 'att' | 'sbom'): string {
  return `sha256-${digestHex(subject)}.${suffix}`;
}

// Targets that cannot be read back: what was pushed to them is remembered here.
const memory = new WeakMap<RegistryTarget, Map<string, Descriptor[]>>();

function remembered(target: RegistryTarget, name: string, seen: readonly Descriptor[]): Descriptor[] {
  const indexes = memory.get(target) ?? new Map<string, Descriptor[]>();
  memory.set(target, indexes);
  const list = target.getManifest ? [...seen] : (indexes.get(name) ?? []);
  indexes.set(name, list);
  return list;
}

async function readIndex(target: RegistryTarget, repo: string, tag: string): Promise<Descriptor[]> {
  const bytes = await target.getManifest?.(repo, tag);
  if (bytes === undefined) return [];
  return (JSON.parse(Buffer.from(bytes).toString('utf8')) as { manifests: Descriptor[] }).manifests;
}
