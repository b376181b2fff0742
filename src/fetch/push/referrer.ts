/** Evidence of our own beside an image: blobs, a manifest whose subject is the image, and the tag that lists it where nothing else does. */
import { digestAlgorithm, digestHex } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { FetchFailure } from '../../net/failure.ts';
import { ownList, ownText } from '../../text/json/fields.ts';
import { jsonValue } from '../../text/json/read.ts';
import { digestOf } from '../oci/content.ts';
import { DSSE_ENVELOPE, IN_TOTO, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST, SIGSTORE_BUNDLE, essence } from '../oci/media-types.ts';
import type { Reader } from '../oci/reader.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import { createPut } from './put.ts';
import type { RegistryWrite } from './registry-write.ts';

/** What is pushed, and beside what. */
export interface Referring {
  readonly subject: Digest;
  /** A DSSE envelope or a Sigstore bundle, as JSON. */
  readonly text: string;
  readonly predicateType: string;
}

/** Pushes it and gives the digest of its manifest. The same text beside the same image is the same manifest. Throws FetchFailure. */
export type PushReferrer = (writer: Reader, referring: Referring, signal: AbortSignal) => Promise<Digest>;

const EMPTY = Buffer.from('{}');
/** Others may write the same tag at the same moment; whoever was overwritten tries again. */
const TRIES = 3;

/** Makes the function that pushes (distribution-spec 1.1, "Pushing manifests with subject"). */
export function createPushReferrer(client: RegistryClient, write: RegistryWrite): PushReferrer {
  const { blob, manifest } = createPut(client, write);

  /** Registries without the referrers API are asked for this tag instead; what others have listed there stays. */
  async function list(writer: Reader, subject: Digest, entry: Entry, signal: AbortSignal): Promise<void> {
    const tag = `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`;
    for (let tried = 0; tried < TRIES; tried += 1) {
      const entries = await listed(writer, tag, signal);
      if (entries.some((one) => ownText(one, 'digest') === entry.digest)) return;
      const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...entries, entry] };
      await manifest(writer, tag, Buffer.from(JSON.stringify(index)), OCI_INDEX, signal);
    }
    if ((await listed(writer, tag, signal)).some((one) => ownText(one, 'digest') === entry.digest)) return;
    const source = writer.repository.origin.host.text;
    throw new FetchFailure({ code: 'FETCH_SERVER_ERROR', source, found: `tag ${tag} that others keep overwriting` });
  }

  async function listed(writer: Reader, tag: string, signal: AbortSignal): Promise<readonly unknown[]> {
    const found = await client.manifest(writer, tag, signal);
    if (found === undefined) return [];
    const known = ownList(jsonValue(found.bytes), 'manifests');
    // What is there and is no list is somebody's: it is not written over.
    if (known === undefined)
      throw new FetchFailure({ code: 'FETCH_MANIFEST_INVALID', source: `tag ${tag}`, found: 'no index', expected: 'an index of referrers' });
    return known;
  }

  return async (writer, { subject, text, predicateType }, signal) => {
    const image = await client.manifest(writer, subject, signal);
    if (image === undefined)
      throw new FetchFailure({ code: 'FETCH_NOT_FOUND', source: writer.repository.name, found: `no manifest ${subject}` });
    const layer = Buffer.from(text);
    const type = typesOf(text);
    const body = Buffer.from(JSON.stringify({
      schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType: type.artifact,
      config: { mediaType: OCI_EMPTY, digest: digestOf(EMPTY), size: EMPTY.length },
      layers: [{ mediaType: type.layer, digest: digestOf(layer), size: layer.length, annotations: { [PREDICATE_TYPE]: predicateType } }],
      subject: { mediaType: mediaTypeOf(image.bytes, image.contentType), digest: subject, size: image.bytes.length },
      annotations: { [PREDICATE_TYPE]: predicateType },
    }));
    const digest = digestOf(body);
    await Promise.all([blob(writer, EMPTY, signal), blob(writer, layer, signal)]);
    const reply = await manifest(writer, digest, body, OCI_MANIFEST, signal);
    // What a registry says it has taken it also has: a summary that nobody can read admits nothing, and nobody would know why.
    if ((await client.manifest(writer, digest, signal)) === undefined)
      throw new FetchFailure({ code: 'FETCH_NOT_FOUND', source: writer.repository.name, found: `no manifest ${digest}, which it took` });
    // Absent: the registry does not know of subjects, so that nobody would find it.
    if (reply.headers['oci-subject'] !== subject)
      await list(writer, subject, { mediaType: OCI_MANIFEST, digest, size: body.length, artifactType: type.artifact }, signal);
    return digest;
  };
}

interface Entry {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType: string;
}

const PREDICATE_TYPE = 'in-toto.io/predicate-type';

/** A keyless one comes as a bundle, which stands alone in its manifest. */
function typesOf(text: string): { readonly artifact: string; readonly layer: string } {
  const bundle = ownText(jsonValue(Buffer.from(text)), 'mediaType') ?? '';
  return bundle.startsWith(SIGSTORE_BUNDLE) ? { artifact: bundle, layer: bundle } : { artifact: IN_TOTO, layer: DSSE_ENVELOPE };
}

function mediaTypeOf(bytes: Uint8Array, contentType: string): string {
  return ownText(jsonValue(bytes), 'mediaType') ?? (essence(contentType) || OCI_MANIFEST);
}
