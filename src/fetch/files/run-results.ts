/** Results that a TaskRun signed with its SVID (TEP-0089), wherever the run has them: its results, or what its steps said at their end. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { makeEvidence } from '../oci/content.ts';

const MOST = 300;
const LONGEST_MESSAGE = 65_536;

/** The signed results of a TaskRun as one piece of evidence; none without an SVID among them. Nothing of it is verified. */
export function signedResults(source: string, run: unknown): readonly UnverifiedEvidence[] {
  if (ownText(run, 'kind') !== 'TaskRun') return [];
  const status = own(run, 'status');
  const places = [
    ownList(status, 'results') ?? ownList(status, 'taskResults') ?? [],
    ...(ownList(status, 'steps') ?? []).slice(0, MOST).map((step) => messageOf(own(own(step, 'terminated'), 'message'))),
  ];
  const metadata = own(run, 'metadata');
  const [namespace, name] = [ownText(metadata, 'namespace') ?? '', ownText(metadata, 'name') ?? ''];
  return places.flatMap((place) => {
    const results = place.slice(0, MOST).filter(isObject)
      .map((one) => ({ name: ownText(one, 'name') ?? ownText(one, 'key') ?? '', value: own(one, 'value') }));
    if (!results.some((one) => one.name === 'SVID')) return [];
    return [makeEvidence('tekton-results', `${source} results`, Buffer.from(JSON.stringify({ namespace, name, results })))];
  });
}

/** What a step says at its end is a list of results in JSON; anything else is none. */
function messageOf(message: unknown): readonly unknown[] {
  if (typeof message !== 'string' || message.length > LONGEST_MESSAGE) return [];
  const read = readJsonBytes(Buffer.from(message, 'utf8'));
  return read.ok && Array.isArray(read.value) ? read.value : [];
}
