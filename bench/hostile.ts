import type { VerificationJob } from '../src/domain/evidence.ts';
import { runVerificationJob } from '../src/verify/index.ts';
import { hostileEvidence } from '../test/support/hostile/evidence.ts';

/** Processor time of a hostile piece beside an honest one of its kind and size, in milliseconds. */
export interface HostileCost {
  readonly name: string;
  readonly kilobytes: number;
  readonly honestMs: number;
  readonly hostileMs: number;
  readonly ratio: number;
}

/** Milliseconds of one measurement: the kernel counts processor time in steps of up to some milliseconds. */
const LONG_ENOUGH = 40;

/** Measures every construction that is known, hostile and honest piece by turns; medians. */
export async function hostileCosts(rounds: number): Promise<readonly HostileCost[]> {
  const costs: HostileCost[] = [];
  for (const { name, honest, hostile } of hostileEvidence()) {
    const turns: { readonly honestMs: number; readonly hostileMs: number }[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const turn = { honestMs: await milliseconds(honest), hostileMs: await milliseconds(hostile) };
      if (round >= 0) turns.push(turn);
    }
    const [honestMs, hostileMs] = [median(turns.map((turn) => turn.honestMs)), median(turns.map((turn) => turn.hostileMs))];
    const ratio = median(turns.map((turn) => turn.hostileMs / turn.honestMs));
    costs.push({ name, kilobytes: Math.round(sizeOf(hostile) / 1024), honestMs, hostileMs, ratio });
  }
  return costs;
}

async function milliseconds(job: VerificationJob): Promise<number> {
  const before = process.threadCpuUsage();
  for (let times = 1; ; times += 1) {
    await runVerificationJob(job);
    const { user, system } = process.threadCpuUsage(before);
    const spent = (user + system) / 1000;
    if (spent >= LONG_ENOUGH) return spent / times;
  }
}

function sizeOf({ evidence }: VerificationJob): number {
  return evidence.flatMap((piece) => [piece, ...(piece.parts ?? [])]).reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
