/** Decisions as they leave the process: numbered, kept for a while, sent on by and by; nobody who is answered waits for any of it. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Maskable } from '../platform/config/events.ts';
import { decisionEvent } from './event.ts';
import type { Outlet } from './outlet.ts';
import { createSender } from './sender.ts';
import { Waiting } from './waiting.ts';
import type { Batch, WaitingLimits } from './waiting.ts';

export { DECISION_EVENT } from './event.ts';
export { openFileOutlet } from './file-outlet.ts';
export { createHttpsOutlet } from './https-outlet.ts';
export type { Outlet } from './outlet.ts';

/** Where events go, and what stands in them. */
export interface EventSettings {
  /** An outlet, or a stream that takes lines at once and says whether it kept them (standard output, beside the log). */
  readonly to: { readonly outlet: Outlet } | { readonly line: (line: string) => boolean };
  readonly source: string;
  readonly mask: readonly Maskable[];
}

/** Told what becomes of events; must not throw. */
export interface EventReport {
  /** They are not taken at the moment; once, until they are again. */
  failing(outlet: string, problem: string): void;
  /** They are taken again. */
  recovered(outlet: string): void;
  /** The place says that it will never take these. */
  refused(outlet: string, events: number): void;
  /** These wait no more: events were turned off, or this is the end. */
  left(events: number): void;
}

/** Numbers since the start. */
export interface EventNumbers {
  readonly sent: number;
  readonly dropped: Readonly<Record<'full' | 'refused' | 'closed', number>>;
  readonly waiting: number;
  readonly waitingBytes: number;
}

/** Decisions on their way out. */
export interface DecisionEvents {
  /** Tells a decision; at once, never throws, does nothing while events are off. */
  told(decision: Decision): void;
  /** From now on events go there, those that wait too; `undefined` turns them off. The outlet before is closed. */
  use(settings: EventSettings | undefined): void;
  numbers(): EventNumbers;
  /** Sends what waits, for at most so many milliseconds, and ends. */
  close(ms: number): Promise<void>;
}

/** Makes the way out, turned off. */
export function createDecisionEvents(report: EventReport, limits?: WaitingLimits): DecisionEvents {
  const waiting = new Waiting(limits);
  const dropped = { full: 0, refused: 0, closed: 0 };
  let settings: EventSettings | undefined;
  let mask: ReadonlySet<Maskable> = new Set();
  let [sequence, sent, lost] = [0, 0, 0];
  const drop = (why: keyof typeof dropped, events: number): void => {
    dropped[why] += events;
    lost += events;
  };
  const sender = createSender(waiting, {
    ...report,
    sent: (events) => { sent += events; },
    refused(outlet, events) {
      drop('refused', events);
      report.refused(outlet, events);
    },
  });

  const leave = (batches: readonly Batch[]): void => {
    const events = batches.reduce((sum, batch) => sum + batch.events, 0);
    drop('closed', events);
    if (events > 0) report.left(events);
  };
  /** A stream takes at once what another place has not taken. */
  const pass = (batches: readonly Batch[], line: (line: string) => boolean): void => {
    for (const { bytes } of batches)
      for (const text of bytes.toString('utf8').split('\n').slice(0, -1))
        if (line(`${text}\n`)) sent += 1;
        else drop('full', 1);
  };

  return {
    told(decision) {
      if (settings === undefined) return;
      sequence += 1;
      const line = `${decisionEvent(decision, { source: settings.source, sequence, dropped: lost, mask })}\n`;
      if (!('line' in settings.to ? settings.to.line(line) : waiting.add(line))) return drop('full', 1);
      if ('line' in settings.to) sent += 1;
      else sender.stir();
    },
    use(next) {
      settings = next;
      mask = new Set(next?.mask);
      const rest = sender.use(next !== undefined && 'outlet' in next.to ? next.to.outlet : undefined);
      if (next !== undefined && 'line' in next.to) pass(rest, next.to.line);
      else leave(rest);
    },
    numbers: () => ({ sent, dropped: { ...dropped }, waiting: waiting.events, waitingBytes: waiting.bytes }),
    async close(ms) {
      settings = undefined;
      await sender.close(ms);
      leave(sender.use(undefined));
    },
  };
}
