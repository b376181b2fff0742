/** Where events go: a place that takes lines, says no for good, or is to be tried again. Types and one error. */
import type { Batch } from './waiting.ts';

/** A place that events are written to. */
export interface Outlet {
  /** What people call it, without anything secret. */
  readonly name: string;
  /**
   * Writes the lines; gives `refused` when they will never be taken. Rejects when it is worth trying again. Given the same lines once
   * more, it goes on where it ended.
   */
  send(batch: Batch, signal: AbortSignal): Promise<'taken' | 'refused'>;
  close(): Promise<void>;
}

/** Not now: why, and when the place wants to be asked again. */
export class NotTaken extends Error {
  /** Milliseconds; absent: the place did not say. */
  readonly afterMs: number | undefined;

  constructor(message: string, afterMs?: number) {
    super(message);
    this.afterMs = afterMs;
  }
}
