/** A timestamp counts when an authority of the root made it over this very signature. */
import { hash } from 'node:crypto';
import type { ProvenTime } from '../../domain/policy/identity.ts';
import type { Person } from '../../domain/policy/same.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { equal, isIssuedBy, namesIssuer, parseCertificate } from '../../pki/certificate.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { Malformed, readDer, TAG } from '../../pki/der.ts';
import { EXTENSION } from '../../pki/extensions.ts';
import { nameText } from '../../pki/name-text.ts';
import { invalidAt, leafProblem } from '../../pki/path.ts';
import { TIME_STAMPING } from '../../pki/profiles.ts';
import type { CompiledTimestampAuthority, CompiledTrust } from '../../trust/index.ts';
import { covers } from '../../trust/index.ts';
import { timeText } from './chain.ts';
import { verifySignedData } from '../../pki/cms/signed-data.ts';
import { refuse } from '../problem.ts';
import type { TimestampToken } from '../../pki/cms/timestamp-token.ts';
import { readTimestampResponse } from '../../pki/cms/timestamp-token.ts';

/** A timestamp that was proven, and by whom (distinct authorities are counted). */
export interface TimestampProof {
  readonly time: ProvenTime;
  readonly authority: Person;
}

/** The part of a trust root that proves timestamps; roots of every kind may have it. */
export type TimestampTrust = Pick<CompiledTrust, 'name' | 'timestampAuthorities'>;

interface Candidate {
  readonly authority: CompiledTimestampAuthority;
  readonly signer: Certificate;
}

const MAX_EMBEDDED = 10;

/**
 * Proves an RFC 3161 timestamp over the signature bytes by a timestamp authority of a trust root.
 *
 * The signer is the certificate the trust root names; certificates inside the token are looked at only when the
 * root names an issuing path instead, and then only the one that signed. Checked: imprint, signed attributes,
 * signing-certificate hash, extended key usage timeStamping (critical and alone), windows and validity at the time
 * told. Refuses with VERIFY_TIMESTAMP; throws `Malformed`.
 */
export function proveTimestamp(response: Uint8Array, signature: Uint8Array, trust: TimestampTrust): TimestampProof {
  const token = readTimestampResponse(response);
  const { algorithm } = token.imprint;
  if (!equal(hash(algorithm, signature, 'buffer'), token.imprint.hash))
    refuse('VERIFY_TIMESTAMP', { cause: 'the timestamp is about another signature' });
  const candidates = candidatesFor(token, trust);
  if (candidates.length === 0)
    refuse('VERIFY_TIMESTAMP', {
      found: signerText(token),
      expected: knownAuthorities(trust),
      cause: 'the timestamp is by an authority that the trust root does not list',
    });
  const problems: string[] = [];
  for (const candidate of candidates) {
    const problem = candidateProblem(candidate, token);
    if (problem === undefined)
      return {
        time: { source: 'timestamp', at: token.time, by: authorityText(candidate.signer) },
        authority: authorityOf(candidate, trust),
      };
    problems.push(problem);
  }
  return refuse('VERIFY_TIMESTAMP', { found: `${timeText(token.time)} by ${signerText(token)}`, cause: problems.join('; ') });
}

function candidatesFor(token: TimestampToken, { timestampAuthorities = [] }: TimestampTrust): Candidate[] {
  return timestampAuthorities.flatMap((authority) => {
    const offered = authority.signer === undefined ? embeddedSigners(token, authority) : [authority.signer];
    return offered.filter((signer) => isSignerOf(signer, token)).map((signer) => ({ authority, signer }));
  });
}

/** Certificates of the token that this authority's path issued. Others, whatever they claim, are ignored. */
function embeddedSigners(token: TimestampToken, { path }: CompiledTimestampAuthority): Certificate[] {
  const [issuer] = path;
  if (issuer === undefined) return [];
  return token.signed.certificates
    .slice(0, MAX_EMBEDDED)
    // The signed attributes name the signer's certificate by its hash: no other is worth reading, let alone verifying.
    .filter((der) => equal(hash(token.signerHash.algorithm, der, 'buffer'), token.signerHash.hash))
    .slice(0, 1)
    .flatMap(readable)
    .filter((one) => isSignerOf(one, token) && isIssuedBy(one, issuer));
}

/** A certificate that cannot be read cannot be the signer's; the others still may. */
function readable(der: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

function isSignerOf(certificate: Certificate, { signed }: TimestampToken): boolean {
  const { id } = signed.signer;
  if ('issuer' in id) return equal(id.issuer, certificate.issuer) && equal(id.serial, certificate.serial);
  const own = certificate.extensions.get(EXTENSION.subjectKeyId);
  return own !== undefined && equal(readDer(own.value, TAG.octetString).content, id.keyId);
}

function candidateProblem({ authority, signer }: Candidate, token: TimestampToken): string | undefined {
  const { window, path } = authority;
  if (!covers(window, token.time))
    return `the trust root trusts the authority from ${timeText(window.start)} to ${window.end === Infinity ? 'now' : timeText(window.end)}`;
  const expired = invalidAt([signer, ...path], token.time);
  if (expired !== undefined)
    return `the certificate of ${nameText(expired.subject)} is valid from ${timeText(expired.notBefore)} to ${timeText(expired.notAfter)}`;
  const { signerHash } = token;
  if (!equal(hash(signerHash.algorithm, signer.der, 'buffer'), signerHash.hash))
    return 'the timestamp names another certificate as its signer';
  return (
    signerProfileProblem(signer) ??
    (verifySignedData(token.signed, signer.key) ? undefined : 'the signature of the timestamp does not verify')
  );
}

/** Profile of a timestamping certificate (RFC 3161, 2.3). */
function signerProfileProblem(signer: Certificate): string | undefined {
  const problem = leafProblem(signer, TIME_STAMPING);
  switch (problem?.rule) {
    case undefined:
      return undefined;
    case 'usage':
      return 'the certificate of the authority is not for timestamping only (critical extended key usage)';
    case 'no-authority':
      return 'the certificate of the authority is a certificate authority';
    case 'may-sign':
      return 'the certificate of the authority may not make signatures (key usage)';
    case 'understood':
      return `the certificate of the authority has an unknown critical extension ${problem?.extension ?? ''}`;
  }
}

/**
 * Who made a timestamp, by what the trust root lists: an authority that is listed by its issuing path is one, however many
 * responders it has, and those that the root lists beside it by their own certificates belong to it. Certificates inside
 * tokens are not signed, so it makes no difference whether a responder's is there.
 */
function authorityOf({ authority, signer }: Candidate, { timestampAuthorities = [] }: TimestampTrust): Person {
  const listed = timestampAuthorities.flatMap((one) => (one.signer === undefined ? one.path.slice(0, 1) : []));
  const named = listed.find((issuer) => namesIssuer(signer, issuer)) ?? authority.signer ?? authority.path[0] ?? signer;
  return { key: keyIdOf(signer.spki), name: keyIdOf(named.spki) };
}

/** Subject of the authority's certificate, or its issuer when it has none. */
function authorityText({ subject, issuer }: Certificate): string {
  return subject.length > 2 ? nameText(subject) : `issued by ${nameText(issuer)}`;
}

function signerText({ signed }: TimestampToken): string {
  const { id } = signed.signer;
  return 'issuer' in id
    ? `an authority under ${nameText(id.issuer)}`
    : `an authority with key identifier ${Buffer.from(id.keyId).toString('hex')}`;
}

function knownAuthorities({ name, timestampAuthorities = [] }: TimestampTrust): string {
  const names = timestampAuthorities.map(({ signer, path }) => nameText((signer ?? path[0])?.subject ?? new Uint8Array()));
  return names.length === 0 ? `trust root ${name} lists no timestamp authorities` : names.join(' or ');
}
