/** What the registry of npm signs of a version: its name, its number and its content, and nothing of who built it. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { digestAlgorithm, digestHex } from '../../domain/artifact/digest.ts';
import { bytesDigest } from '../../domain/artifact/revision.ts';
import { bytes, members, text } from '../fields.ts';
import { readWrapping } from '../json.ts';
import { clip, parsed } from '../problem.ts';
import type { Problem } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { proveByKeys } from '../provers/keys.ts';
import { proofsOf } from '../statement/bound.ts';

/**
 * Verifies a signature of npm's registry, `{name, version, integrity, keyid, sig}` of one version: ECDSA over the text
 * `NAME@VERSION:INTEGRITY` (docs.npmjs.com, "About registry signatures"). What is verified is the text made of the package in question,
 * so what the index says beside the signature cannot speak for anything else. Nothing dates it.
 */
export function verifyNpmSignature(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const read = parsed('VERIFY_MALFORMED', () => {
    const entry = members(readWrapping(evidence.bytes), 'signature');
    return {
      name: text(entry, 'name', 'signature'), version: text(entry, 'version', 'signature'), integrity: text(entry, 'integrity', 'signature'),
      keyid: text(entry, 'keyid', 'signature'), signature: bytes(entry, 'sig', 'signature'),
    };
  });
  if (!read.ok) return disproved(read.problem);
  const { keyid, signature } = read.value;
  const message = messageOf(job, read.value);
  if (typeof message !== 'string') return disproved(message);
  const signed = { content: { signature, message: Buffer.from(message) }, dating: { logEntries: [], timestamps: [] } };
  const hint = keyid.replace(/^SHA256:/, '');
  return proofsOf({ evidence, artifact: job.artifact.digest }, [proveByKeys(signed, hint, job.trust, tools)]);
}

/** The text that must have been signed about this package, or why the signature is about something else. */
function messageOf(
  { artifact }: Pick<VerificationJob, 'artifact'>,
  { name, version, integrity }: { readonly name: string; readonly version: string; readonly integrity: string },
): string | Problem {
  const said = `pkg:npm/${name}@${version}`;
  if (artifact.kind !== 'package' || said !== artifact.name)
    return { code: 'VERIFY_SUBJECT_MISMATCH', found: clip(said), expected: artifact.name, cause: 'the registry signed another version' };
  const digest = bytesDigest(artifact.digest);
  const own = digest === undefined ? undefined : `${digestAlgorithm(digest)}-${Buffer.from(digestHex(digest), 'hex').toString('base64')}`;
  if (own !== integrity)
    return { code: 'VERIFY_SUBJECT_MISMATCH', found: clip(integrity), expected: own ?? artifact.digest, cause: 'the registry signed other bytes' };
  return `${name}@${version}:${integrity}`;
}
