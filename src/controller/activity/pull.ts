/** Every replica is asked again and again, and what they tell is summed up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityReport, Denial } from '../../platform/decisions/activity.ts';
import type { ReplicaAddress } from './replicas.ts';
import { sumUp } from './sum.ts';
import type { PolicyCounts } from './sum.ts';

/** Who is asked, and who is told. */
export interface PullOptions {
  /** `undefined` before they are known. */
  readonly replicas: () => readonly ReplicaAddress[] | undefined;
  readonly ask: (replica: ReplicaAddress) => Promise<ActivityReport>;
  readonly everyMs: number;
  /** Told of denials that were not there at the last look at their replica; at the first look of all that it keeps. */
  readonly denied: (denials: readonly Denial[]) => void;
  /** Told when a replica does not answer, once until it does. */
  readonly failed: (replica: ReplicaAddress, problem: string) => void;
}

/** What was told last. */
export interface PulledActivity {
  /** Of one policy by the key of its document; `undefined`: nobody has said anything about it. */
  of(key: string): PolicyCounts | undefined;
  /** Whether every replica was asked once: before that, silence means nothing. */
  readonly isKnown: boolean;
  /** Replicas that have answered, and those that are there. */
  readonly answered: number;
  readonly there: number;
  /** Calls the listener after every look; gives what ends that. */
  changed(listener: () => void): () => void;
  /** Asks until it is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** One that does not answer for a moment is not taken for one that has counted nothing. */
const KEPT_LOOKS = 20;
/** How often to look whether it is known who is there. */
const SOON_MS = 250;

interface Known {
  readonly report: ActivityReport;
  /** Looks since. */
  missed: number;
}

/** Asks nobody before it is run: only whoever leads needs to know. */
export function createPull({ replicas, ask, everyMs, denied, failed }: PullOptions): PulledActivity {
  const known = new Map<string, Known>();
  /** The last denial that was handed on, by start of a replica. */
  const heard = new Map<string, number>();
  const failing = new Map<string, string>();
  const listeners = new Set<() => void>();
  let sums: ReadonlyMap<string, PolicyCounts> = new Map();
  let there = 0;
  let isKnown = false;

  const look = async (): Promise<void> => {
    const all = replicas();
    if (all === undefined) return;
    there = all.length;
    const names = new Set(all.map(nameOf));
    for (const name of [...known.keys()]) if (!names.has(name)) known.delete(name);
    for (const name of [...failing.keys()]) if (!names.has(name)) failing.delete(name);
    await Promise.all(all.map(async (replica) => {
      const name = nameOf(replica);
      try {
        const report = await ask(replica);
        known.set(name, { report, missed: 0 });
        failing.delete(name);
        const last = heard.get(report.replica) ?? 0;
        const fresh = report.denials.filter(({ number }) => number > last);
        heard.set(report.replica, Math.max(last, ...fresh.map(({ number }) => number)));
        if (fresh.length > 0) denied(fresh);
      } catch (cause) {
        const problem = cause instanceof Error ? cause.message : String(cause);
        if (failing.get(name) !== problem) failed(replica, problem);
        failing.set(name, problem);
        const before = known.get(name);
        if (before !== undefined && (before.missed += 1) > KEPT_LOOKS) known.delete(name);
      }
    }));
    // One that is reached at two addresses (two families) counts once, by what it said last.
    const byAge = [...known.values()].toSorted((a, b) => b.missed - a.missed);
    const reports = [...new Map(byAge.map(({ report }) => [report.replica, report])).values()];
    for (const start of [...heard.keys()]) if (!reports.some(({ replica }) => replica === start)) heard.delete(start);
    sums = sumUp(reports);
    isKnown = true;
    for (const listener of [...listeners]) listener();
  };

  return {
    of: (key) => sums.get(key),
    get isKnown() { return isKnown; },
    get answered() { return [...known.values()].filter(({ missed }) => missed === 0).length; },
    get there() { return there; },
    changed(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async run(signal) {
      while (!signal.aborted) {
        await look();
        await sleep(isKnown ? everyMs : Math.min(everyMs, SOON_MS), undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

function nameOf({ host, port }: ReplicaAddress): string {
  return `${host} ${port}`;
}
