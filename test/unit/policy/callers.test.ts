// Callers as policies write them: what is no name is refused at its place, and policies that speak to fewer callers are told as narrower.
import { describe, expect, test } from 'vitest';
import { uncoveredTektonImages } from '../../../src/select/engine-images.ts';
import { lostPolicies } from '../../../src/policy/index.ts';
import { compile, compileSet, errors, policy, signer, warnings } from './support.ts';

const told = (callers: unknown): string[] => errors(compile(signer('alice'), policy({ usedAs: ['dependency'], callers }))).map(({ path }) => path);
const issuer = 'https://token.actions.githubusercontent.com';

describe('callers of a policy about artifacts', () => {
  test.each<[string, unknown, unknown, string]>([
    ['nobody', {}, { serviceAccounts: ['ci/fetcher'] }, 'spec.callers'],
    ['all accounts of a namespace', { serviceAccounts: ['ci/*'] }, { serviceAccounts: ['ci/a.b'] }, 'spec.callers.serviceAccounts[0]'],
    ['an account as the API server names it', { serviceAccounts: ['system:serviceaccount:ci:fetcher'] }, { serviceAccounts: ['ci/fetcher'] }, 'spec.callers.serviceAccounts[0]'],
    ['every trust domain', { spiffe: ['spiffe://**'] }, { spiffe: ['spiffe://acme.test/**'] }, 'spec.callers.spiffe[0]'],
    ['a pattern of trust domains', { spiffe: ['spiffe://*.acme.test/ns/*'] }, { spiffe: ['spiffe://ci.acme.test/ns/*'] }, 'spec.callers.spiffe[0]'],
    ['a trust domain without a workload', { spiffe: ['spiffe://acme.test'] }, { spiffe: ['spiffe://acme.test/w'] }, 'spec.callers.spiffe[0]'],
    ['a trust domain in upper case', { spiffe: ['spiffe://Acme.test/w'] }, { spiffe: ['spiffe://acme.test/W'] }, 'spec.callers.spiffe[0]'],
    ['a path that goes up', { spiffe: ['spiffe://acme.test/ns/../w'] }, { spiffe: ['spiffe://acme.test/ns/..w'] }, 'spec.callers.spiffe[0]'],
    ['a pattern of issuers', { ci: [{ issuer: 'https://*.example' }] }, { ci: [{ issuer }] }, 'spec.callers.ci[0].issuer'],
    ['an issuer without TLS', { ci: [{ issuer: 'http://ci.example' }] }, { ci: [{ issuer: 'https://ci.example' }] }, 'spec.callers.ci[0].issuer'],
    ['two subjects', { ci: [{ issuer, subject: 'a', subjectGlob: 'a*' }] }, { ci: [{ issuer, subjectGlob: 'a*' }] }, 'spec.callers.ci[0]'],
    ['a claim that is a number', { ci: [{ issuer, claims: { repository_id: 1 } }] }, { ci: [{ issuer, claims: { repository_id: '1' } }] }, 'spec.callers.ci[0].claims.repository_id'],
    ['an unknown field', { users: ['alice'] }, { serviceAccounts: ['ci/fetcher'] }, 'spec.callers.users'],
  ])('%s', (_, evil, good, path) => {
    expect(told(evil)).toContain(path);
    expect(told(good)).toEqual([]);
  });

  test('advice: it never speaks about pods', () => {
    const advice = (more: object): string[] => warnings(compile(signer('alice'), policy({ callers: { serviceAccounts: ['ci/fetcher'] }, ...more }))).map(({ path }) => path);
    expect(advice({})).toContain('spec.callers');
    expect(advice({ usedAs: ['container', 'dependency'] })).toContain('spec.callers');
    expect(advice({ usedAs: ['dependency', 'source', 'baseImage'] })).toEqual([]);
  });

  test('advice about policies beside each other knows whom they are for', () => {
    const callers = { serviceAccounts: ['ci/fetcher'] };
    const base = { usedAs: ['dependency'], callers };
    const beside = (more: Record<string, unknown>): string[] =>
      warnings(compile(signer('alice'), policy(base, { name: 'a' }), policy({ ...base, ...more }, { name: 'b' }))).map(({ message }) => message.replace(/;.*/, ''));
    expect(beside({})).toEqual(['says the same as ClusterArtifactPolicy a']);
    expect(beside({ callers: { serviceAccounts: ['ci/other'] } })).toEqual([]);
    expect(beside({ resolve: 'once' })).toEqual([]);
    const every = (more: Record<string, unknown>): string[] => warnings(compile(signer('alice'), policy({ artifacts: [{ package: '**' }], ...more }))).map(({ message }) => message.replace(/;.*/, ''));
    expect(every({})).toEqual([expect.stringContaining('gates every package')]);
    expect(every(base)).toEqual([]);
  });

  test('advice: resolving what has to be pinned is in vain', () => {
    const told = (more: Record<string, unknown>): string[] => warnings(compile(signer('alice'), policy({ resolve: 'once', ...more }))).map(({ path }) => path);
    expect(told({ requireDigest: true })).toEqual(['spec.resolve']);
    expect(told({})).toEqual([]);
  });

  test('images of Tekton are not covered by what speaks about questions alone', () => {
    const left = (more: Record<string, unknown>): number =>
      uncoveredTektonImages(compileSet(signer('alice'), policy({ artifacts: [{ image: '**' }], ...more }))).length;
    expect(left({})).toBe(0);
    expect(left({ callers: { serviceAccounts: ['ci/fetcher'] } })).toBeGreaterThan(0);
  });

  test('a policy that speaks to fewer, or lets more be resolved, is told', () => {
    const lost = (before: Record<string, unknown>, after: Record<string, unknown>): string[] =>
      lostPolicies(compileSet(signer('alice'), policy(before)), compileSet(signer('alice'), policy(after))).map(({ what, detail }) => `${what}: ${detail}`);
    const [two, one] = [{ callers: { serviceAccounts: ['ci/a', 'ci/b'] } }, { callers: { serviceAccounts: ['ci/a'] } }];
    expect(lost({}, one)).toEqual(['callers: for what system:serviceaccount:ci:a ask the gate only']);
    expect(lost(two, one)).toEqual(['callers: no longer for what system:serviceaccount:ci:b ask']);
    expect(lost(one, two)).toEqual([]);
    expect(lost(one, {})).toEqual([]);
    expect(lost({}, { resolve: 'once' })).toEqual(['demands: resolve is once']);
    expect(lost({ resolve: 'once' }, { resolve: 'never' })).toEqual([]);
  });
});
