/** Bundles that GitHub only names: packed with snappy, at an address of the store of blobs that the configuration names. */
import type { UnverifiedEvidence } from '../../../domain/evidence.ts';
import type { FetchProblem } from '../../../domain/ports.ts';
import { FetchFailure } from '../../../net/failure.ts';
import { isObject } from '../../../text/json/fields.ts';
import { readJsonBytes } from '../../../text/json/read.ts';
import { makeEvidence } from '../../oci/content.ts';
import { odd } from '../../packages/answer.ts';
import { unpackSnappy } from './snappy.ts';
import type { OpenStore } from '../store.ts';
import { beyond, MOST_PIECE } from '../within.ts';

const RETRY = 'could not verify, retry';

/**
 * What lies at `bundle_url`, where the configuration permits the address. Its query is signed for a moment and is in no message; no
 * token goes there. What is fetched and unpacked is taken from the budget of bytes, whatever comes of it.
 */
export async function bundleElsewhere(
  url: string | undefined, source: string, { elsewhere }: OpenStore, budget: { left: number }, signal: AbortSignal,
): Promise<UnverifiedEvidence | FetchProblem> {
  if (url === undefined || url === '')
    return { code: 'FETCH_RESPONSE_INVALID', source, found: 'an attestation without bundle', expected: 'a Sigstore bundle in the answer' };
  const place = elsewhere?.(url);
  if (place === undefined) return unnamed(url, source);
  const what = 'the bundle that is named by bundle_url';
  const answer = await place.ask({ path: place.path, accept: '*/*', maxBytes: roomIn(budget), what }, signal)
    .catch((error: unknown) => { throw ofBlob(error); });
  if (answer === undefined) throw odd(source, 'nothing at an address that it lists', what);
  const most = roomIn(budget);
  const bytes = unpackSnappy(answer.body, most);
  if ('fault' in bytes && bytes.claimed > most) throw beyond(source, bytes.fault, `at most ${most} bytes`);
  budget.left -= 'fault' in bytes ? Math.max(bytes.claimed, answer.body.length) : bytes.length;
  if ('fault' in bytes) throw odd(source, bytes.fault, what, 'a block of snappy');
  const read = readJsonBytes(bytes);
  if (!read.ok || !isObject(read.value)) throw odd(source, 'a block of snappy with something else in it', what, 'a Sigstore bundle as JSON');
  return makeEvidence('sigstore-bundle', source, bytes);
}

/** Bytes of one bundle, packed or unpacked. */
function roomIn({ left }: { readonly left: number }): number {
  return Math.max(0, Math.min(MOST_PIECE, left));
}

function unnamed(url: string, source: string): FetchProblem {
  const [, base] = /^(https:\/\/[a-z0-9.-]{1,253})\//.exec(url) ?? [];
  return {
    code: 'FETCH_RESPONSE_INVALID', source,
    found: `an attestation that is only named by bundle_url${base === undefined ? '' : `, at ${base}`}`,
    expected: 'a Sigstore bundle in the answer, or at an address that bundles of this store names',
    cause: 'no address is taken from an answer unless the configuration names it',
    fix: `${RETRY} after an administrator of Gatehouse has named that address in bundles of this store (evidenceStores), or with the bundle `
      + 'beside the artifact: gh attestation download, then --evidence or a registry (push-to-registry)',
  };
}

/** The address is signed for some minutes and no token is sent: neither helps here. */
function ofBlob(error: unknown): unknown {
  if (!(error instanceof FetchFailure) || error.problem.code !== 'FETCH_UNAUTHORIZED') return error;
  return new FetchFailure({ ...error.problem, fix: `${RETRY}: the address of the bundle was signed for a moment and has expired` });
}
