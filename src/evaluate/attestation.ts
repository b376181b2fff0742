/** Enough trusted signers made a statement of the right type, whatever stands in it. */
import type { Finding } from '../domain/decision/finding.ts';
import { describeType } from '../domain/policy/predicate-types.ts';
import { mayHold } from '../domain/witness.ts';
import type { AttestationRequirement } from '../domain/policy/requirement.ts';
import { otherPublication } from './content/npm-publish.ts';
import { receiptOfGate } from './content/receipt-of-gate.ts';
import type { Question } from './question.ts';
import { judgeVouched } from './vouched/vouched.ts';

/**
 * Judges an `attestation` requirement: enough distinct trusted signers made a statement of exactly this
 * predicate type (or of a type of this family) about this digest. The type is read from the verified statement, never from annotations.
 */
export function judgeAttestation(requirement: AttestationRequirement, question: Question): Finding {
  const isWanted = (type: string): boolean => requirement.types?.includes(type) ?? type === requirement.type;
  const ofType = question.proofs.filter(
    (proof) => proof.kind === 'attestation' && proof.statement !== undefined && isWanted(proof.statement.predicateType),
  );
  const against = ofType.map((proof) => otherPublication(proof, question.artifact) ?? receiptOfGate(proof));
  const relevant = ofType.filter((_, index) => against[index] === undefined);
  const types = new Set<string>();
  for (const proof of question.proofs)
    types.add(proof.kind === 'attestation' && proof.statement ? describeType(proof.statement.predicateType) : 'a signature');
  return judgeVouched(
    requirement,
    {
      relevant,
      problems: [
        ...question.problems.filter(({ claimedType: type }) => type === undefined || isWanted(type) || mayHold(type, requirement.type)),
        ...against.filter((problem) => problem !== undefined),
      ],
      none: types.size > 0 ? { code: 'POLICY_TYPE_MISSING', found: [...types] } : { code: 'FETCH_NONE_FOUND', found: ['no attestation'] },
    },
    question,
  );
}
