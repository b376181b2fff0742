import { describe, expect, test } from 'vitest';
import { ARTIFACT } from '../evaluate/support.ts';
import { batch, harness, lookup, piece, policy, policySet, source } from './support.ts';
import { cpuNow } from '../../support/cpu.ts';

const container = (index: number, name: string): typeof ARTIFACT => ({ ...ARTIFACT, path: `spec.containers[${index}].image`, raw: name, name });

describe('G11 a pod of many containers', () => {
  test('500 distinct images, slow evidence: the answer comes in time and says what was not done', async () => {
    const slow = (): Promise<never> => new Promise(() => undefined);
    const artifacts = Array.from({ length: 500 }, (_, index) => container(index, `registry.example/app-${index}`));
    const { admit } = harness({ source: source((artifact) => lookup([artifact.name.endsWith('0') ? batch(piece('good')) : slow()])) });
    const started = cpuNow();
    const decision = await admit({ artifacts }, 300);
    expect(cpuNow() - started).toBeLessThan(3000);
    expect(decision.outcome).toBe('deny');
    const counted = (wanted: string): number => decision.findings.filter(({ code }) => code === wanted).length;
    // Every image is accounted for; those behind the slow ones were not reached.
    expect(counted('ENGINE_DEADLINE')).toBeGreaterThanOrEqual(450);
    expect(counted('ENGINE_DEADLINE') + counted('POLICY_SATISFIED')).toBe(500);
  });
});

describe('G12 a policy set of a thousand policies', () => {
  test('is judged within the deadline', async () => {
    const policies = Array.from({ length: 1000 }, (_, index) => policy({ name: `p${index}` }));
    const { admit } = harness({ policies: { current: () => ({ ready: true, set: policySet(...policies) }) }, source: source(() => lookup([batch(piece('good'))])) });
    const started = cpuNow();
    const decision = await admit({}, 2000);
    expect(cpuNow() - started).toBeLessThan(2500);
    expect(decision.outcome).toBe('admit');
    expect(decision.findings).toHaveLength(1000);
  });

  test('or denied as undetermined when it is not', async () => {
    const policies = Array.from({ length: 1000 }, (_, index) => policy({ name: `p${index}` }));
    const { admit } = harness({ policies: { current: () => ({ ready: true, set: policySet(...policies) }) }, source: source(() => lookup([new Promise(() => undefined)])) });
    const decision = await admit({}, 100);
    expect(decision.outcome).toBe('deny');
    expect(new Set(decision.findings.map(({ code }) => code))).toEqual(new Set(['ENGINE_DEADLINE']));
  });
});
