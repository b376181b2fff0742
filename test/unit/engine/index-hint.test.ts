import { describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { CompiledPolicy } from '../../../src/domain/policy/policy.ts';
import type { EvidenceSource } from '../../../src/domain/ports.ts';
import { ARTIFACT } from '../evaluate/support.ts';
import { batch, failed, harness, lookup, OTHER_DIGEST, piece, policy, policySet, source } from './support.ts';

const TAGGED = { ...ARTIFACT, tag: '1.4' };
const HINT = '; or use the digest of the index, if that is done for it, or ask the owner of policy p to set indexCoversChildren: true';
const WHY = `index ${OTHER_DIGEST}, which tag 1.4 names, lists this image`;

interface Case {
  readonly reference?: typeof ARTIFACT;
  readonly policies?: readonly CompiledPolicy[];
  readonly evidence?: Parameters<typeof source>[0];
  readonly parentIndex?: EvidenceSource['parentIndex'];
}

/** Judges a platform image whose index is OTHER_DIGEST; counts how often the index was asked for. */
async function judge({ reference = TAGGED, policies = [policy()], evidence = () => lookup([batch()]), parentIndex = async () => OTHER_DIGEST }: Case): Promise<{ decision: Decision; fix: string | undefined; asked: number; faults: number }> {
  let asked = 0;
  const { admit, faults } = harness({
    policies: { current: () => ({ ready: true, set: policySet(...policies) }) },
    source: source(evidence, { parentIndex: (...given) => {
      asked += 1;
      return parentIndex(...given);
    } }),
  });
  const decision = await admit({ artifacts: [reference] }, 300);
  return { decision, fix: decision.findings.find((finding) => finding.policy === 'p')?.fix, asked, faults: faults.length };
}

describe('an unsigned platform image whose index is known', () => {
  test('E06 the refusal names the index and the setting, for one more question', async () => {
    const { decision, fix, asked } = await judge({});
    expect(decision).toMatchObject({ outcome: 'deny', verdict: 'violated', findings: [{ code: 'FETCH_NONE_FOUND' }] });
    expect([fix, decision.findings[0]?.cause, asked]).toEqual([expect.stringContaining(HINT), WHY, 1]);
  });

  test.each<[string, Case, string, number]>([
    ['the tag names no index that lists it', { parentIndex: async () => undefined }, 'FETCH_NONE_FOUND', 1],
    ['the registry fails', { parentIndex: async () => { throw new Error('down'); } }, 'FETCH_NONE_FOUND', 1],
    ['the registry never answers', { parentIndex: () => new Promise(() => undefined) }, 'FETCH_NONE_FOUND', 1],
    ['the reference has no tag', { reference: ARTIFACT }, 'FETCH_NONE_FOUND', 0],
    ['the policy has the setting already', { policies: [policy({ indexCoversChildren: true })] }, 'FETCH_NONE_FOUND', 1],
    ['the image is signed badly', { evidence: () => lookup([batch(piece('bad'))]) }, 'VERIFY_SIGNATURE_INVALID', 0],
    ['nobody knows whether it is signed', { evidence: () => lookup([failed({ code: 'FETCH_TIMEOUT', source: 'r' })]) }, 'FETCH_TIMEOUT', 0],
    ['the image is admitted', { evidence: () => lookup([batch(piece('good'))]) }, 'POLICY_SATISFIED', 0],
  ])('no hint when %s', async (_name, given, code, times) => {
    const { decision, fix, asked, faults } = await judge(given);
    expect(decision.findings.map((finding) => finding.code)).toEqual([code]);
    expect([fix?.includes('indexCoversChildren') ?? false, asked, faults]).toEqual([false, times, 0]);
  });

  test('only the policy without the setting gets the hint', async () => {
    const { decision } = await judge({ policies: [policy(), policy({ name: 'q', indexCoversChildren: true })] });
    expect(decision.findings.map(({ policy: name, code, fix }) => [name, code, fix?.includes('indexCoversChildren')])).toEqual([['p', 'FETCH_NONE_FOUND', true], ['q', 'FETCH_NONE_FOUND', false]]);
  });
});
