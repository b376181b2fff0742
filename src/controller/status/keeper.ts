/** Keeps the status of every resource what it should be: at once when it is judged otherwise, for the rest once a minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../domain/ports.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import { own } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { sameValue } from '../../text/json/same.ts';
import type { PulledActivity } from '../activity/pull.ts';
import { NotLeading } from '../cluster/fenced.ts';
import { WriteError } from '../cluster/writer.ts';
import type { ClusterWriter } from '../cluster/writer.ts';
import type { CompiledDocuments, JudgedDocument, ObservedObjects } from '../documents/documents.ts';
import { OWN_GROUP, OWN_VERSION } from '../../domain/own-kinds.ts';
import { placeOf } from '../documents/kinds.ts';
import { reliedOn } from './relied.ts';
import { leftIn, stands, verdictOf } from './stands.ts';
import { STATUS_KEYS, statusOf } from './status.ts';
import type { StatusPart } from './status.ts';

/** From what status is made, and where it is written. */
export interface StatusKeeperOptions {
  readonly documents: CompiledDocuments;
  readonly observed: ObservedObjects;
  readonly activity: Pick<PulledActivity, 'of' | 'changed' | 'isKnown'>;
  readonly parts?: readonly StatusPart[];
  /** Roots that prove nothing now, with the cause. */
  readonly unusableRoots: () => ReadonlyMap<string, string>;
  readonly writer: Pick<ClusterWriter, 'apply' | 'merge'>;
  readonly clock: Clock;
  /** Told of refused writes, each refusal once until one succeeds; must not throw. */
  readonly failed: (key: string, problem: string) => void;
  /** How often to look whether anything is to be written; default: a second. */
  readonly tickMs?: number;
  /** At least so long between two writes to one object that say nothing new of its conditions; default: a minute. */
  readonly restMs?: number;
}

/** The keeper; it does nothing before it is run. */
export interface StatusKeeper {
  /** Keeps status until it is aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Resources whose status is not what it should be, and could not be written. */
  readonly behind: number;
}

interface Written {
  /** Of the object: one of the same name that was made anew has heard nothing. */
  readonly uid: string;
  readonly at: number;
  readonly status: JsonObject;
  /** Failures one after the other; the next try waits longer. */
  readonly failures: number;
}

interface Due {
  readonly document: JudgedDocument;
  readonly status: JsonObject;
  readonly uid: string;
  /** Members that stay although we say nothing of them: they are somebody else's, and are taken out. */
  readonly left: readonly string[];
}

const PARALLEL = 4;
/** How often to look when nobody has said that anything is new. */
const LOOK_MS = 10_000;
/** How long whoever begins to lead waits for the replicas: what they counted stands there already, and must not be taken out and put back. */
const ACTIVITY_WITHIN_MS = 10_000;
/** The same for a part of status that takes longer to be found out. */
const PARTS_WITHIN_MS = 120_000;
const FIRST_RETRY = 2000;
const LONGEST_RETRY = 60_000;

/**
 * Makes the keeper. It compares what should stand with what stands, as the watch says it, so a restart writes nothing that is there
 * already, and what somebody else wrote over ours is mended. Its own write comes back by the watch and then is what should stand: it
 * answers nothing to it. Until it has come back it does not write the same again.
 */
export function createStatusKeeper(options: StatusKeeperOptions): StatusKeeper {
  const { documents, observed, activity, parts = [], unusableRoots, writer, clock, failed, tickMs = 1000, restMs = 60_000 } = options;
  const written = new Map<string, Written>();
  const refused = new Map<string, string>();
  let behind = 0;

  const write = async ({ document, status, uid, left }: Due): Promise<void> => {
    const { key, kind, namespace, name } = document;
    const before = written.get(key);
    try {
      const metadata = { name, ...(namespace === '' ? {} : { namespace }) };
      const place = placeOf(document);
      await writer.apply(place, { apiVersion: `${OWN_GROUP}/${OWN_VERSION}`, kind, metadata, status }, { status: true });
      // Applying takes out what was ours alone.
      if (left.length > 0)
        await writer.merge(place, { status: Object.fromEntries(left.map((member) => [member, null])) }, { status: true });
      written.set(key, { uid, at: clock.now(), status, failures: 0 });
      refused.delete(key);
    } catch (cause) {
      if (cause instanceof NotLeading) return;
      // It was deleted a moment ago: the watch says so soon.
      if (!(cause instanceof WriteError && cause.status === 404)) {
        const problem = cause instanceof Error ? cause.message : String(cause);
        if (refused.get(key) !== problem) failed(key, problem);
        refused.set(key, problem);
      }
      written.set(key, { uid, at: clock.now(), status, failures: (before?.failures ?? 0) + 1 });
    }
  };

  const look = async (began: number, signal: AbortSignal): Promise<void> => {
    const all = documents.documents();
    if (all === undefined) return;
    const isLate = performance.now() - began >= PARTS_WITHIN_MS;
    const known = parts.filter(({ isKnown = true }) => isKnown || isLate);
    const keys = [...STATUS_KEYS, ...known.flatMap((part) => part.keys)];
    const waits = known.length < parts.length;
    const now = clock.now();
    const relied = reliedOn(documents.set(), unusableRoots(), now);
    const sources = { relied, activity: activity.of, parts, now };
    const due: Due[] = [];
    behind = 0;
    for (const document of all) {
      const object = observed.get(document.key);
      if (object === undefined) continue;
      const status = statusOf(document, object.status, sources);
      if (keys.every((name) => stands(name, object.status, status))) continue;
      behind += 1;
      // Who writes now takes out what he does not know yet: that is done only for what must not wait.
      if (waits && object.status !== undefined && sameValue(verdictOf(status), verdictOf(object.status))) continue;
      const last = written.get(document.key);
      const ofIt = last?.uid === object.uid ? last : undefined;
      if (!isDue(status, object.status, ofIt, now, restMs)) continue;
      // What we said before goes by itself.
      const left = ofIt === undefined ? [] : leftIn(object.status, status, keys).filter((member) => own(ofIt.status, member) === undefined);
      due.push({ document, status, uid: object.uid, left });
    }
    forgetGone(written, refused, all);
    await eachBounded(due, PARALLEL, async (one) => {
      if (!signal.aborted) await write(one);
    });
  };

  return {
    get behind() { return behind; },
    async run(signal) {
      let dirty = true;
      let looked = -Infinity;
      const began = performance.now();
      const ends = [documents, observed, activity].map((source) => source.changed(() => { dirty = true; }));
      try {
        while (!signal.aborted) {
          const now = clock.now();
          const isEarly = !activity.isKnown && performance.now() - began < ACTIVITY_WITHIN_MS;
          // Without news time alone changes something: what ends soon, what had to rest, what was refused.
          if (!isEarly && (dirty || behind > 0 || now - looked >= LOOK_MS || now < looked)) {
            dirty = false;
            looked = now;
            await look(began, signal);
          }
          await sleep(tickMs, undefined, { signal }).catch(() => undefined);
        }
      } finally {
        for (const end of ends) end();
      }
    },
  };
}

function isDue(status: JsonObject, stands: unknown, last: Written | undefined, now: number, restMs: number): boolean {
  if (last === undefined) return true;
  const rested = now < last.at || now - last.at >= restMs;
  if (last.failures > 0) return now < last.at || now - last.at >= Math.min(FIRST_RETRY * 2 ** (last.failures - 1), LONGEST_RETRY);
  // Conditions are written at once, but not again what was written and has not come back, or was written over by somebody else.
  return rested || (!sameValue(verdictOf(status), verdictOf(stands)) && !sameValue(verdictOf(status), verdictOf(last.status)));
}

function forgetGone(written: Map<string, Written>, refused: Map<string, string>, all: readonly JudgedDocument[]): void {
  if (written.size <= all.length && refused.size <= all.length) return;
  const there = new Set(all.map(({ key }) => key));
  for (const map of [written, refused]) for (const key of [...map.keys()]) if (!there.has(key)) map.delete(key);
}
