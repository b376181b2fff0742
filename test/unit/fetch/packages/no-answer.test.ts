import { describe, expect, test } from 'vitest';
import { reason } from '../../../../src/domain/decision/reasons.ts';
import { parsePackageUrl } from '../../../../src/domain/artifact/package-url.ts';
import type { PackageUrl } from '../../../../src/domain/artifact/package-url.ts';
import type { EvidenceBatch } from '../../../../src/domain/ports.ts';
import { ECOSYSTEM } from '../../../../src/fetch/packages/table.ts';
import { problemOf } from '../../../../src/net/failure.ts';
import { asDigest } from '../../../world/encode.ts';

// An index that lists provenance and does not give it has not said that there is none.
const NEVER = new AbortController().signal;
const url = (text: string): PackageUrl => {
  const read = parsePackageUrl(text);
  if (!read.ok) throw new Error(read.problem);
  return read.value;
};
async function codesOf(name: 'npm' | 'pypi', wanted: string, digest: string, answers: (path: string) => unknown): Promise<readonly string[]> {
  const ask = ({ path }: { readonly path: string }): Promise<Uint8Array | undefined> => {
    const answer = answers(path);
    return Promise.resolve(answer === undefined ? undefined : Buffer.from(JSON.stringify(answer)));
  };
  const batch = await Promise.resolve(ECOSYSTEM[name].evidence({ url: url(wanted), digest: asDigest(digest) }, ask, NEVER))
    .catch((error: unknown): EvidenceBatch => ({ evidence: [], problems: [problemOf(error, name)] }));
  return batch.problems.map(({ code }) => `${code} ${reason(code).verdict}`);
}
const OPEN = ['FETCH_RESPONSE_INVALID undetermined'];

describe('pypi', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const page = (provenance: unknown): object => ({ name: 'acme-lib', files: [{ filename: 'acme_lib-1.0.0.tar.gz', hashes: { sha256: '0'.repeat(64) }, provenance }] });
  const ask = (provenance: unknown, answer: unknown): Promise<readonly string[]> => codesOf('pypi', 'pkg:pypi/acme-lib@1.0.0', digest, (path) => (path.startsWith('/simple/') ? page(provenance) : answer));

  test.each<[string, unknown, unknown, readonly string[]]>([
    ['no provenance, and none is listed', null, undefined, []],
    ['no provenance, and some is listed', 'https://pypi.org/integrity/x', undefined, OPEN],
    ['an empty list', null, { version: 1, attestation_bundles: [] }, []],
    ['an empty bundle', null, { version: 1, attestation_bundles: [{ attestations: [] }] }, []],
    ['a bundle without a list', null, { version: 1, attestation_bundles: [{ publisher: {} }] }, OPEN],
    ['a bundle whose list is an object', null, { version: 1, attestation_bundles: [{ attestations: {} }] }, OPEN],
    ['a bundle that is none, beside an empty one', null, { version: 1, attestation_bundles: [{ attestations: [] }, null] }, OPEN],
  ])('%s', async (_, provenance, answer, expected) => {
    expect(await ask(provenance, answer)).toEqual(expected);
  });
});

describe('npm', () => {
  const version = (dist: object): object => ({ name: '@acme/lib', version: '1.0.0', dist });
  const ask = (dist: object, answer: unknown): Promise<readonly string[]> =>
    codesOf('npm', 'pkg:npm/%40acme/lib@1.0.0', `sha512:${'0'.repeat(128)}`, (path) => (path.startsWith('/-/npm/v1/attestations/') ? answer : version(dist)));
  const attestations = { attestations: { url: 'https://npm.example/-/npm/v1/attestations/x', provenance: { predicateType: 'https://slsa.dev/provenance/v1' } } };

  test.each<[string, object, unknown, readonly string[]]>([
    ['no attestations, and none are listed', {}, undefined, []],
    ['no attestations, and some are listed', attestations, undefined, OPEN],
    ['an empty list', {}, { attestations: [] }, []],
    ['no list', {}, { attestations: {} }, OPEN],
  ])('%s', async (_, dist, answer, expected) => {
    expect(await ask(dist, answer)).toEqual(expected);
  });
});
