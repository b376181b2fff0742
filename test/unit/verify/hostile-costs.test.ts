import { describe, expect, test } from 'vitest';
import type { VerificationJob } from '../../../src/domain/evidence.ts';
import { runVerificationJob } from '../../../src/verify/index.ts';
import type { RawOutcome } from '../../../src/verify/proof.ts';
import { cpuNow } from '../../support/cpu.ts';
import { hostileEvidence } from '../../support/hostile/evidence.ts';

/** Processor time of one verification, in milliseconds: the least of three, so that compiling and collecting garbage count for little. */
async function cost(job: VerificationJob): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const before = cpuNow();
    let times = 0;
    // The kernel counts in steps of up to some milliseconds.
    do { await runVerificationJob(job); times += 1; } while (cpuNow() - before < 20);
    least = Math.min(least, (cpuNow() - before) / times);
  }
  return least;
}

/** What the one costs against the other; measured again when it seems too much, since caches and clocks of a busy machine belong to all. */
async function ratio(hostile: VerificationJob, honest: VerificationJob, most: number): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 4 && least >= most; round += 1) least = Math.min(least, (await cost(hostile)) / (await cost(honest)));
  return least;
}

async function proven(job: VerificationJob): Promise<boolean> {
  const [outcome] = await runVerificationJob(job) as readonly [RawOutcome];
  const links = (outcome.layouts ?? []).flatMap((layout) => (layout.ok ? [...layout.chain.steps.values()].flatMap((step) => step.links) : []));
  return outcome.proofs.length + links.length > 0;
}

describe('hostile evidence', () => {
  test.each(hostileEvidence(4).map((one) => [one.name, one] as const))('%s: costs no more than a small multiple of its honest twin', async (_, { honest, hostile, codes, most }) => {
    expect(await proven(honest), 'the twin is proven').toBe(true);
    const [outcome] = await runVerificationJob(hostile);
    expect([...new Set(outcome?.problems.map(({ code }) => code))]).toEqual(codes);
    expect(await ratio(hostile, honest, most)).toBeLessThan(most);
  });
});
