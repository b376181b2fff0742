/** Tekton bundles: images with one definition in each layer, told apart by annotations. */
import type { ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { DefinitionSource, FetchProblem } from '../../domain/ports.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { ObjectStore } from '../oci/object-store.ts';
import type { Reader } from '../oci/reader.ts';
import { fileInLayer } from './archive.ts';

/** Layers of a bundle; Tekton reads no bundle with more (pkg/resolution/resolver/bundle). */
const MOST_LAYERS = 20;
/** Bytes of one layer. */
const MOST_LAYER = 1024 * 1024;

const NAME = 'dev.tekton.image.name';
const KIND = 'dev.tekton.image.kind';

/**
 * Reads one definition from a bundle by its digest: the layer whose annotations have this kind (in any case) and this name. Manifest and
 * layer hash to the digests by which they are asked for. Two layers of one name are refused: readers could take either. Throws
 * FetchFailure.
 */
export async function readBundle(
  objects: ObjectStore,
  reader: Reader,
  image: ArtifactRef & { readonly digest: Digest },
  entry: { readonly kind: string; readonly name: string },
  signal: AbortSignal,
): Promise<Awaited<ReturnType<DefinitionSource['bundle']>>> {
  const source = `bundle ${image.name}`;
  const refuse = (problem: Omit<FetchProblem, 'source'>): { readonly ok: false; readonly problem: FetchProblem } =>
    ({ ok: false, problem: { source, ...problem } });
  const manifest = await objects.manifest(reader, image.digest, signal);
  if (manifest === undefined) return refuse({ code: 'FETCH_NOT_FOUND', found: `no manifest ${image.digest}` });
  const parsed = parseManifest(manifest);
  if (parsed.kind !== 'manifest') {
    const found = parsed.kind === 'index' ? 'an index' : parsed.found;
    return refuse({ code: 'FETCH_MEDIA_TYPE', found, expected: 'an image with definitions as layers' });
  }
  if (parsed.invalid > 0 || parsed.layers.length > MOST_LAYERS) {
    const found = parsed.invalid > 0 ? `${parsed.invalid} layers that are no descriptors` : `${parsed.layers.length} layers`;
    return refuse({ code: 'FETCH_MANIFEST_INVALID', found, expected: `at most ${MOST_LAYERS} layers` });
  }
  const [layer, ...others] = parsed.layers.filter((one) => isEntry(one, entry));
  if (layer === undefined) return refuse({ code: 'FETCH_NOT_FOUND', found: `no ${entry.kind} ${entry.name}` });
  if (others.length > 0 || layer.size > MOST_LAYER) {
    const found = others.length > 0 ? `${others.length + 1} layers for ${entry.kind} ${entry.name}` : `a layer of ${layer.size} bytes`;
    return refuse({ code: 'FETCH_MANIFEST_INVALID', found, expected: `one layer of at most ${MOST_LAYER} bytes` });
  }
  const blob = await objects.blob(reader, layer, signal);
  if (blob === undefined) return refuse({ code: 'FETCH_NOT_FOUND', found: `no layer ${layer.digest}` });
  const file = fileInLayer(blob, layer.mediaType);
  if (!file.ok) return refuse({ code: 'FETCH_MANIFEST_INVALID', found: file.why });
  return { ok: true, content: file.content, digest: image.digest };
}

function isEntry({ annotations }: Descriptor, { kind, name }: { readonly kind: string; readonly name: string }): boolean {
  return annotations[NAME] === name && annotations[KIND]?.toLowerCase() === kind.toLowerCase();
}
