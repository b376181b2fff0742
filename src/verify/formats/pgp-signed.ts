/** Payloads of Kritis and Binary Authorization, signed by keys of the type PGP: in a message that holds them, or beside a signature. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { readArmour } from '../../pki/pgp/armour.ts';
import { readSignedMessage } from '../../pki/pgp/message.ts';
import type { SignedMessage } from '../../pki/pgp/message.ts';
import { provePgp } from '../git/pgp.ts';
import { refuse, Refusal } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { problemOf } from '../provers/settled.ts';
import { proofsOf } from '../statement/bound.ts';
import { digestMismatch } from '../statement/subject.ts';
import { parseSimpleSigning } from './cosign/simple-signing.ts';

/** Under which annotation of a piece the armour stands; its bytes are the payload that came beside it, if any. */
const ARMOUR = 'signature';
/** A message of a megabyte, in base64 with its line ends. */
const LONGEST = 1_500_000;

/**
 * Verifies an armoured signature of OpenPGP over a simple-signing payload. A message holds the payload itself; one that came beside it
 * has to be the same, byte for byte. The digest is compared before any signature is looked at, and only keys of OpenPGP blocks prove it.
 */
export function verifyPgpSigned(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  try {
    const { content, signature } = read(evidence);
    const payload = parseSimpleSigning(content);
    if (!payload.ok) return disproved(payload.problem);
    const { manifestDigest, dockerReference, annotations } = payload.value;
    const mismatch = digestMismatch(manifestDigest, job.artifact.digest);
    if (mismatch !== undefined) return disproved(mismatch);
    const signed = annotations === undefined ? {} : { signedAnnotations: annotations };
    return proofsOf(
      { evidence, artifact: job.artifact.digest, dockerReference, ...signed }, [provePgp(signature, content, job.trust, tools)],
    );
  } catch (thrown) {
    return disproved(thrown instanceof Refusal ? thrown.toProblem('VERIFY_MALFORMED') : problemOf(thrown));
  }
}

function read({ bytes, annotations = {} }: UnverifiedEvidence): SignedMessage {
  const armour = annotations[ARMOUR] ?? '';
  if (armour.length > LONGEST)
    refuse('VERIFY_LIMIT', { found: `${armour.length} characters of a signature`, expected: `at most ${LONGEST}` });
  if (!armour.trimStart().startsWith('-----BEGIN PGP MESSAGE'))
    return { content: Buffer.from(bytes), signature: readArmour(armour, 'PGP SIGNATURE') };
  const message = readSignedMessage(readArmour(armour, 'PGP MESSAGE'));
  if (bytes.length > 0 && !message.content.equals(bytes))
    refuse('VERIFY_MALFORMED', { cause: 'the payload beside the signature is another one than the message holds' });
  return message;
}
