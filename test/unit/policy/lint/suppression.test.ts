/** Rules of lint that a document suppresses, with a reason; and that no annotation outlives its cause. */
import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../../../../src/policy/index.ts';
import type { CompiledPolicies } from '../../../../src/policy/index.ts';
import { fakeTrust, policy, signer } from '../support.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const lint = (texts: readonly string[], now: number | undefined = NOW): CompiledPolicies =>
  compilePolicies([{ path: 'a.yaml', text: texts.join('\n---\n') }], { trust: fakeTrust, now });
const noted = (annotations: Record<string, unknown>): { annotations: Record<string, unknown> } =>
  ({ annotations: Object.fromEntries(Object.entries(annotations).map(([rule, why]) => [`lint.gatehouse.dev/${rule}`, why])) });
const rules = ({ problems }: CompiledPolicies): (string | undefined)[] => problems.map(({ rule }) => rule).toSorted();

const EVERYTHING = { artifacts: [{ image: '**' }] };
const OTHER = policy({ requireDigest: true, artifacts: [{ image: 'ghcr.io/acme/app' }] }, { name: 'other' });

describe('an annotation suppresses a rule', () => {
  test('in its document, with its reason, and for a server as well', () => {
    expect(rules(lint([signer(), policy(EVERYTHING)]))).toEqual(['pattern-everything']);
    const told = lint([signer(), policy(EVERYTHING, noted({ 'pattern-everything': ' it is a cluster for tests ' }))]);
    expect(rules(told)).toEqual([]);
    expect(told.set).toBeDefined();
    expect(told.suppressed).toMatchObject([{
      rule: 'pattern-everything', severity: 'warning', path: 'spec.artifacts[0].image', suppressed: { reason: 'it is a cluster for tests', file: 'a.yaml' },
    }]);
    expect(compilePolicies([{ path: 'a.yaml', text: [signer(), policy(EVERYTHING, noted({ 'pattern-everything': 'x' }))].join('\n---\n') }], { trust: fakeTrust }).problems).toEqual([]);
  });

  test('of notes too, at the document where they are told, and not in its neighbour', () => {
    const why = noted({ 'policies-overlap': 'both are meant' });
    expect(rules(lint([signer(), policy(), OTHER]))).toEqual(['policies-overlap']);
    expect(rules(lint([signer(), policy(), policy({ requireDigest: true, artifacts: [{ image: 'ghcr.io/acme/app' }] }, { name: 'other', ...why })]))).toEqual([]);
    expect(rules(lint([signer(), policy({}, why), OTHER]))).toEqual(['policies-overlap', 'suppression-unused']);
  });

  test('and no other rule of the same document', () => {
    const both = { artifacts: [{ image: '**' }, { image: '**' }] };
    expect(rules(lint([signer(), policy(both)]))).toEqual(['demand-twice', 'pattern-everything', 'pattern-everything']);
    const told = lint([signer(), policy(both, noted({ 'pattern-everything': 'x' }))]);
    expect([rules(told), told.suppressed.length]).toEqual([['demand-twice'], 2]);
  });

  test('an error is never suppressed, by whatever name', () => {
    const names = Object.fromEntries(['policy-invalid', 'policy-advice', '', 'toString', '__proto__x'].map((name) => [name, 'x']));
    const { problems, set } = lint([signer(), policy({ mod: 'warn' }, noted(names))]);
    expect(set).toBeUndefined();
    expect(problems.filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual(['spec.mod']);
  });
});

describe('an annotation that suppresses nothing is advised about', () => {
  test.each<[string, Record<string, unknown>, object, string, RegExp]>([
    ['a rule that is not there', { 'pattern-everythin': 'x' }, {}, 'suppression-unknown', /no rule is called "pattern-everythin"; did you mean "pattern-everything"\?/],
    ['a rule that finds nothing', { 'pattern-everything': 'x' }, {}, 'suppression-unused', /pattern-everything finds nothing in this document/],
    ['a reason that is blank', { 'pattern-everything': ' ' }, {}, 'suppression-unknown', /says no reason/],
    ['advice about annotations', { 'suppression-unused': 'x' }, {}, 'suppression-unused', /suppression-unused finds nothing/],
    ['advice about unknown annotations', { 'suppression-unknown': 'x', nothing: 'y' }, {}, 'suppression-unknown', /no rule is called "nothing"/],
  ])('%s', (_, annotations, spec, rule, says) => {
    const told = lint([signer(), policy({ ...spec }, noted(annotations))]);
    const found = told.problems.filter((problem) => problem.rule === rule && says.test(problem.message));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: 'warning', path: expect.stringMatching(/^metadata\.annotations\["lint\.gatehouse\.dev\//) });
    expect(told.suppressed).toEqual([]);
  });

  test('a blank reason leaves the advice told', () => {
    expect(rules(lint([signer(), policy(EVERYTHING, noted({ 'pattern-everything': '' }))]))).toEqual(['pattern-everything', 'suppression-unknown']);
  });

  test('but not while errors hide advice, nor by a server, which does not look closely; annotations of others mean nothing', () => {
    const why = noted({ 'signer-unused': 'x', 'pattern-everything': 'x' });
    expect(rules(lint([signer(), policy({ mod: 1 }, why)]))).toEqual([undefined]);
    expect(compilePolicies([{ path: 'a.yaml', text: [signer(), policy({}, why)].join('\n---\n') }], { trust: fakeTrust }).problems).toEqual([]);
    expect(rules(lint([signer(), policy({}, { annotations: { 'lint.other.dev/x': '', 'x.lint.gatehouse.dev/y': '' } })]))).toEqual([]);
  });
});
