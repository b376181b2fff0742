/** Raw git objects among evidence: as git prints them, or wrapped in JSON where evidence is JSON. */
import { beginsLikeObject } from '../../domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { isObject, own } from '../../text/json/fields.ts';
import { makeEvidence } from '../oci/content.ts';

const MOST = 1000;
const EXPECTED = '{"gitObjects": [BASE64, …]}, each the raw content of a commit or annotated tag (git cat-file commit ID | base64 -w0)';

/** A file that is one raw object (`git cat-file commit ID`); `undefined` for every other. Nothing but its first line is looked at. */
export function readRawObject(source: string, bytes: Uint8Array): UnverifiedEvidence | undefined {
  return beginsLikeObject(bytes) ? makeEvidence('git-object', source, bytes) : undefined;
}

/** The objects in a document `{"gitObjects": [BASE64, …]}`; `undefined` when it is none. */
export function readGitObjects(source: string, json: unknown): readonly (UnverifiedEvidence | FetchProblem)[] | undefined {
  if (!isObject(json) || !Object.hasOwn(json, 'gitObjects')) return undefined;
  const list = own(json, 'gitObjects');
  if (!Array.isArray(list) || list.length === 0 || Object.keys(json).length > 1)
    return [{ code: 'VERIFY_MALFORMED', source, found: 'gitObjects that is no list, or other keys beside it', expected: EXPECTED }];
  if (list.length > MOST) return [{ code: 'FETCH_TOO_MANY', source, found: `${list.length} git objects`, expected: `at most ${MOST}` }];
  return list.map((text: unknown, index) => {
    const at = list.length === 1 ? source : `${source} object ${index}`;
    const bytes = decodeBase64(text, 'standard');
    return bytes === undefined
      ? { code: 'VERIFY_MALFORMED', source: at, found: 'an object that is not base64', expected: EXPECTED }
      : makeEvidence('git-object', at, bytes);
  });
}
