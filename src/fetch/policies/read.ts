/** Policies in a registry: an artifact with one file in each layer, by the name in its title, and a version in its annotations. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { own, ownText } from '../../text/json/fields.ts';
import { jsonValue } from '../../text/json/read.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { ObjectStore } from '../oci/object-store.ts';
import type { Reader } from '../oci/reader.ts';

/** `artifactType` of policies. */
export const POLICIES_TYPE = 'application/vnd.gatehouse.policies.v1';
/** Media type of each file in them: YAML, of which JSON is a part. */
export const POLICY_FILE_TYPE = 'application/vnd.gatehouse.policy.v1+yaml';
/** The annotation of a layer with the name of its file, as `oras push` writes it. */
export const TITLE = 'org.opencontainers.image.title';
/** The annotation of the manifest with the version of the whole. */
export const VERSION = 'gatehouse.dev/version';

const MOST_FILES = 512;
const MOST_FILE = 4 * 1024 * 1024;
const MOST_BYTES = 32 * 1024 * 1024;
/** A name for messages, which is never a path on any disk. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}\.(?:ya?ml|json)$/;
const WHOLE = /^[1-9][0-9]{0,14}$/;

/** What an artifact with policies holds; its bytes hash to the digest by which it was asked for. */
export interface PolicyArtifact {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Absent where the manifest names none. */
  readonly version?: number;
}

/** What reading it came to. */
export type PolicyArtifactRead =
  | { readonly ok: true; readonly artifact: PolicyArtifact }
  | { readonly ok: false; readonly problem: FetchProblem };

/**
 * Reads policies by digest. Whatever is not understood (another type, a layer without a name, a name twice) refuses the whole: nothing that
 * was pushed is left out in silence. Throws FetchFailure.
 */
export async function readPolicyArtifact(
  objects: ObjectStore, reader: Reader, digest: Digest, signal: AbortSignal,
): Promise<PolicyArtifactRead> {
  const source = `${reader.repository.name}@${digest}`;
  const refuse = (problem: Omit<FetchProblem, 'source'>): PolicyArtifactRead => ({ ok: false, problem: { source, ...problem } });
  const manifest = await objects.manifest(reader, digest, signal);
  if (manifest === undefined) return refuse({ code: 'FETCH_NOT_FOUND', found: `no manifest ${digest}` });
  const parsed = parseManifest(manifest);
  if (parsed.kind !== 'manifest' || parsed.artifactType !== POLICIES_TYPE) {
    const found = parsed.kind === 'manifest' ? parsed.artifactType : parsed.kind === 'index' ? 'an index' : parsed.found;
    return refuse({ code: 'FETCH_MEDIA_TYPE', found: found.slice(0, 200), expected: POLICIES_TYPE });
  }
  const version = ownText(own(jsonValue(manifest.bytes), 'annotations'), VERSION);
  const wrong = problemOf(parsed.layers, parsed.invalid, version);
  if (wrong !== undefined) return refuse({ code: 'FETCH_MANIFEST_INVALID', ...wrong });
  const files: { name: string; bytes: Uint8Array }[] = [];
  for (const layer of parsed.layers) {
    const bytes = await objects.blob(reader, layer, signal);
    if (bytes === undefined) return refuse({ code: 'FETCH_NOT_FOUND', found: `no layer ${layer.digest}` });
    files.push({ name: layer.annotations[TITLE] ?? '', bytes });
  }
  return { ok: true, artifact: { files, ...(version === undefined ? {} : { version: Number(version) }) } };
}

function problemOf(
  layers: readonly Descriptor[], invalid: number, version: string | undefined,
): { readonly found: string; readonly expected: string } | undefined {
  if (invalid > 0 || layers.length === 0 || layers.length > MOST_FILES)
    return { found: invalid > 0 ? `${invalid} layers that are no descriptors` : `${layers.length} layers`, expected: `1 to ${MOST_FILES} layers` };
  if (version !== undefined && !WHOLE.test(version)) return { found: `version ${version.slice(0, 64)}`, expected: 'a whole number from 1 on' };
  const seen = new Set<string>();
  let total = 0;
  for (const { mediaType, size, annotations } of layers) {
    const name = annotations[TITLE] ?? '';
    total += size;
    if (mediaType !== POLICY_FILE_TYPE) return { found: `a layer of type ${mediaType.slice(0, 200)}`, expected: POLICY_FILE_TYPE };
    if (!NAME.test(name) || seen.has(name))
      return { found: seen.has(name) ? `two layers named ${name}` : `a layer named ${JSON.stringify(name.slice(0, 100))}`, expected: 'a name of its own for each, such as acme.yaml' };
    if (size > MOST_FILE || total > MOST_BYTES) return { found: `${total} bytes`, expected: `at most ${MOST_FILE} bytes a file, and ${MOST_BYTES} together` };
    seen.add(name);
  }
  return undefined;
}
