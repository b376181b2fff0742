/** A folder of evidence on a web server: `ALGORITHM/HEX.jsonl` below its address, one piece a line. */
import type { FetchProblem } from '../../domain/ports.ts';
import { evidenceFromFile } from '../files/offline.ts';
import type { FindEvidence } from './store.ts';
import { NOTHING, partsOf, withinBounds } from './within.ts';

/**
 * `GET /sha256/HEX.jsonl`: what `--evidence` reads (Sigstore bundles, DSSE envelopes, lists of these), one document a line. No file is
 * no evidence. A line that is no JSON leaves open what there is: it may have been cut off, or come from somebody on the way.
 */
export const findInFolder: FindEvidence = async ({ digest }, { ask, label, bounds }, signal) => {
  const { algorithm, hex } = partsOf(digest);
  const what = `the evidence about ${digest}`;
  const answer = await ask({ path: `/${algorithm}/${hex}.jsonl`, accept: 'application/x-ndjson, application/json', maxBytes: bounds.bytes, what }, signal);
  if (answer === undefined) return NOTHING;
  const { evidence, problems } = evidenceFromFile(label, answer.body);
  return withinBounds(label, [...evidence, ...problems.map((one) => open(one, evidence.length === 0))], bounds);
};

/** Of a file that somebody wrote these would be facts; of an answer they say that it may be another one: `{"message": "Forbidden"}`. */
function open(problem: FetchProblem, isAll: boolean): FetchProblem {
  if (problem.code === 'FETCH_TOO_MANY' || problem.code === 'VERIFY_LIMIT') return { ...problem, code: 'FETCH_TOO_LARGE', cause: 'none of it was read' };
  const isOther = problem.code === 'VERIFY_MALFORMED' || (isAll && problem.code === 'VERIFY_FORMAT');
  return isOther ? { ...problem, code: 'FETCH_RESPONSE_INVALID' } : problem;
}
