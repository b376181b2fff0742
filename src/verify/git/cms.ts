/** Commits and tags signed with certificates (gpg.format x509): gitsign under Sigstore roots, S/MIME under authorities of one's own. */
import type { TrustMaterial } from '../../domain/evidence.ts';
import type { DetachedSignature } from '../../pki/cms/detached.ts';
import { asTimestampResponse, readDetachedSignature, unsignedAttribute } from '../../pki/cms/detached.ts';
import { isOver, schemeOf } from '../../pki/cms/signed-data.ts';
import { expectTag, TAG } from '../../pki/der.ts';
import { refusedAlgorithmText, signatureScheme } from '../../pki/signatures/signature-algorithm.ts';
import { messageCost } from '../limits.ts';
import { clip } from '../problem.ts';
import type { Problem } from '../problem.ts';
import type { ProofTools } from '../proof.ts';
import { proveByCertificate } from '../provers/certificate.ts';
import { attemptsExhausted } from '../provers/keys.ts';
import type { Attempt } from '../provers/keys.ts';
import type { DatingMaterial } from '../provers/signed.ts';
import { failed } from './keyed.ts';
import { readLogEntry } from './log-entry.ts';

const LOG_ENTRY = '1.3.6.1.4.1.57264.3.1';
const TIMESTAMP_TOKEN = '1.2.840.113549.1.9.16.2.14';

/**
 * Proves a detached CMS signature over the payload of an object. What was signed are the attributes that name the payload's hash, and they
 * are what a log entry or a timestamp that lies unsigned beside them is about. The signature is verified by the prover, once there is
 * somebody who trusts the certificate, and by exactly the algorithm that it names. Throws `Malformed`.
 */
export function proveCms(bytes: Uint8Array, payload: Uint8Array, trust: TrustMaterial, tools: ProofTools): Attempt {
  const made = readDetachedSignature(bytes);
  const { data, leaf, between } = made;
  // Signature, certificate, log and time are paid for by whoever proves them.
  if (!tools.takeAttempt(messageCost(payload))) return { proven: [], problems: [attemptsExhausted()], partial: true };
  if (!isOver(data, payload)) return failed({ code: 'VERIFY_SIGNATURE_INVALID', found: 'a CMS signature over another content' });
  const { signature, signedBytes } = data.signer;
  const scheme = schemeOf(data.signer);
  if (scheme === undefined) return failed(notAllowed(data.signer));
  const content = { signature, message: signedBytes, between, scheme };
  const dating = datingOf(made);
  const attempt = proveByCertificate({ content, dating }, leaf.der, trust, tools);
  return { ...attempt, problems: attempt.problems.map((problem) => explained(problem, dating)) };
}

function notAllowed({ signatureAlgorithm, digest }: DetachedSignature['data']['signer']): Problem {
  const named = signatureScheme(signatureAlgorithm);
  if (named === undefined) return { code: 'VERIFY_ALGORITHM', found: clip(`a CMS signature that ${refusedAlgorithmText(signatureAlgorithm)}`) };
  return {
    code: 'VERIFY_ALGORITHM', found: `a CMS signature by ${named.hash ?? 'no hash'} over a content that is hashed by ${digest}`,
    expected: 'one hash in both places (RFC 8933, 3)',
  };
}

function datingOf(made: DetachedSignature): DatingMaterial {
  const entry = unsignedAttribute(made, LOG_ENTRY);
  const token = unsignedAttribute(made, TIMESTAMP_TOKEN);
  const { data: { signer: { signedBytes, signature } }, leaf } = made;
  const logged = { message: signedBytes, signature, certificateDer: leaf.der };
  return {
    logEntries: entry === undefined ? [] : [readLogEntry(expectTag(entry, TAG.octetString).content, logged)],
    timestamps: token === undefined ? [] : [asTimestampResponse(token)],
  };
}

/** Says what helps. Without its offline mode gitsign logs the id of the commit, in an entry that only the log itself could be asked for. */
function explained(problem: Problem, { logEntries }: DatingMaterial): Problem {
  if (problem.code === 'VERIFY_SIGNATURE_INVALID') return { found: 'a CMS signature that its certificate did not make', ...problem };
  if (problem.code !== 'VERIFY_LOG_MISSING' || logEntries.length > 0) return problem;
  return {
    ...problem,
    cause: 'gitsign leaves the log entry out of the signature unless it is told to keep it, and nobody asks the log while verifying',
    fix: 'let gitsign keep the entry in the signature (git config gitsign.rekorMode offline), and sign again',
  };
}
