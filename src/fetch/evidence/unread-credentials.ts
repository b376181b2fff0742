/** Credentials that cannot be read, in what those are told whom a registry refused. */
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import type { Reader } from '../oci/reader.ts';

/** They are worth telling only to those who were refused, and first: they are why. */
export function withCredentialProblems(batch: EvidenceBatch, readers: readonly Reader[]): EvidenceBatch {
  if (!batch.problems.some(({ code }) => code === 'FETCH_UNAUTHORIZED')) return batch;
  const unread = new Set(readers.flatMap(({ access }) => access.problems));
  return unread.size === 0 ? batch : { evidence: batch.evidence, problems: [...unread, ...batch.problems] };
}

/** One problem with its cause, where that is a credential. */
export function withCredentialCause(problem: FetchProblem, reader: Reader | undefined): FetchProblem {
  const [unread] = reader?.access.problems ?? [];
  return problem.code === 'FETCH_UNAUTHORIZED' && unread !== undefined
    ? { ...unread, cause: `${unread.cause ?? 'not readable'}; without them the registry refuses (${problem.found ?? ''})` }
    : problem;
}
