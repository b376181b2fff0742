import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestRegistry } from '../registry.ts';

interface LayoutIndex {
  readonly manifests: readonly { readonly mediaType: string; readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[];
}

const MANIFEST = /^application\/vnd\.(?:oci\.image\.(?:manifest|index)|docker\.distribution\.manifest)/;

/**
 * Loads an OCI image layout as `cosign save` writes it: the entry of kind `…/image` or `…/imageIndex` is the image,
 * `…/sigs` and `…/atts` go to its tags `sha256-<hex>.sig` and `.att`. Returns the image's digest.
 */
export function loadOciLayout(registry: TestRegistry, repository: string, folder: string): string {
  const blobs = join(folder, 'blobs', 'sha256');
  for (const name of readdirSync(blobs)) {
    const bytes = readFileSync(join(blobs, name));
    registry.pushBlob(repository, bytes);
    const mediaType = manifestType(bytes);
    if (mediaType !== undefined) registry.pushManifest(repository, `sha256:${name}`, bytes, mediaType);
  }
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as LayoutIndex;
  const ofKind = (kind: RegExp): LayoutIndex['manifests'][number] | undefined => manifests.find(({ annotations }) => kind.test(annotations?.kind ?? ''));
  const image = ofKind(/\/image(?:Index)?$/) ?? manifests[0];
  if (image === undefined) throw new Error(`${folder} holds no image`);
  for (const [kind, suffix] of [[/\/sigs$/, 'sig'], [/\/atts$/, 'att']] as const) {
    const entry = ofKind(kind);
    if (entry === undefined) continue;
    const bytes = readFileSync(join(blobs, entry.digest.slice(7)));
    registry.pushManifest(repository, `${image.digest.replace(':', '-')}.${suffix}`, bytes, entry.mediaType);
  }
  return image.digest;
}

/** The media type of a blob that is a manifest; old Docker manifests are told by their shape. */
function manifestType(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== 0x7b || bytes.length > 4 * 1024 * 1024) return undefined;
  try {
    const json = JSON.parse(Buffer.from(bytes).toString('utf8')) as { mediaType?: string };
    return json.mediaType !== undefined && MANIFEST.test(json.mediaType) ? json.mediaType : undefined;
  } catch {
    return undefined;
  }
}
