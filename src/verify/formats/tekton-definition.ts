/** Signatures of Tekton Trusted Resources: over the hash of a definition as Go writes it, kept in an annotation. */
import { hash } from 'node:crypto';
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { readDefinition } from '../definition/read.ts';
import { tektonForms } from '../definition/tekton-forms.ts';
import type { SignedForm } from '../definition/tekton-forms.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { LIMITS } from '../limits.ts';
import { parsed, refuse } from '../problem.ts';
import type { Problem } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools, Signed } from '../proof.ts';
import { keyList, proveByKeys } from '../provers/keys.ts';
import { proofsOf } from '../statement/bound.ts';

const NOTHING = { logEntries: [], timestamps: [] };

/** Says only that no key has made this signature over this form. */
const NOT_THIS_FORM = 'VERIFY_SIGNER_UNTRUSTED';

/**
 * Verifies the annotation `tekton.dev/signature` of a Task, Pipeline or StepAction (TEP-0091): the message is the sha256 of the
 * definition's JSON, which the key's algorithm hashes again; ECDSA in ASN.1, RSA PKCS#1 v1.5, Ed25519 over the 32 bytes.
 *
 * The forms in which it may have been signed are tried one after the other, each charged for each key, until one verifies; the proof is
 * about the sha256 of that form, and says which it was. Only keys can prove it: it brings no certificate and no log entry.
 */
export function verifyTektonDefinition(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  // The first form is of the whole object: what no signature covers is refused before any signature is tried.
  const proved = parsed('POLICY_DEFINITION_CHANGED', () => {
    const object = readDefinition(evidence, job);
    return tryForms({ evidence, signature: readSignature(evidence.bytes), forms: tektonForms(object) }, job, tools);
  });
  return proved.ok ? proved.value : disproved(proved.problem);
}

interface Trial {
  readonly evidence: UnverifiedEvidence;
  readonly signature: Uint8Array;
  /** Made one by one: an honest definition is signed in one of the first. */
  readonly forms: Iterable<SignedForm>;
}

function tryForms({ evidence, signature, forms }: Trial, job: VerificationJob, tools: ProofTools): Proofs {
  let tried = 0;
  for (const { text, form } of forms) {
    if (job.trust.keys.length === 0) return disproved(keyless(job));
    tried += 1;
    const message = hash('sha256', text, 'buffer');
    const signed: Signed = { content: { signature, message }, dating: NOTHING };
    const attempt = proveByKeys(signed, '', job.trust, tools);
    const [problem] = attempt.problems;
    if (attempt.proven.length === 0 && problem?.code === NOT_THIS_FORM) continue;
    return proofsOf({ evidence, artifact: `sha256:${message.toString('hex')}` as Digest, form }, [attempt]);
  }
  return disproved(byNobody(tried, job));
}

function readSignature(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) refuse('POLICY_DEFINITION_UNSIGNED');
  const most = Math.ceil(LIMITS.blobBytes / 3) * 4;
  const signature = bytes.length > most ? undefined : decodeBase64(Buffer.from(bytes).toString('latin1'), 'standard');
  if (signature === undefined || signature.length === 0) refuse('VERIFY_MALFORMED', { cause: 'tekton.dev/signature is not base64' });
  return signature;
}

function keyless({ trust }: VerificationJob): Problem {
  return {
    code: 'VERIFY_SIGNER_UNTRUSTED',
    found: 'a signature by a key, without certificate',
    expected: trust.roots.length === 0 ? 'a trusted signer' : 'a keyless signature, in the annotation gatehouse.dev/signature',
  };
}

/** Such a signature names no key: whether the definition was changed or somebody else signed it, nobody can tell. */
function byNobody(forms: number, { trust }: VerificationJob): Problem {
  return {
    code: 'VERIFY_SIGNATURE_INVALID',
    found: `a signature that no trusted key made over this definition, in none of its ${forms} forms`,
    expected: keyList(trust),
    cause: 'either the definition was changed after it was signed, or somebody else signed it',
  };
}
