/** What of a document of policies is signed: who it is, which version of it, and what it says; nothing of how it is written down. */
import type { Digest } from '../domain/artifact/digest.ts';
import { own, ownText } from '../text/json/fields.ts';
import { jcs } from '../text/json/jcs.ts';
import { NotCanonical } from '../text/json/olpc.ts';
import type { Result } from '../text/result.ts';
import { bad, good } from '../text/result.ts';
import { sha256Hex } from '../text/sha256.ts';

/** The annotation with the version of a document: a whole number from 1 on, which whoever signs raises with every change. */
export const VERSION_ANNOTATION = 'gatehouse.dev/version';
/** The annotation with the signature: a DSSE envelope, or a Sigstore bundle over the canonical form, in base64. */
export const SIGNATURE_ANNOTATION = 'gatehouse.dev/signature';
/** Type of the payload of these envelopes. */
export const POLICY_PAYLOAD_TYPE = 'application/vnd.gatehouse.policy+json';

/** Up to 2^53, so that no reader rounds it. */
const VERSION = /^[1-9][0-9]{0,14}$/;

/** A document as it is signed. */
export interface SignableDocument {
  /** `ClusterArtifactPolicy/acme-images`, `ArtifactPolicy/shop/images`. */
  readonly name: string;
  readonly version: number;
  /** The bytes that are signed, as text. */
  readonly canonical: string;
  /** sha256 of these bytes. */
  readonly digest: Digest;
}

/** The name of a document: kind and name, between them the namespace if it has one; `undefined` where these cannot be read. */
export function documentName(value: unknown): string | undefined {
  const metadata = own(value, 'metadata');
  const [kind, name, namespace] = [ownText(value, 'kind'), ownText(metadata, 'name'), own(metadata, 'namespace')];
  if (kind === undefined || name === undefined || (namespace !== undefined && typeof namespace !== 'string')) return undefined;
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/**
 * Reads what of a document is signed: apiVersion, kind, name, namespace, the annotation `gatehouse.dev/version` and the specification, by
 * RFC 8785. Formatting, comments, labels, other annotations and the status are no part of it. A problem says what is missing for it.
 */
export function signableDocument(value: unknown): Result<SignableDocument> {
  const name = documentName(value);
  if (name === undefined) return bad('expected a document with kind and metadata.name, which are signed');
  const metadata = own(value, 'metadata');
  const version = ownText(own(metadata, 'annotations'), VERSION_ANNOTATION);
  if (version === undefined)
    return bad(`has no version; write annotation ${VERSION_ANNOTATION}: "1" in quotes, and raise it with every change`);
  if (!VERSION.test(version))
    return bad(`annotation ${VERSION_ANNOTATION}: expected a whole number from 1 on, found ${JSON.stringify(version.slice(0, 64))}`);
  const said = {
    apiVersion: own(value, 'apiVersion'), kind: own(value, 'kind'), spec: own(value, 'spec'),
    metadata: { name: own(metadata, 'name'), namespace: own(metadata, 'namespace'), annotations: { [VERSION_ANNOTATION]: version } },
  };
  try {
    const canonical = jcs(said);
    return good({ name, version: Number(version), canonical, digest: `sha256:${sha256Hex(new TextEncoder().encode(canonical))}` as Digest });
  } catch (cause) {
    if (!(cause instanceof NotCanonical)) throw cause;
    return bad(`cannot be signed: ${cause.message}${cause.found === undefined ? '' : `, found ${cause.found}`}`);
  }
}

/** The signature that a document carries, as it is written; `undefined` when it carries none. */
export function carriedSignature(value: unknown): string | undefined {
  const found = own(own(own(value, 'metadata'), 'annotations'), SIGNATURE_ANNOTATION);
  return found === undefined ? undefined : typeof found === 'string' ? found : '';
}
