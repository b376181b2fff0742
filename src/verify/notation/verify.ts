/** A Notary Project envelope becomes proofs: parsed, about the image, by a chain that some root lists, signed; then its time is asked. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { namesIssuer } from '../../pki/certificate.ts';
import { nameText } from '../../pki/name-text.ts';
import { certificateCost, LIMITS } from '../limits.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Parsed, Problem } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { proveByCertificate } from '../provers/certificate.ts';
import { attemptsExhausted } from '../provers/keys.ts';
import { proofsOf } from '../statement/bound.ts';
import { algorithmOf } from './algorithm.ts';
import { readChain } from './chain.ts';
import type { NotaryChain } from './chain.ts';
import type { NotaryEnvelope } from './envelope.ts';
import { readTarget, targetMismatch } from './payload.ts';
import type { TargetArtifact } from './payload.ts';

/** An envelope with what it carries, parsed. */
interface Read {
  readonly envelope: NotaryEnvelope;
  readonly target: TargetArtifact;
  readonly chain: NotaryChain;
}

/**
 * Verifies an envelope of the Notary Project in the encoding that `read` parses. Only roots of kind notation prove it, whose stores list
 * the root that its chain ends with: of another nothing is verified. `evidence.message` is the manifest of the image.
 */
export async function verifyNotary(
  evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools, read: (bytes: Uint8Array) => NotaryEnvelope,
): Promise<Proofs> {
  const parts = readParts(evidence.bytes, read);
  if (!parts.ok) return disproved(parts.problem);
  const { envelope, target, chain } = parts.value;
  const mismatch = targetMismatch(target, job.artifact, evidence.message);
  if (mismatch !== undefined) return disproved(mismatch);
  const [leaf] = chain;
  const root = chain.at(-1) ?? leaf;
  const roots = job.trust.roots.filter(({ kind }) => kind === 'notation');
  const listing = roots.filter((one) => one.unusable !== undefined || tools.lists(root.der, one));
  if (listing.length === 0) return disproved(roots.length === 0 ? unwanted(chain) : unlisted(chain, roots.map(({ name }) => name)));
  const { timestamp } = envelope;
  const content = {
    signature: envelope.signature,
    notary: { attributes: envelope.attributes, chain, ...(timestamp === undefined ? {} : { timestamp }) },
  };
  const dating = { logEntries: [], timestamps: [] };
  if (!tools.takeAttempt(certificateCost({ ...content, message: envelope.payload }, dating)))
    return { proofs: [], problems: [attemptsExhausted()], partial: true };
  const signed = await signatureProblem(envelope, chain);
  if (signed !== undefined) return disproved(signed);
  const { annotations } = target;
  return proofsOf(
    { evidence, artifact: job.artifact.digest, ...(annotations === undefined ? {} : { signedAnnotations: annotations }) },
    [proveByCertificate({ content, dating }, leaf.der, { ...job.trust, roots: listing }, tools)],
  );
}

function readParts(bytes: Uint8Array, read: (bytes: Uint8Array) => NotaryEnvelope): Parsed<Read> {
  return parsed('VERIFY_MALFORMED', () => {
    const envelope = read(bytes);
    const target = readTarget(envelope.payload);
    const size = envelope.chain.reduce((sum, { length }) => sum + length, 0);
    if (size > LIMITS.blobBytes)
      throw new Refusal('certificate chain is too large', { code: 'VERIFY_LIMIT', found: `${size} bytes`, expected: `at most ${LIMITS.blobBytes}` });
    const chain = readChain(envelope.chain);
    const own = algorithmOf(chain[0].key);
    if (own !== envelope.algorithm)
      throw new Refusal('the key of the certificate signs by another algorithm', {
        code: 'VERIFY_ALGORITHM', found: envelope.algorithm, expected: own, fix: 'sign again with a current tool: the algorithm follows from the key',
      });
    return { envelope, target, chain };
  });
}

async function signatureProblem(envelope: NotaryEnvelope, [leaf]: NotaryChain): Promise<Problem | undefined> {
  try {
    if (await envelope.isSignedBy(leaf.key)) return undefined;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.toProblem('VERIFY_MALFORMED');
    throw thrown;
  }
  return { code: 'VERIFY_SIGNATURE_INVALID', cause: 'the signature does not verify with the key of its certificate' };
}

function unwanted([leaf]: NotaryChain): Problem {
  return {
    code: 'VERIFY_SIGNER_UNTRUSTED',
    found: clip(`a signature of the Notary Project by ${nameText(leaf.subject)}`),
    expected: 'a trusted signer',
    cause: 'no signer that is asked for names a trust root of kind notation',
  };
}

const INCOMPLETE = {
  cause: 'the chain in the signature ends before its root, and has to be complete',
  fix: 'sign again with a chain of certificates up to the root, the signer\'s first',
};

function unlisted(chain: NotaryChain, names: readonly string[]): Problem {
  const [leaf] = chain;
  const last = chain.at(-1) ?? leaf;
  const isWhole = namesIssuer(last, last);
  return {
    code: 'VERIFY_CERTIFICATE_UNTRUSTED',
    found: clip(`${nameText(leaf.subject)} (${isWhole ? `root ${nameText(last.subject)}` : `issued by ${nameText(last.issuer)}`})`),
    expected: `a chain that ends at a certificate of trust root ${names.join(' or ')}`,
    ...(isWhole ? { cause: 'the last certificate of the chain is in none of its stores' } : INCOMPLETE),
  };
}
