import type { EvidenceProblem } from '../../domain/evidence.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';

/** Why something proves nothing, before it is known which piece of evidence is meant. */
export type Problem = Omit<EvidenceProblem, 'source'>;

/**
 * Thrown inside this room when evidence is refused, and turned into a value by `prove.ts`; it never leaves.
 * Not an `Error`: refusing is normal work, and a stack trace would be paid for on every bad signature.
 */
export class Refusal {
  readonly problem: Problem;
  constructor(problem: Problem) {
    this.problem = problem;
  }
}

/** Refuses the evidence under verification. */
export function refuse(code: ReasonCode, details: Omit<Problem, 'code'> = {}): never {
  throw new Refusal({ code, ...details });
}
