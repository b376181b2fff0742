/** Sigstore bundles over the canonical JSON of a definition of any kind, by key or keyless. */
import { hash } from 'node:crypto';
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { canonicalForms } from '../definition/canonical.ts';
import { readDefinition } from '../definition/read.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { parsed, refuse } from '../problem.ts';
import type { Problem } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { verifySigstoreBundle } from './sigstore-bundle.ts';

/** Says only that the bundle is about another form, or about something else altogether. */
const NOT_THIS_FORM: ReadonlySet<string> = new Set(['VERIFY_SUBJECT_MISMATCH', 'VERIFY_SIGNATURE_INVALID', 'VERIFY_SIGNER_UNTRUSTED']);

/**
 * Verifies one bundle of the annotation `gatehouse.dev/signature`: a message signature over a canonical form of the definition
 * (`verify/definition/canonical.ts`), or an in-toto statement about its sha256; in each as {@link verifySigstoreBundle} does for an
 * artifact of these bytes. The proof is about the sha256 of that form, and says which it was.
 */
export function verifyDefinitionBundle(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const read = parsed('POLICY_DEFINITION_CHANGED', () => {
    const forms = [...canonicalForms(readDefinition(evidence, job))];
    return forms.length === 0 ? refuse('POLICY_DEFINITION_UNSIGNED') : forms;
  });
  if (!read.ok) return disproved(read.problem);
  let first: Proofs | undefined;
  for (const { text, form } of read.value) {
    const message = Buffer.from(text);
    const artifact = { ...job.artifact, digest: `sha256:${hash('sha256', message)}` as Digest };
    const proved = verifySigstoreBundle({ ...evidence, message }, { ...job, artifact }, tools);
    if (proved.proofs.length > 0) return { ...proved, proofs: proved.proofs.map((proof) => ({ ...proof, form })) };
    if (!proved.problems.every(({ code }) => NOT_THIS_FORM.has(code))) return proved;
    // Of several refusals the one about the form that the bundle speaks of says most.
    if (first === undefined || first.problems.every(({ code }) => code === 'VERIFY_SUBJECT_MISMATCH')) first = proved;
  }
  return first === undefined ? disproved({ code: 'POLICY_DEFINITION_UNSIGNED' }) : { ...first, problems: first.problems.map(asChange) };
}

/** A bundle beside a definition that is about none of its forms was made for what the definition said then. */
function asChange(problem: Problem): Problem {
  return problem.code === 'VERIFY_SUBJECT_MISMATCH' ? { ...problem, code: 'POLICY_DEFINITION_CHANGED' } : problem;
}
