/** Answers of ecosystems are read strictly: what is no answer to the question says nothing about the package. */
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import { FetchFailure, problemOf } from '../../net/failure.ts';
import { isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import type { JsonLimits } from '../../text/json/read.ts';

/** The answer as a JSON object; throws a FetchFailure that leaves it open otherwise, also where it is beyond `limits`. */
export function objectIn(body: Uint8Array, source: string, what: string, limits?: JsonLimits): JsonObject {
  const read = readJsonBytes(body, limits);
  if (read.ok && isObject(read.value)) return read.value;
  throw odd(source, read.ok ? 'JSON that is no object' : 'text that is not JSON', what);
}

/** The failure for an answer that is none to this question. */
export function odd(source: string, found: string, what: string, expected?: string): FetchFailure {
  return new FetchFailure({
    code: 'FETCH_RESPONSE_INVALID', source, found, ...(expected === undefined ? {} : { expected }), cause: `it was asked for ${what}`,
  });
}

/** Evidence and problems, sorted out of one list. */
export function batchOf(found: readonly (UnverifiedEvidence | FetchProblem)[]): EvidenceBatch {
  return {
    evidence: found.filter((one) => !('code' in one)) as readonly UnverifiedEvidence[],
    problems: found.filter((one) => 'code' in one) as readonly FetchProblem[],
  };
}

/** What was found in several places, side by side; a place that could not be looked at is a problem, and hides nothing of the others. */
export async function gathered(source: string, places: readonly Promise<EvidenceBatch>[]): Promise<EvidenceBatch> {
  const looked = await Promise.all(places.map((place) =>
    place.catch((error: unknown): EvidenceBatch => ({ evidence: [], problems: [problemOf(error, source)] }))));
  return { evidence: looked.flatMap(({ evidence }) => evidence), problems: looked.flatMap(({ problems }) => problems) };
}
