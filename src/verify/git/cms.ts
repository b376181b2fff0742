/** Commits and tags signed with certificates (gpg.format x509): gitsign under Sigstore roots, S/MIME under authorities of one's own. */
import type { TrustMaterial } from '../../domain/evidence.ts';
import type { DetachedSignature } from '../../pki/cms/detached.ts';
import { asTimestampResponse, isOver, readDetachedSignature, unsignedAttribute, verifyDetached } from '../../pki/cms/detached.ts';
import { expectTag, TAG } from '../../pki/der.ts';
import { messageCost } from '../limits.ts';
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
 * are what a log entry or a timestamp that lies unsigned beside them is about. Throws `Malformed`.
 */
export function proveCms(bytes: Uint8Array, payload: Uint8Array, trust: TrustMaterial, tools: ProofTools): Attempt {
  const made = readDetachedSignature(bytes);
  if (!isOver(made, payload)) return failed({ code: 'VERIFY_SIGNATURE_INVALID', found: 'a CMS signature over another content' });
  const { data: { signer }, leaf, between } = made;
  const content = { signature: signer.signature, message: signer.signedBytes, between };
  const dating = datingOf(made);
  // Certificate, log and time are paid for by whoever proves them.
  if (!tools.takeAttempt(1 + messageCost(payload))) return { proven: [], problems: [attemptsExhausted()], partial: true };
  if (!verifyDetached(made, payload, leaf.key))
    return failed({ code: 'VERIFY_SIGNATURE_INVALID', found: 'a CMS signature that its certificate did not make' });
  const attempt = proveByCertificate({ content, dating }, leaf.der, trust, tools);
  return { ...attempt, problems: attempt.problems.map((problem) => explained(problem, dating, made)) };
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

const OWN = 'the hash that belongs to the key: SHA-256 for RSA and P-256, SHA-384 for P-384, SHA-512 for P-521';

/** Says what helps. Without its offline mode gitsign logs the id of the commit, in an entry that only the log itself could be asked for. */
function explained(problem: Problem, { logEntries }: DatingMaterial, { data: { signer }, leaf: { key } }: DetachedSignature): Problem {
  // It was verified by the algorithm that it names; provers know the hash of a key by the key alone.
  if (problem.code === 'VERIFY_SIGNATURE_INVALID')
    return { code: 'VERIFY_ALGORITHM', found: `a CMS signature with ${signer.digest} by a key of type ${key.asymmetricKeyType ?? ''}`, expected: OWN };
  if (problem.code !== 'VERIFY_LOG_MISSING' || logEntries.length > 0) return problem;
  return {
    ...problem,
    cause: 'gitsign leaves the log entry out of the signature unless it is told to keep it, and nobody asks the log while verifying',
    fix: 'let gitsign keep the entry in the signature (git config gitsign.rekorMode offline), and sign again',
  };
}
