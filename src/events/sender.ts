/** Takes what waits to where it goes, a batch at a time, again and again until it is taken: in the background, and in order. */
import { pause } from '../flow/pause.ts';
import { untilAborted } from '../flow/until-aborted.ts';
import { NotTaken } from './outlet.ts';
import type { Outlet } from './outlet.ts';
import { halves } from './waiting.ts';
import type { Batch, Waiting } from './waiting.ts';

/** Told how it goes; must not throw. */
export interface SenderEvents {
  sent(events: number): void;
  refused(outlet: string, events: number): void;
  failing(outlet: string, problem: string): void;
  recovered(outlet: string): void;
}

/** Sends while there is a place to send to. */
export interface Sender {
  /** Something waits. */
  stir(): void;
  /** Sends there from now on; the outlet before is closed once nothing is under way to it. Gives what nobody will send, in order. */
  use(outlet: Outlet | undefined): readonly Batch[];
  /** Sends what waits, for at most so many milliseconds, and ends. */
  close(ms: number): Promise<void>;
}

/** Lines of so long go out together. */
const GATHER_MS = 500;
const LAST_MS = 200;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** So many questions find a few events among a thousand that are refused; a place that refuses everything is asked no more often. */
const MOST_QUESTIONS = 48;

/** A batch on its way. */
interface Held {
  readonly batch: Batch;
  /** What of it nobody has answered for good, in order. */
  parts: readonly Batch[];
  /** How often it may be asked with less. */
  questions: number;
  /** Begun with an outlet that was left: that may still be reading its bytes. */
  left: boolean;
  /** How many of it were refused, and by whom: told once, at its end. */
  refused: number;
  by: string;
}

/** Makes what sends from `waiting`. */
export function createSender(waiting: Waiting, events: SenderEvents): Sender {
  let outlet: Outlet | undefined;
  let held: Held | undefined;
  let failures = 0;
  let ending = false;
  let running: Promise<void> | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let gathering: AbortController | undefined;
  /** Ends what is being waited for: a pause, or a request to an outlet that is no longer the one. */
  let turn = new AbortController();

  /** One part of it: sent, or refused. What is refused together may be so for one of them, or for their number: then by halves. */
  const once = async (to: Outlet, one: Held, part: Batch, signal: AbortSignal): Promise<void> => {
    // A disk that hangs knows no signal.
    const outcome = await untilAborted(to.send(part, signal), signal, () => { throw new Error('another place is the one'); });
    if (held !== one) return;
    if (failures > 0) events.recovered(to.name);
    failures = 0;
    const rest = one.parts.slice(1);
    if (outcome === 'refused' && part.events > 1 && one.questions > 0) {
      one.questions -= 2;
      one.parts = [...halves(part), ...rest];
      return;
    }
    one.parts = rest;
    waiting.forget(part);
    if (outcome === 'taken') events.sent(part.events);
    else [one.refused, one.by] = [one.refused + part.events, to.name];
  };
  const end = (one: Held): void => {
    held = undefined;
    if (one.refused > 0) events.refused(one.by, one.refused);
  };
  const attempt = async (to: Outlet, one: Held, signal: AbortSignal): Promise<void> => {
    try {
      for (let [part] = one.parts; part !== undefined && held === one; [part] = one.parts) await once(to, one, part, signal);
      if (held !== one) return;
      end(one);
      if (!one.left) waiting.reuse(one.batch);
    } catch (cause) {
      if (signal.aborted) {
        one.left = true;
        return;
      }
      if (failures === 0) events.failing(to.name, cause instanceof Error ? cause.message : String(cause));
      failures += 1;
      await pause(cause instanceof NotTaken && cause.afterMs !== undefined ? cause.afterMs : pauseAfter(failures), signal);
    }
  };
  const next = (): Held | undefined => {
    const batch = waiting.take();
    return batch === undefined ? undefined : { batch, parts: [batch], questions: MOST_QUESTIONS, left: false, refused: 0, by: '' };
  };
  const run = async (): Promise<void> => {
    for (;;) {
      if (!waiting.hasFull && held === undefined && !ending) {
        gathering = new AbortController();
        await pause(GATHER_MS, AbortSignal.any([turn.signal, gathering.signal]));
        gathering = undefined;
      }
      if (outlet === undefined) return;
      held ??= next();
      if (held === undefined) return;
      await (underWay = attempt(outlet, held, turn.signal));
    }
  };
  const stir = (): void => {
    if (waiting.hasFull) gathering?.abort();
    if (running !== undefined || outlet === undefined) return;
    running = run().finally(() => {
      running = undefined;
      // What came while the last of it was sent.
      if (waiting.events > 0 && outlet !== undefined && !ending) stir();
    });
  };
  const interrupt = (): void => {
    turn.abort();
    turn = new AbortController();
  };

  return {
    stir,
    use(to) {
      const before = outlet;
      outlet = to;
      failures = 0;
      interrupt();
      if (before !== undefined) void underWay.then(() => before.close()).catch(() => undefined);
      if (to === undefined) {
        const begun = held?.parts ?? [];
        for (const part of begun) waiting.forget(part);
        if (held !== undefined) end(held);
        return [...begun, ...waiting.drain()];
      }
      if (waiting.events > 0) stir();
      return [];
    },
    async close(ms) {
      ending = true;
      if (outlet !== undefined && waiting.events > 0) {
        const until = new AbortController();
        interrupt();
        stir();
        await Promise.race([running, pause(ms, until.signal)]);
        until.abort();
      }
      // What can be closed now is; nobody waits for a disk that hangs.
      const last = outlet;
      outlet = undefined;
      interrupt();
      await running;
      await Promise.race([last?.close().catch(() => undefined), pause(LAST_MS, new AbortController().signal)]);
    },
  };
}

function pauseAfter(failures: number): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
  return most / 2 + Math.random() * (most / 2);
}
