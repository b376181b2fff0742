/** Manifests and indexes, read such that nothing in them can be taken for two things. */
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { INDEX_TYPES, MANIFEST_TYPES } from './media-types.ts';

/** A manifest as received: its bytes hash to `digest`, nothing in it is trusted. */
export interface ManifestBytes {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** The `Content-Type` of the answer, without parameters; empty when there was none. */
  readonly contentType: string;
}

/** A pointer to content (OCI image-spec, descriptor.md); annotations and `data` are hostile input. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** Embedded content, base64. */
  readonly data: string | undefined;
  /** For which platform an entry of an index is, if it says so in text. */
  readonly platform: { readonly os: string; readonly architecture: string } | undefined;
}

export interface ImageManifest {
  readonly kind: 'manifest';
  /** `artifactType`, or the config's media type when there is none (distribution-spec, listing referrers). */
  readonly artifactType: string;
  readonly layers: readonly Descriptor[];
  /** Layers that are no valid descriptors. */
  readonly invalid: number;
  readonly subject: Digest | undefined;
}

export interface ImageIndex {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
  /** Entries that are no valid descriptors. */
  readonly invalid: number;
}

/** A manifest that cannot be used, in words for the user. */
export interface Unusable {
  readonly kind: 'unusable';
  readonly reason: 'media-type' | 'invalid' | 'too-many';
  readonly found: string;
}

const MOST_ANNOTATIONS = 256;
const MOST_ENTRIES = 10_000;
/** What servers write that do not know the type: it contradicts none. */
const UNTOLD: ReadonlySet<string> = new Set(['', 'application/json', 'application/octet-stream', 'binary/octet-stream', 'text/plain']);
/** What other kinds of manifest hold: a runtime that reads these sees something else (as containerd checks, attack D18). */
const OF_OTHERS = ['manifests', 'fsLayers'] as const;
const OF_IMAGES = ['layers', 'config', 'fsLayers'] as const;
/** Asked before parsing: millions of tiny items in few bytes would hold up everybody else (attacks G02, G17). */
const MOST_ITEMS = 200_000;

/**
 * Reads a manifest or index. The media type in the body counts, else the header's; when both are there and
 * differ, or when the body has the fields of another kind, it is not used: two readers would see two things.
 */
export function parseManifest({ bytes, contentType }: Pick<ManifestBytes, 'bytes' | 'contentType'>): ImageManifest | ImageIndex | Unusable {
  const read = readJsonBytes(bytes, { maxItems: MOST_ITEMS });
  if (!read.ok && 'most' in read.fault) {
    const unit = read.fault.kind === 'depth' ? 'levels' : 'items';
    return { kind: 'unusable', reason: 'too-many', found: `JSON of more than ${read.fault.most} ${unit}` };
  }
  const json = read.ok ? read.value : undefined;
  if (!isObject(json)) return { kind: 'unusable', reason: 'invalid', found: 'a manifest that is not a JSON object' };
  const mediaType = ownText(json, 'mediaType') ?? contentType;
  if (!MANIFEST_TYPES.has(mediaType) && !INDEX_TYPES.has(mediaType)) {
    const schema1 = own(json, 'schemaVersion') === 1 ? 'a schema 1 manifest' : undefined;
    return { kind: 'unusable', reason: 'media-type', found: schema1 ?? (mediaType === '' ? 'no media type' : mediaType.slice(0, 200)) };
  }
  if (own(json, 'schemaVersion') !== 2) return { kind: 'unusable', reason: 'media-type', found: 'a manifest whose schemaVersion is not 2' };
  if (!UNTOLD.has(contentType) && contentType !== mediaType)
    return { kind: 'unusable', reason: 'invalid', found: `${mediaType} served as ${contentType.slice(0, 200)}` };
  const foreign = (MANIFEST_TYPES.has(mediaType) ? OF_OTHERS : OF_IMAGES).filter((name) => own(json, name) !== undefined);
  if (foreign.length > 0) {
    const what = MANIFEST_TYPES.has(mediaType) ? 'a manifest' : 'an index';
    return { kind: 'unusable', reason: 'invalid', found: `${what} that also has ${foreign.join(', ')}` };
  }
  const [layers, manifests] = [ownList(json, 'layers'), ownList(json, 'manifests')];
  const count = Math.max(layers?.length ?? 0, manifests?.length ?? 0);
  if (count > MOST_ENTRIES) return { kind: 'unusable', reason: 'too-many', found: `${count} entries` };
  if (MANIFEST_TYPES.has(mediaType)) return readManifest(json, layers);
  return manifests === undefined ? { kind: 'unusable', reason: 'invalid', found: 'an index without manifests' } : readIndex(manifests);
}

/**
 * Reads a page of the referrers API by what it is, whatever it is called: registries name it `application/json`, leave out versions,
 * and write `null` for an empty list. Nothing in it is believed but where to look.
 */
export function parseReferrers(bytes: Uint8Array): ImageIndex | Unusable {
  const read = readJsonBytes(bytes, { maxItems: MOST_ITEMS });
  if (!read.ok && 'most' in read.fault)
    return { kind: 'unusable', reason: 'too-many', found: `JSON of more than ${read.fault.most} items` };
  const manifests = read.ok ? own(read.value, 'manifests') : undefined;
  if (manifests === null) return { kind: 'index', manifests: [], invalid: 0 };
  if (!Array.isArray(manifests)) return { kind: 'unusable', reason: 'invalid', found: 'no list of referrers' };
  const entries: readonly unknown[] = manifests;
  if (entries.length > MOST_ENTRIES) return { kind: 'unusable', reason: 'too-many', found: `${entries.length} entries` };
  return readIndex(entries);
}

function readManifest(json: object, layers: readonly unknown[] | undefined): ImageManifest | Unusable {
  const subject = own(json, 'subject');
  const subjectDigest = parseDigest(own(subject, 'digest'));
  if (layers === undefined) return { kind: 'unusable', reason: 'invalid', found: 'a manifest without layers' };
  if (subject !== undefined && subject !== null && subjectDigest === undefined)
    return { kind: 'unusable', reason: 'invalid', found: 'a manifest whose subject has no valid digest' };
  const read = layers.map(readDescriptor).filter((layer) => layer !== undefined);
  return {
    kind: 'manifest',
    artifactType: ownText(json, 'artifactType') || ownText(own(json, 'config'), 'mediaType') || '',
    layers: read,
    invalid: layers.length - read.length,
    subject: subjectDigest,
  };
}

function readIndex(entries: readonly unknown[]): ImageIndex {
  const manifests = entries.map(readDescriptor).filter((entry) => entry !== undefined);
  return { kind: 'index', manifests, invalid: entries.length - manifests.length };
}

function readDescriptor(value: unknown): Descriptor | undefined {
  const digest = parseDigest(own(value, 'digest'));
  const size = own(value, 'size');
  const mediaType = ownText(value, 'mediaType');
  if (digest === undefined || mediaType === undefined || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    return undefined;
  return {
    digest,
    size,
    mediaType,
    artifactType: ownText(value, 'artifactType'),
    annotations: readAnnotations(own(value, 'annotations')),
    data: ownText(value, 'data'),
    platform: readPlatform(own(value, 'platform')),
  };
}

function readPlatform(value: unknown): Descriptor['platform'] {
  const [os, architecture] = [ownText(value, 'os'), ownText(value, 'architecture')];
  return os === undefined || architecture === undefined ? undefined : { os, architecture };
}

/** Text values only, in an object without prototype: a key like `constructor` is an ordinary key. */
function readAnnotations(value: unknown): Readonly<Record<string, string>> {
  const annotations = Object.create(null) as Record<string, string>;
  if (!isObject(value)) return annotations;
  for (const [key, text] of Object.entries(value).slice(0, MOST_ANNOTATIONS)) if (typeof text === 'string') annotations[key] = text;
  return annotations;
}
