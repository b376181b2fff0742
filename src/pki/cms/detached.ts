/** CMS signatures over content that lies elsewhere, as S/MIME and git make them. */
import type { Certificate } from '../certificate.ts';
import { equal } from '../certificate.ts';
import type { DerNode } from '../der.ts';
import { children, encodeDer, expectTag, Malformed, onlyChild, readDer, readOid, sequence, TAG } from '../der.ts';
import { keptCertificate } from '../kept-certificates.ts';
import { withDefiniteLengths } from './definite.ts';
import { readDetached } from './signed-data.ts';
import type { SignedData } from './signed-data.ts';

/** A detached signature as parsed, with the certificate that it names; nothing in it is verified. */
export interface DetachedSignature {
  readonly data: Omit<SignedData, 'content'>;
  readonly leaf: Certificate;
  /** The other certificates that came along. */
  readonly between: readonly Uint8Array[];
}

const DATA = '1.2.840.113549.1.7.1';
const SUBJECT_KEY_ID = '2.5.29.14';
const MOST_CERTIFICATES = 10;

/** Parses one; outer lengths may be left open. Throws {@link Malformed}, also where the signer's certificate did not come along. */
export function readDetachedSignature(bytes: Uint8Array): DetachedSignature {
  const data = readDetached(readDer(withDefiniteLengths(bytes)));
  if (data.contentType !== DATA) throw new Malformed('the content that is signed is not said to be data');
  if (data.certificates.length > MOST_CERTIFICATES) throw new Malformed(`more than ${MOST_CERTIFICATES} certificates`);
  const certificates = data.certificates.map((der) => keptCertificate(der));
  const leaf = certificates.find((one) => isNamed(one, data.signer.id));
  if (leaf === undefined) throw new Malformed('the certificate of the signer did not come along');
  return { data, leaf, between: certificates.flatMap((one) => (one === leaf ? [] : [one.der])) };
}

function isNamed(one: Certificate, id: SignedData['signer']['id']): boolean {
  if (!('keyId' in id)) return equal(one.issuer, id.issuer) && equal(one.serial, id.serial);
  const own = one.extensions.get(SUBJECT_KEY_ID);
  return own !== undefined && equal(readDer(own.value, TAG.octetString).content, id.keyId);
}

/** The one value of an attribute that nobody signed; `undefined` when it is absent. Throws {@link Malformed} when there are several. */
export function unsignedAttribute({ data: { signer } }: DetachedSignature, oid: string): DerNode | undefined {
  const found = (signer.unsigned === undefined ? [] : children(signer.unsigned)).filter((one) => readOid(sequence(one)[0]) === oid);
  if (found.length > 1) throw new Malformed(`the attribute ${oid} appears twice`);
  const [, values] = found[0] === undefined ? [] : sequence(found[0]);
  return values === undefined ? undefined : onlyChild(expectTag(values, TAG.set));
}

/** A timestamp token as the response that would have brought it (RFC 3161, 2.4.2). */
export function asTimestampResponse(token: DerNode): Uint8Array {
  return encodeDer(TAG.sequence, [Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00), token.raw]);
}
