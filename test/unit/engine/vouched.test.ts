// What the engine tells of an artifact for whoever may vouch for it: by which policies, on what evidence, at which levels.
import { describe, expect, test } from 'vitest';
import type { VsaRequirement } from '../../../src/domain/policy/build-requirement.ts';
import type { Finding } from '../../../src/domain/decision/finding.ts';
import type { Requirement } from '../../../src/domain/policy/requirement.ts';
import { createAudits } from '../../../src/engine/waiting/audits.ts';
import { vouchedFor } from '../../../src/engine/vouching/vouched.ts';
import { sha256Hex } from '../../../src/text/sha256.ts';
import { until } from '../../support/patience.ts';
import { ARTIFACT, DIGEST, signatureBy } from '../evaluate/support.ts';
import { ALICE, batch, harness, lookup, piece, policy, policySet, source } from './support.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const evidence = [{ ...piece('good 1'), bytes: bytes('one') }, { ...piece('bad'), bytes: bytes('two') }];
const ports = { source: source(() => lookup([batch(...evidence)])) };

describe('receipts: what the engine tells of an artifact', () => {
  test('to the gate: the evidence that counted, by the digest of its bytes, and the content of its policies', async () => {
    const decision = await harness(ports).admit({ surface: 'gate' });
    expect(decision.artifacts[0]?.vouched).toEqual({
      policies: ['c-p'], inputs: [{ uri: 'good 1', digest: `sha256:${sha256Hex('one')}` }], levels: [],
    });
  });

  test('to whoever wants a summary as well', async () => {
    expect((await harness(ports).admit({ surface: 'cli', summary: true })).artifacts[0]?.vouched?.policies).toEqual(['c-p']);
  });

  test.each(['webhook', 'imagereview', 'cli', 'audit'] as const)('nothing to %s', async (surface) => {
    expect((await harness(ports).admit({ surface })).artifacts[0]).not.toHaveProperty('vouched');
  });

  test('policies that warn have a say, those in mode audit none, and those that speak about something else none', async () => {
    const set = policySet(policy({ name: 'a' }), policy({ name: 'b', mode: 'warn' }), policy({ name: 'c', mode: 'audit' }), policy({ name: 'd', usedAs: new Set(['source']) }));
    const decision = await harness({ ...ports, policies: { current: () => ({ ready: true, set }) } }).admit({ surface: 'gate' });
    expect(decision.artifacts[0]?.vouched?.policies).toEqual(['c-a', 'c-b']);
  });

  test('what is judged after the answer changes nothing of it', async () => {
    const set = policySet(policy({ name: 'a' }), policy({ name: 'c', mode: 'audit' }));
    const audits = createAudits({ slots: 1 });
    const { admit, decisions } = harness({ ...ports, audits, policies: { current: () => ({ ready: true, set }) } });
    const answered = await admit({ surface: 'gate' });
    await until(() => decisions.length === 1);
    expect(decisions[0]?.findings).toHaveLength(2);
    expect(decisions[0]?.artifacts[0]?.vouched).toEqual(answered.artifacts[0]?.vouched);
    await audits.close();
  });

  test('one artifact at two places, and two artifacts, are told each by itself', async () => {
    const artifacts = [ARTIFACT, { ...ARTIFACT, path: 'second' }];
    const decision = await harness(ports).admit({ surface: 'gate', artifacts });
    expect(decision.artifacts.map(({ path, vouched }) => [path, vouched?.inputs.length])).toEqual([[ARTIFACT.path, 1], ['second', 1]]);
  });
});

describe('receipts: levels are those that satisfied requirements demand', () => {
  const vsa: VsaRequirement = { kind: 'vsa', name: 'v', by: [ALICE], threshold: 1, levels: ['SLSA_BUILD_LEVEL_2', 'ACME_SCANNED'] };
  const provenance: Requirement = { kind: 'provenance', name: 'p', by: [ALICE], threshold: 1, level: 3 };
  const finding = (requirement: string, more: Partial<Finding> = {}): Finding => ({
    verdict: 'satisfied', code: 'POLICY_SATISFIED', path: '', artifact: '', mode: 'enforce', policy: 'x', requirement, ...more,
  });
  const levels = (requirements: readonly Requirement[], ...findings: Finding[]): readonly string[] =>
    vouchedFor({ digest: DIGEST }, [policy({ name: 'x', requirements })], findings, new Map()).levels;

  test('of provenance and of summaries', () => {
    expect(levels([vsa, provenance], finding('v'), finding('p'))).toEqual(['ACME_SCANNED', 'SLSA_BUILD_LEVEL_2', 'SLSA_BUILD_LEVEL_3']);
  });
  test.each<[string, readonly Requirement[], Finding]>([
    ['a signature proves none', [signatureBy([ALICE])], finding('signed')],
    ['one that is violated proves none', [provenance], finding('p', { verdict: 'violated' })],
    ['one of another policy proves none', [provenance], finding('p', { policy: 'y' })],
    ['one in mode audit proves none', [provenance], finding('p', { mode: 'audit' })],
    ['which alternative held is not known', [{ kind: 'anyOf', name: 'any', of: [provenance, vsa] }], finding('any')],
  ])('%s', (_what, requirements, found) => {
    expect(levels(requirements, found)).toEqual([]);
  });
});
