/** Policies put into a registry: each file as a layer, and a manifest under a tag. */
import type { Digest } from '../../domain/artifact/digest.ts';
import { digestOf } from '../oci/content.ts';
import { OCI_EMPTY, OCI_MANIFEST } from '../oci/media-types.ts';
import { POLICIES_TYPE, POLICY_FILE_TYPE, TITLE, VERSION } from './read.ts';
import type { Reader } from '../oci/reader.ts';
import type { RegistryPut } from '../push/put.ts';

/** What is pushed. */
export interface PushedPolicies {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly version?: number | undefined;
  /** Absent: under its digest alone. */
  readonly tag?: string | undefined;
}

const EMPTY = Buffer.from('{}');

/** Pushes policies and gives the digest of their manifest: the same files and version are the same manifest. Throws FetchFailure. */
export async function pushPolicyArtifact(
  put: RegistryPut, writer: Reader, { files, version, tag }: PushedPolicies, signal: AbortSignal,
): Promise<Digest> {
  const layers = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const body = Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType: POLICIES_TYPE,
    config: { mediaType: OCI_EMPTY, digest: digestOf(EMPTY), size: EMPTY.length },
    layers: layers.map(({ name, bytes }) => ({
      mediaType: POLICY_FILE_TYPE, digest: digestOf(bytes), size: bytes.length, annotations: { [TITLE]: name },
    })),
    ...(version === undefined ? {} : { annotations: { [VERSION]: String(version) } }),
  }));
  for (const bytes of [EMPTY, ...layers.map((layer) => layer.bytes)]) await put.blob(writer, bytes, signal);
  const digest = digestOf(body);
  await put.manifest(writer, tag ?? digest, body, OCI_MANIFEST, signal);
  return digest;
}
