/** A timestamp counts when an authority of the root made it over this very signature; one of another authority says nothing. */
import { hash } from 'node:crypto';
import type { ProvenTime } from '../../domain/policy/identity.ts';
import type { Person } from '../../domain/policy/same.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { equal, namesIssuer } from '../../pki/certificate.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { nameText } from '../../pki/name-text.ts';
import { invalidAt, leafProblem } from '../../pki/path.ts';
import { TIME_STAMPING } from '../../pki/profiles.ts';
import { covers } from '../../trust/compiled-trust.ts';
import { timeText } from './chain.ts';
import { verifySignedData } from '../../pki/cms/signed-data.ts';
import { refuse } from '../problem.ts';
import type { TimestampToken } from '../../pki/cms/timestamp-token.ts';
import { readTimestampResponse, readTimestampSigner } from '../../pki/cms/timestamp-token.ts';
import type { Candidate, TimestampTrust } from './timestamp-signer.ts';
import { authorityNames, candidatesFor, isByListed, signerText } from './timestamp-signer.ts';

/** A timestamp that was proven, and by whom (distinct authorities are counted). */
export interface TimestampProof {
  readonly time: ProvenTime;
  readonly authority: Person;
}

/** A timestamp of an authority that the root does not list, as a phrase; nothing in it was looked at. */
export interface UnlistedTimestamp {
  readonly unlisted: string;
}

/**
 * Proves an RFC 3161 timestamp over the signature bytes by a timestamp authority of a trust root. One that names none of
 * them as its maker is told as unlisted, whatever else it holds; one that names one must be its in full (ADR 0019).
 *
 * The signer is the certificate the trust root names; certificates inside the token are looked at only when the
 * root names an issuing path instead, and then only the one that signed. Checked: imprint, signed attributes,
 * signing-certificate hash, extended key usage timeStamping (critical and alone), windows and validity at the time
 * told. Refuses with VERIFY_TIMESTAMP; throws `Malformed`.
 */
export function proveTimestamp(response: Uint8Array, signature: Uint8Array, trust: TimestampTrust): TimestampProof | UnlistedTimestamp {
  if (!isByListed(response, trust)) return { unlisted: `a timestamp by ${signerText(readTimestampSigner(response))}` };
  const token = readTimestampResponse(response);
  const { algorithm } = token.imprint;
  if (!equal(hash(algorithm, signature, 'buffer'), token.imprint.hash))
    refuse('VERIFY_TIMESTAMP', { cause: 'the timestamp is about another signature' });
  const candidates = candidatesFor(token, trust);
  if (candidates.length === 0)
    refuse('VERIFY_TIMESTAMP', {
      found: signerText(token.signed.signer.id),
      expected: authorityNames(trust),
      cause: 'the timestamp names an authority of the trust root, and nothing in it shows that it is by that authority',
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
  return refuse('VERIFY_TIMESTAMP', {
    found: `${timeText(token.time)} by ${signerText(token.signed.signer.id)}`,
    cause: problems.join('; '),
  });
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
