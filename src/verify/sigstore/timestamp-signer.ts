/** Who made a timestamp: by its own word, and by what a trust root lists. */
import { hash } from 'node:crypto';
import type { Certificate } from '../../pki/certificate.ts';
import { equal, namesIssuer } from '../../pki/certificate.ts';
import type { SignerInfo } from '../../pki/cms/signed-data.ts';
import type { TimestampToken } from '../../pki/cms/timestamp-token.ts';
import { readTimestampResponse, readTimestampSigner } from '../../pki/cms/timestamp-token.ts';
import { Malformed, readDer, TAG } from '../../pki/der.ts';
import { EXTENSION } from '../../pki/extensions.ts';
import { isKnownIssuedBy, keptCertificate } from '../../pki/kept-certificates.ts';
import { nameText } from '../../pki/name-text.ts';
import type { CompiledTimestampAuthority, CompiledTrust } from '../../trust/index.ts';

/** The part of a trust root that proves timestamps; roots of every kind may have it. */
export type TimestampTrust = Pick<CompiledTrust, 'name' | 'timestampAuthorities'>;

/** A listed authority, and the certificate of it that may have signed. */
export interface Candidate {
  readonly authority: CompiledTimestampAuthority;
  readonly signer: Certificate;
}

type SignerId = SignerInfo['id'];

const MAX_EMBEDDED = 10;

/**
 * True when a timestamp names an authority of the root as its maker: the listed certificate, or where only its issuer is
 * listed, that issuer. Nothing is verified: whether it is true is the next question, and only of these. Throws `Malformed` for
 * bytes of which nobody can say whose they are.
 */
export function isByListed(response: Uint8Array, { timestampAuthorities = [] }: Pick<TimestampTrust, 'timestampAuthorities'>): boolean {
  const id = readTimestampSigner(response);
  return timestampAuthorities.some(({ signer, path: [issuer] }) => {
    if (signer !== undefined) return isSignerOf(signer, id);
    if (issuer === undefined) return false;
    if ('issuer' in id) return equal(id.issuer, issuer.subject);
    return claimedSigners(readTimestampResponse(response)).some((one) => namesIssuer(one, issuer));
  });
}

/** The listed authorities that may have made a token, each with the certificate that would have signed; nothing is verified but who issued it. */
export function candidatesFor(token: TimestampToken, { timestampAuthorities = [] }: TimestampTrust): Candidate[] {
  return timestampAuthorities.flatMap((authority) => {
    const offered = authority.signer === undefined ? embeddedSigners(token, authority) : [authority.signer];
    return offered.filter((signer) => isSignerOf(signer, token.signed.signer.id)).map((signer) => ({ authority, signer }));
  });
}

/** Certificates of the token that this authority's path issued. Others, whatever they claim, are ignored. */
function embeddedSigners(token: TimestampToken, { path: [issuer] }: CompiledTimestampAuthority): Certificate[] {
  return issuer === undefined ? [] : claimedSigners(token).filter((one) => isKnownIssuedBy(one, issuer));
}

/** The certificate that the token brings and names as its signer's, if it can be read. */
function claimedSigners(token: TimestampToken): Certificate[] {
  return token.signed.certificates
    .slice(0, MAX_EMBEDDED)
    // The signed attributes name the signer's certificate by its hash: no other is worth reading, let alone verifying.
    .filter((der) => equal(hash(token.signerHash.algorithm, der, 'buffer'), token.signerHash.hash))
    .slice(0, 1)
    .flatMap(readable)
    .filter((one) => isSignerOf(one, token.signed.signer.id));
}

/** A certificate that cannot be read cannot be the signer's; the others still may. */
function readable(der: Uint8Array): Certificate[] {
  try {
    return [keptCertificate(der)];
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

function isSignerOf(certificate: Certificate, id: SignerId): boolean {
  if ('issuer' in id) return equal(id.issuer, certificate.issuer) && equal(id.serial, certificate.serial);
  const own = certificate.extensions.get(EXTENSION.subjectKeyId);
  return own !== undefined && equal(readDer(own.value, TAG.octetString).content, id.keyId);
}

/** Who a timestamp says made it, for a message. */
export function signerText(id: SignerId): string {
  return 'issuer' in id
    ? `an authority under ${nameText(id.issuer)}`
    : `an authority with key identifier ${Buffer.from(id.keyId).toString('hex')}`;
}

/** The authorities of a root, for a message. */
export function authorityNames({ name, timestampAuthorities = [] }: TimestampTrust): string {
  const names = timestampAuthorities.map(({ signer, path }) => nameText((signer ?? path[0])?.subject ?? new Uint8Array()));
  return names.length === 0 ? `trust root ${name} lists no timestamp authorities` : names.join(' or ');
}
