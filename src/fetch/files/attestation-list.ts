/** Lists of attestations as package and code hosts answer them. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { makeEvidence } from '../oci/content.ts';
import { isObject, own, ownList } from '../../text/json/fields.ts';

/** Attestations of one list that are read. */
const MOST = 1000;

/**
 * The bundles of a list of attestations, as npm's registry and GitHub's API answer: `{attestations: [{bundle, …}]}`;
 * `undefined` when the document is no such list. What stands beside a bundle is not signed and not read.
 */
export function readAttestationList(source: string, json: unknown): readonly (UnverifiedEvidence | FetchProblem)[] | undefined {
  const entries = isObject(json) ? ownList(json, 'attestations') : undefined;
  if (entries === undefined) return undefined;
  if (entries.length === 0)
    return [{ code: 'VERIFY_MALFORMED', source, found: 'an empty list of attestations', expected: 'at least one attestation' }];
  if (entries.length > MOST)
    return [{ code: 'FETCH_TOO_MANY', source, found: `${entries.length} attestations`, expected: `at most ${MOST}` }];
  return entries.map((entry, index): UnverifiedEvidence | FetchProblem => {
    const at = `${source} attestation ${index + 1}`;
    const bundle = isObject(entry) ? own(entry, 'bundle') : undefined;
    if (!isObject(bundle))
      return {
        code: 'VERIFY_FORMAT',
        source: at,
        found: 'an attestation without bundle',
        expected: 'a Sigstore bundle under the key bundle',
      };
    return makeEvidence('sigstore-bundle', at, Buffer.from(JSON.stringify(bundle)));
  });
}
