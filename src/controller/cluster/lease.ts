/** One writer at a time: whoever holds the Lease leads, and whoever could not renew it in time does not. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../domain/ports.ts';
import type { KubeApi } from '../../cluster/api.ts';
import { isObject, own, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { microTime } from './times.ts';
import { WriteError } from './writer.ts';
import type { ClusterWriter, ObjectPlace } from './writer.ts';

/** Leading, seen from those who only may write while it lasts. */
export interface Leadership {
  /** True only while nobody else can lead: asked anew before each write, since a process that was stopped may have slept through its end. */
  leads(): boolean;
  /** Aborted when leading ends; of each time of leading another one. `undefined` while somebody else leads. */
  readonly signal: AbortSignal | undefined;
}

/** Milliseconds, as client-go has them. */
export interface LeaseTimes {
  /** How long others leave a Lease alone that they do not see renewed. */
  readonly duration: number;
  /** How long after the last renewal we still believe that we lead. */
  readonly renewWithin: number;
  readonly retry: number;
}

const TIMES: LeaseTimes = { duration: 15_000, renewWithin: 10_000, retry: 2000 };

/** Which Lease, and who is told. */
export interface LeaseOptions {
  readonly api: Pick<KubeApi, 'get'>;
  readonly writer: Pick<ClusterWriter, 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  /** Different for every process. */
  readonly identity: string;
  /** Told when leading begins; must not throw. */
  readonly began: (signal: AbortSignal) => void;
  /** Told when it ends, with the reason. */
  readonly ended: (why: string) => void;
  /** Told of failures, once until all is well again. */
  readonly failed: (problem: string) => void;
  readonly times?: LeaseTimes;
  /** Monotonic; times of others are never compared with it. */
  readonly clock?: Clock;
  /** The time that is written down, for people. */
  readonly wallClock?: Clock;
}

/** Running for the Lease until it is closed. */
export interface Election extends Leadership {
  /** Who holds the Lease, as far as was seen. */
  holder(): string;
  /** Gives the Lease back when it is held, so that nobody has to wait for its end. */
  close(): Promise<void>;
}

const MONOTONIC: Clock = { now: () => performance.now() };

/** Runs for the Lease from now on. */
export function runForLease(options: LeaseOptions): Election {
  const { api, writer, namespace, name, identity, times = TIMES, clock = MONOTONIC, wallClock = Date } = options;
  const place: ObjectPlace = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespace, name };
  const path = `/apis/${place.group}/${place.version}/namespaces/${namespace}/leases/${name}`;
  const stop = new AbortController();
  let leading: AbortController | undefined;
  /** When we last renewed: counted from before the question, since the answer may have been on its way for long. */
  let renewed = -Infinity;
  /** What was last seen of somebody else's Lease, and since when it has looked so: by our own clock alone. */
  let seen: { readonly mark: string; readonly at: number } | undefined;
  /** When somebody else was last seen to hold it. */
  let held = -Infinity;
  let holder = '';
  let closed = false;
  let failing = '';

  const leads = (): boolean => leading !== undefined && clock.now() - renewed < times.renewWithin;
  const lose = (why: string): void => {
    if (leading === undefined) return;
    leading.abort(new Error(why));
    leading = undefined;
    options.ended(why);
  };
  const spec = (before: JsonObject | undefined, takes: boolean): JsonObject => ({
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(times.duration / 1000),
    acquireTime: takes ? microTime(wallClock.now()) : (before?.['acquireTime'] ?? microTime(wallClock.now())),
    renewTime: microTime(wallClock.now()),
    leaseTransitions: Number(before?.['leaseTransitions'] ?? 0) + (takes && before !== undefined ? 1 : 0),
  });

  /** One try to take or keep it; rejects when there is no word. */
  const attempt = async (): Promise<void> => {
    const asked = clock.now();
    const answer = await api.get(path, AbortSignal.any([stop.signal, AbortSignal.timeout(times.renewWithin / 2)]));
    if (answer.status === 404) {
      // Whoever held it may believe so for a while, also when somebody has deleted it.
      if (leading === undefined && asked - held < times.duration) return;
      await writer.create(place, { ...head(place), spec: spec(undefined, true) });
    } else if (answer.status === 200 && isObject(answer.body)) {
      const before = own(answer.body, 'spec');
      holder = ownText(before, 'holderIdentity') ?? '';
      if (holder !== '' && holder !== identity && !isOver(before, asked)) {
        held = clock.now();
        return lose(`${holder} holds the Lease`);
      }
      const version = ownText(own(answer.body, 'metadata'), 'resourceVersion') ?? '';
      const takes = holder !== identity;
      await writer.replace(place, { ...head(place, version), spec: spec(isObject(before) ? before : undefined, takes) });
    } else throw new WriteError(answer.status, `GET ${path}`);
    if (stop.signal.aborted) return;
    holder = identity;
    renewed = asked;
    if (leading !== undefined) return;
    leading = new AbortController();
    options.began(leading.signal);
  };

  const isOver = (lease: unknown, now: number): boolean => {
    const mark = JSON.stringify([ownText(lease, 'holderIdentity'), ownText(lease, 'renewTime'), own(lease, 'leaseTransitions')]);
    // It may have been renewed while the answer was on its way.
    if (seen?.mark !== mark) seen = { mark, at: clock.now() };
    const said = Number(own(lease, 'leaseDurationSeconds'));
    // Somebody who gives it up says one second; nobody is waited for longer than we would be.
    const duration = said > 0 ? Math.min(said * 1000, times.duration) : times.duration;
    return now - seen.at >= duration;
  };

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await attempt();
        failing = '';
      } catch (cause) {
        // Somebody else was quicker: the next look says who.
        const status = cause instanceof WriteError ? cause.status : 0;
        const problem = cause instanceof Error ? cause.message : String(cause);
        if (status !== 409 && !stop.signal.aborted && failing !== problem) options.failed(problem);
        failing = problem;
      }
      if (leading !== undefined && !leads()) lose(`the Lease was not renewed for ${times.renewWithin / 1000} s`);
      const spread = leading === undefined ? 0.75 + Math.random() / 2 : 1;
      await sleep(times.retry * spread, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const running = run();
  /** What is asked may be silent for longer than we may lead. */
  const watch = setInterval(() => {
    if (leading !== undefined && !leads()) lose(`the Lease was not renewed for ${times.renewWithin / 1000} s`);
  }, Math.max(50, times.retry / 4)).unref();

  return {
    leads,
    get signal() { return leads() ? leading?.signal : undefined; },
    holder: () => holder,
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(watch);
      const held = leads();
      stop.abort();
      lose('closing');
      await running;
      if (held) await giveBack(options, place, path).catch(() => undefined);
    },
  };
}

/** Leaves the Lease to the next one at once. */
async function giveBack({ api, writer, identity }: LeaseOptions, place: ObjectPlace, path: string): Promise<void> {
  const { body } = await api.get(path, AbortSignal.timeout(2000));
  const before = own(body, 'spec');
  if (!isObject(before) || ownText(before, 'holderIdentity') !== identity) return;
  const version = ownText(own(body, 'metadata'), 'resourceVersion') ?? '';
  await writer.replace(place, { ...head(place, version), spec: { ...before, holderIdentity: '', leaseDurationSeconds: 1 } });
}

function head({ group, version, namespace, name }: ObjectPlace, resourceVersion?: string): JsonObject {
  const metadata = { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { apiVersion: `${group}/${version}`, kind: 'Lease', metadata };
}
