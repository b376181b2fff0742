/** A commit that nobody handed over: of its signature nothing is known. */
import type { EvidenceProblem } from '../../domain/evidence.ts';

/** True for the problem that the raw object of the artifact itself was not handed over. */
export function isAbsence({ code }: EvidenceProblem): boolean {
  return code === 'FETCH_NOT_GIVEN';
}

/** The problem that the raw object of this commit was not handed over, as a history needs it. */
export function absenceOf(commit: string): EvidenceProblem {
  return {
    code: 'FETCH_NOT_GIVEN', source: commit, expected: `the raw object of commit ${commit}`,
    cause: 'its object was not given, and what is not looked at may be signed or not',
  };
}
