// What a task takes in, by its parameters and results: type hints of Chains and references to trusted artifacts, and their receipts.
import { describe, expect, test } from 'vitest';
import { taskInputs } from '../../../../../src/evaluate/request/receipts/inputs.ts';
import { namedValues, withDefaults } from '../../../../../src/evaluate/request/receipts/values.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const COMMIT = 'c'.repeat(40);

function inputs(values: Readonly<Record<string, unknown>>, of: 'parameters' | 'results' = 'parameters') {
  return taskInputs(namedValues(Object.entries(values).map(([name, value]) => ({ name, value })), 'spec.params'), of)
    .map(({ name, uri, digest, problem, receipts }) => ({ name, uri, digest: problem === undefined ? digest : 'problem', receipts }));
}

describe('artifacts of a task', () => {
  test.each<[string, Readonly<Record<string, unknown>>, ReturnType<typeof inputs>]>([
    ['an address and a digest', { BASE_URI: 'ghcr.io/acme/base', BASE_DIGEST: A, BASE_RECEIPT: 'r' }, [{ name: 'BASE_DIGEST', uri: 'ghcr.io/acme/base', digest: A, receipts: ['r'] }]],
    ['with URL', { IMAGE_URL: 'ghcr.io/acme/base', IMAGE_DIGEST: A }, [{ name: 'IMAGE_DIGEST', uri: 'ghcr.io/acme/base', digest: A, receipts: [] }]],
    ['in lower case, as Konflux writes it', { 'image-url': 'ghcr.io/acme/base:1', 'image-digest': A, 'image-receipt': 'r' }, [{ name: 'image-digest', uri: 'ghcr.io/acme/base:1', digest: A, receipts: ['r'] }]],
    ['a digest alone', { BASE_DIGEST: A }, [{ name: 'BASE_DIGEST', uri: '', digest: A, receipts: [] }]],
    ['a source', { 'CHAINS-GIT_URL': 'https://git.test/x', 'CHAINS-GIT_COMMIT': COMMIT, 'CHAINS-GIT_RECEIPT': 'r' }, [{ name: 'CHAINS-GIT_COMMIT', uri: 'https://git.test/x', digest: `gitCommit:${COMMIT}`, receipts: ['r'] }]],
    ['URI and URL that say the same', { BASE_DIGEST: A, BASE_URI: 'ghcr.io/acme/base', BASE_URL: 'ghcr.io/acme/base' }, [{ name: 'BASE_DIGEST', uri: 'ghcr.io/acme/base', digest: A, receipts: [] }]],
    ['addresses by their places, also beside an empty one', { BASE_DIGEST: [A, B], BASE_URL: ['', 'ghcr.io/b'] }, [{ name: 'BASE_DIGEST', uri: '', digest: A, receipts: [] }, { name: 'BASE_DIGEST', uri: 'ghcr.io/b', digest: B, receipts: [] }]],
    ['no prefix at all', { digest: A, url: 'ghcr.io/acme/base', receipt: 'r' }, [{ name: 'digest', uri: 'ghcr.io/acme/base', digest: A, receipts: ['r'] }]],
    ['a list of images', { IMAGES: `ghcr.io/a@${A},\nghcr.io/b@${B}`, IMAGES_RECEIPT: 'r' }, [{ name: 'IMAGES', uri: 'ghcr.io/a', digest: A, receipts: ['r'] }, { name: 'IMAGES', uri: 'ghcr.io/b', digest: B, receipts: ['r'] }]],
    ['a reference in place of a receipt', { BASE_RECEIPT: `oci:x@${A}` }, [{ name: 'BASE_RECEIPT', uri: 'x', digest: A, receipts: [] }]],
    ['an object of inputs', { LIB_ARTIFACT_INPUTS: { uri: 'pkg:npm/a@1', digest: A, receipt: 'r' } }, [{ name: 'LIB_ARTIFACT_INPUTS', uri: 'pkg:npm/a@1', digest: A, receipts: ['r'] }]],
    ['an object with its receipt beside it', { LIB_ARTIFACT_INPUTS: { uri: 'pkg:npm/a@1', digest: `sha1:${COMMIT}` }, LIB_ARTIFACT_INPUTS_RECEIPT: 'r' }, [{ name: 'LIB_ARTIFACT_INPUTS', uri: 'pkg:npm/a@1', digest: `gitCommit:${COMMIT}`, receipts: ['r'] }]],
    ['an object as text', { LIB_ARTIFACT_INPUTS: JSON.stringify({ uri: 'pkg:npm/a@1', digest: A }) }, [{ name: 'LIB_ARTIFACT_INPUTS', uri: 'pkg:npm/a@1', digest: A, receipts: [] }]],
    ['a trusted artifact', { SOURCE_ARTIFACT: `oci:quay.io/acme/src@${A}`, SOURCE_ARTIFACT_RECEIPT: 'r' }, [{ name: 'SOURCE_ARTIFACT', uri: 'quay.io/acme/src', digest: A, receipts: ['r'] }]],
    ['trusted artifacts in a list, with paths', { args: [`oci:quay.io/acme/src@${A}=/work`, '--verbose'] }, [{ name: 'args', uri: 'quay.io/acme/src', digest: A, receipts: [] }]],
    ['lists of receipts', { BASE_DIGEST: [A, B], BASE_RECEIPT: ['r', 's'] }, [{ name: 'BASE_DIGEST', uri: '', digest: A, receipts: ['r'] }, { name: 'BASE_DIGEST', uri: '', digest: B, receipts: ['s'] }]],
    ['one receipt for a list', { BASE_DIGEST: [A, B], BASE_RECEIPT: 'r' }, [{ name: 'BASE_DIGEST', uri: '', digest: A, receipts: ['r'] }, { name: 'BASE_DIGEST', uri: '', digest: B, receipts: ['r'] }]],
    ['a receipt in another parameter is none', { BASE_DIGEST: A, OTHER_RECEIPT: 'r' }, [{ name: 'BASE_DIGEST', uri: '', digest: A, receipts: [] }]],
  ])('%s', (_name, values, expected) => expect(inputs(values)).toEqual(expected));

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['nothing', {}],
    ['an address alone', { SLACK_URL: 'https://chat.test/hook' }],
    ['empty ones', { BASE_URI: '', BASE_DIGEST: '', 'CHAINS-GIT_URL': '', 'CHAINS-GIT_COMMIT': '', SOURCE_ARTIFACT: '' }],
    ['an empty object', { LIB_ARTIFACT_INPUTS: { uri: '', digest: '' } }],
    ['an image by name is for image policies', { image: `ghcr.io/acme/base@${A}` }],
    ['an address of the OCI scheme in text', { note: 'oci://ghcr.io/acme/base' }],
    ['a receipt', { BASE_RECEIPT: '{"payload":""}' }],
  ])('no artifact: %s', (_name, values) => expect(inputs(values)).toEqual([]));

  test.each<[string, Readonly<Record<string, unknown>>, number]>([
    ['upper case in the digest', { BASE_DIGEST: A.toUpperCase() }, 1],
    ['a short digest', { BASE_DIGEST: 'sha256:abc' }, 1],
    ['an address without its digest', { BASE_URI: 'ghcr.io/acme/base', BASE_DIGEST: '' }, 1],
    ['a tag for a trusted artifact', { SOURCE_ARTIFACT: 'oci:quay.io/acme/src:latest' }, 1],
    ['another digest in the address', { BASE_URI: `ghcr.io/acme/base@${B}`, BASE_DIGEST: A }, 1],
    ['two that differ in case', { BASE_DIGEST: A, base_digest: B }, 2],
    ['two addresses that differ in case', { BASE_DIGEST: A, BASE_URL: 'a.test/x', base_url: 'b.test/x' }, 1],
    ['two receipts that differ in case', { BASE_DIGEST: A, BASE_RECEIPT: 'r', 'base-receipt': 's' }, 1],
    ['a branch for a commit', { 'CHAINS-GIT_URL': 'https://git.test/x', 'CHAINS-GIT_COMMIT': 'main' }, 1],
    ['a source without a commit', { 'CHAINS-GIT_URL': 'https://git.test/x' }, 1],
    ['an object without members', { LIB_ARTIFACT_INPUTS: {} }, 1],
    ['an object with members of other names', { LIB_ARTIFACT_INPUTS: { URI: 'pkg:npm/a@1', DIGEST: A } }, 1],
    ['images by tag', { IMAGES: 'ghcr.io/a:1' }, 1],
    ['URI and URL of two places', { BASE_DIGEST: A, BASE_URI: 'ghcr.io/acme/base', BASE_URL: 'ghcr.io/evil/base' }, 1],
    ['another digest in the second address', { BASE_DIGEST: A, BASE_URI: 'ghcr.io/acme/base', BASE_URL: `ghcr.io/acme/base@${B}` }, 1],
    ['more addresses than digests', { BASE_DIGEST: A, BASE_URL: ['ghcr.io/acme/base', `ghcr.io/evil/base@${B}`] }, 1],
    ['text that is no object', { LIB_ARTIFACT_INPUTS: 'nothing' }, 1],
  ])('no digest that counts: %s', (_name, values, count) =>
    expect(inputs(values).map(({ digest }) => digest)).toEqual(Array.from({ length: count }, () => 'problem')));

  test('an object has the default of every member that is not given', () => {
    const of = (name: string, value: unknown) => namedValues([{ name, value }], 'p');
    const usual = of('LIB_ARTIFACT_INPUTS', { uri: 'pkg:npm/a@1', digest: A });
    const told = (given: ReturnType<typeof of>) => taskInputs(withDefaults(given, usual)).map(({ uri, digest, problem }) => [uri, problem ?? digest]);
    expect(told(of('LIB_ARTIFACT_INPUTS', { digest: B }))).toEqual([['pkg:npm/a@1', B]]);
    expect(told(of('LIB_ARTIFACT_INPUTS', { digest: '' }))).toEqual([['pkg:npm/a@1', 'it names no digest']]);
    expect(told(of('LIB_ARTIFACT_INPUTS', { uri: '', digest: '' }))).toEqual([]);
    expect(told(of('OTHER', 'x'))).toEqual([['pkg:npm/a@1', A]]);
  });

  test('of results only what hints call an input', () => {
    expect(inputs({ IMAGE_URL: 'ghcr.io/acme/app', IMAGE_DIGEST: A, 'CHAINS-GIT_URL': 'https://git.test/x', 'CHAINS-GIT_COMMIT': COMMIT, 'CHAINS-GIT_RECEIPT': 'r' }, 'results'))
      .toEqual([{ name: 'CHAINS-GIT_COMMIT', uri: 'https://git.test/x', digest: `gitCommit:${COMMIT}`, receipts: ['r'] }]);
  });
});
