import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { says, verdict } from './support.ts';

const HOST = 'https://in-toto.io/attestation/human-review/vcs/v0.1';
const ADMITTED = 'admit POLICY_SATISFIED';
const uri = (id: string): string => `https://api.github.com/user/${id}`;

describe('Y6: two persons differ only in a name of the same sort', () => {
  const review = (author: unknown, ...reviewers: unknown[]): UnverifiedEvidence => says(HOST, { reviewers, annotations: { author } });
  const wants = (approvals: number): object => ({ codeReview: { by: ['alice'], approvals } });
  test.each<[string, number, UnverifiedEvidence, boolean]>([
    ['both by name', 1, review('alice', { name: 'bob' }), true],
    ['both by id', 1, review({ uri: uri('1') }, { uri: uri('2') }), true],
    ['the author by name, the reviewer by id', 1, review('alice', { uri: uri('2') }), false],
    ['the author by id, the reviewer by name', 1, review({ uri: uri('1') }, { name: 'bob' }), false],
    ['the author by id as a text, the reviewer by id', 1, review(uri('1'), { uri: uri('2') }), true],
    ['the author by id as a text, the reviewer by name', 1, review(uri('1'), { name: 'bob' }), false],
    ['the author by name and id, the reviewer by id', 1, review({ name: 'alice', uri: uri('1') }, { uri: uri('2') }), true],
    ['the author by name and id, the reviewer is he by id', 1, review({ name: 'alice', uri: uri('1') }, { uri: uri('1') }), false],
    ['one name, two ids', 1, review({ name: 'alice', uri: uri('1') }, { name: 'Alice', uri: uri('2') }), false],
    ['two authors by name, the reviewer by name', 1, review(['alice', 'carol'], { name: 'bob' }), true],
    ['two authors, one of them the reviewer', 1, review(['alice', 'bob'], { name: 'bob' }), false],
    ['two authors, one by name, one by id; the reviewer by name', 1, review(['alice', uri('3')], { name: 'bob' }), false],
    ['two authors, one by name, one by id; the reviewer by both', 1, review(['alice', uri('3')], { name: 'bob', uri: uri('2') }), true],
    ['two reviewers by name', 2, review('alice', { name: 'bob' }, { name: 'carol' }), true],
    ['one reviewer by name, another by id', 2, review({ name: 'alice', uri: uri('1') }, { name: 'bob' }, { uri: uri('3') }), false],
    ['one reviewer by name, another by both', 2, review({ name: 'alice', uri: uri('1') }, { name: 'bob' }, { name: 'carol', uri: uri('3') }), true],
    ['one reviewer by name, then by name and id, then by id', 2, review({ name: 'alice', uri: uri('1') }, { name: 'bob' }, { name: 'bob', uri: uri('2') }, { uri: uri('2') }), false],
  ])('Y6: %s', async (_, approvals, evidence, holds) => {
    expect(await verdict(wants(approvals), [evidence])).toBe(holds ? ADMITTED : 'deny POLICY_REVIEW');
  });
});

describe('Y6: PASSED is not PASSED with warnings', () => {
  const result = (predicate: object): UnverifiedEvidence => says('https://in-toto.io/attestation/test-result/v0.1', predicate);
  const accepts = (...accept: readonly string[]): object => ({ testResult: { by: ['alice'], ...(accept.length === 0 ? {} : { accept }) } });
  test.each<[string, object, UnverifiedEvidence, boolean]>([
    ['passed', accepts(), result({ result: 'PASSED', passedTests: ['unit'] }), true],
    ['passed, and a test warned', accepts(), result({ result: 'PASSED', passedTests: ['unit'], warnedTests: ['e2e'] }), false],
    ['passed, and no test warned', accepts(), result({ result: 'PASSED', warnedTests: [] }), true],
    ['passed, and a test warned, where warnings are accepted', accepts('PASSED', 'WARNED'), result({ result: 'PASSED', warnedTests: ['e2e'] }), true],
    ['warned', accepts('PASSED', 'WARNED'), result({ result: 'WARNED', warnedTests: ['e2e'] }), true],
    ['warned, and a test failed', accepts('PASSED', 'WARNED'), result({ result: 'WARNED', failedTests: ['e2e'] }), false],
    ['a list of warned tests that is none', accepts(), result({ result: 'PASSED', warnedTests: 'e2e' }), false],
  ])('Y6: %s', async (_, requirement, evidence, holds) => {
    const given = await verdict(requirement, [evidence]);
    if (holds) expect(given).toBe(ADMITTED);
    else expect(given).toMatch(/^deny POLICY_(?:TEST_RESULT|CONTENT_UNREADABLE)$/);
  });
});

describe('Y6: rebuilds agree on a source that they name', () => {
  const SLSA = 'https://slsa.dev/provenance/v1';
  const rebuilt = { reproducible: { by: ['alice', 'bob', 'carol'] } };
  const rebuild = (by: 'alice' | 'bob', dependencies: readonly object[], more: object = {}): UnverifiedEvidence =>
    says(SLSA, { buildDefinition: { buildType: `https://${by}.example/t`, externalParameters: more, resolvedDependencies: dependencies }, runDetails: { builder: { id: `https://${by}.example` } } }, { by });
  const commit = (pair: string, url = 'git+https://github.com/acme/app'): object => ({ uri: url, digest: { gitCommit: pair.repeat(20) } });
  const both = (...dependencies: readonly object[]): readonly UnverifiedEvidence[] => [rebuild('alice', dependencies), rebuild('bob', dependencies)];
  test.each<[string, readonly UnverifiedEvidence[], boolean]>([
    ['one commit', both(commit('1a')), true],
    ['two commits', [rebuild('alice', [commit('1a')]), rebuild('bob', [commit('2b')])], false],
    ['no source', both(), false],
    ['no source, but other dependencies', both({ uri: 'pkg:npm/left-pad@1.3.0', digest: { sha256: 'ab'.repeat(32) } }), false],
    ['one names a source, the other none', [rebuild('alice', [commit('1a')]), rebuild('bob', [])], false],
    ['a repository, and nothing that says which state of it', both({ uri: 'git+https://github.com/acme/app' }), false],
    ['a tag', both({ uri: 'git+https://github.com/acme/app@refs/tags/v1' }), true],
    ['a repository by its parameters, without commit', [rebuild('alice', [], { source: 'https://github.com/acme/app' }), rebuild('bob', [], { source: 'https://github.com/acme/app' })], false],
  ])('Y6: %s', async (_, evidence, holds) => {
    const given = await verdict(rebuilt, evidence);
    if (holds) expect(given).toBe(ADMITTED);
    else expect(given).toBe('deny POLICY_REPRODUCIBLE');
  });

  test('Y6: rebuilds of a type whose content is not read need no source', async () => {
    const type = 'https://acme.example/rebuild/v1';
    expect(await verdict({ reproducible: { by: ['alice', 'bob'], types: [type] } }, [says(type, {}), says(type, {}, { by: 'bob' })])).toBe(ADMITTED);
  });
});
