/** Writes Events, and bounds how many: a flood of denials must not become a flood of writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../domain/ports.ts';
import type { Denial } from '../../platform/decisions/activity.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { NotLeading } from '../cluster/fenced.ts';
import { microTime } from '../cluster/times.ts';
import { WriteError } from '../cluster/writer.ts';
import type { ClusterWriter, ObjectPlace } from '../cluster/writer.ts';
import { eventsOf, WINDOW_MS } from './folded.ts';
import type { EventObjects, FoldedEvent } from './folded.ts';

/** Where Events go. */
export interface EventWriterOptions {
  readonly writer: Pick<ClusterWriter, 'create' | 'merge'>;
  readonly objects: EventObjects;
  /** Who writes, for people: the name of the pod. */
  readonly instance: string;
  readonly clock: Clock;
  /** Told of refused writes; must not throw. */
  readonly failed: (problem: string) => void;
  readonly perMinute?: { readonly all?: number; readonly ofNamespace?: number };
  readonly tickMs?: number;
}

/** Events of denials. */
export interface EventWriter {
  /** Takes denials; they are written in the next moment, as far as there is room. */
  denied(denials: readonly Denial[]): void;
  /** An Event of another kind, under the same bounds. */
  tell(event: FoldedEvent): void;
  run(signal: AbortSignal): Promise<void>;
  readonly written: number;
  /** Those for which there was no room. */
  readonly dropped: number;
}

interface Kept {
  event: FoldedEvent;
  /** How many of `event.count` the cluster knows; 0: it has not been written. */
  told: number;
}

/** Events that are waited with or counted; of one window, more are not told apart. Of one namespace more could not be written in it. */
const MOST_KEPT = 2000;
const MOST_OF_NAMESPACE = 200;
/** After a failure that is not of one Event: twice as long each time. */
const BACKOFF = { first: 1000, longest: 60_000 };

/**
 * Makes the writer. The first of a kind is written at once; what happens again is counted, and written once, as a series, when its ten
 * minutes are over. An Event that is there already (a leader before us wrote it) is left as it is.
 */
export function createEventWriter(options: EventWriterOptions): EventWriter {
  const { writer, objects, instance, clock, failed, perMinute = {}, tickMs = 1000 } = options;
  const room = createRoom(perMinute.all ?? 60, perMinute.ofNamespace ?? 20);
  const kept = new Map<string, Kept>();
  let written = 0;
  let dropped = 0;

  const ofNamespace = new Map<string, number>();
  let [backoff, waitsUntil] = [BACKOFF.first, -Infinity];

  const count = ({ namespace }: FoldedEvent, change: 1 | -1): void => {
    const now = (ofNamespace.get(namespace) ?? 0) + change;
    if (now === 0) ofNamespace.delete(namespace);
    else ofNamespace.set(namespace, now);
  };
  const forget = (key: string, { event }: Kept): void => {
    if (kept.delete(key)) count(event, -1);
  };
  /** What was never written may be forgotten for something newer. */
  const makeRoom = (namespace: string): boolean => {
    const isFull = (ofNamespace.get(namespace) ?? 0) >= MOST_OF_NAMESPACE;
    if (!isFull && kept.size < MOST_KEPT) return true;
    const left = [...kept].find(([, { told, event }]) => told === Infinity && (!isFull || event.namespace === namespace));
    if (left !== undefined) forget(...left);
    return left !== undefined;
  };
  const take = (event: FoldedEvent): void => {
    const key = `${event.namespace} ${event.name}`;
    const known = kept.get(key);
    if (known !== undefined) {
      known.event = { ...known.event, last: Math.max(known.event.last, event.last), count: known.event.count + event.count };
    } else if (!makeRoom(event.namespace)) dropped += 1;
    else {
      kept.set(key, { event, told: 0 });
      count(event, 1);
    }
  };

  /** Gives false when the API server takes none now. */
  const send = async (key: string, one: Kept): Promise<boolean> => {
    const { event } = one;
    try {
      if (one.told === 0) await writer.create(placeOf(event), eventObject(event, instance));
      else await writer.merge(placeOf(event), { series: { count: event.count, lastObservedTime: microTime(event.last) } });
      written += 1;
      one.told = one.told === 0 ? 1 : event.count;
      backoff = BACKOFF.first;
    } catch (cause) {
      if (cause instanceof NotLeading) return false;
      const status = cause instanceof WriteError ? cause.status : 0;
      // There already; or its namespace goes, and its Events with it.
      if (status !== 409 && status !== 404 && status !== 403) failed(cause instanceof Error ? cause.message : String(cause));
      if (status === 409) one.told = event.count;
      else if (status >= 400 && status < 500 && status !== 429) forget(key, one);
      else return false;
    }
    return true;
  };

  const look = async (signal: AbortSignal): Promise<void> => {
    const now = clock.now();
    if (performance.now() < waitsUntil) return;
    for (const [key, one] of [...kept]) {
      if (signal.aborted) return;
      const isOver = now >= (Math.floor(one.event.first / WINDOW_MS) + 1) * WINDOW_MS;
      const due = one.told === 0 || (isOver && one.told < one.event.count);
      if (due && !room.take(one.event.namespace, now)) {
        if (one.told === 0) {
          // What found no room is not written later, when nobody looks for it any more.
          dropped += 1;
          one.told = Infinity;
        }
        continue;
      }
      if (due && !(await send(key, one))) {
        // It is tried again, and has taken nobody's room.
        room.giveBack();
        waitsUntil = performance.now() + backoff;
        backoff = Math.min(backoff * 2, BACKOFF.longest);
        return;
      }
      if (isOver && one.told >= one.event.count) forget(key, one);
    }
  };

  return {
    denied(denials) {
      const now = clock.now();
      for (const denial of denials) for (const event of eventsOf(denial, objects, now)) take(event);
    },
    tell: take,
    get written() { return written; },
    get dropped() { return dropped; },
    async run(signal) {
      [backoff, waitsUntil] = [BACKOFF.first, -Infinity];
      while (!signal.aborted) {
        await look(signal);
        await sleep(tickMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

function placeOf({ namespace, name }: FoldedEvent): ObjectPlace {
  return { group: 'events.k8s.io', version: 'v1', plural: 'events', namespace, name };
}

function eventObject({ name, namespace, regarding, reason, note, first }: FoldedEvent, instance: string): JsonObject {
  const { namespace: ofObject, ...object } = regarding;
  return {
    apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name, namespace },
    eventTime: microTime(first),
    reportingController: 'gatehouse.dev/controller', reportingInstance: instance.slice(0, 128),
    action: 'Denied', reason, type: 'Warning', note,
    regarding: { ...object, ...(ofObject === '' ? {} : { namespace: ofObject }) },
  };
}

/** So many in a minute, and of them so many of one namespace. */
function createRoom(all: number, ofNamespace: number): {
  take(namespace: string, now: number): boolean;
  /** What was taken last was not needed. */
  giveBack(): void;
} {
  let taken: { readonly at: number; readonly namespace: string }[] = [];
  return {
    take(namespace, now) {
      taken = taken.filter(({ at }) => at <= now && now - at < 60_000);
      if (taken.length >= all || taken.filter((one) => one.namespace === namespace).length >= ofNamespace) return false;
      taken.push({ at: now, namespace });
      return true;
    },
    giveBack: () => void taken.pop(),
  };
}
