/** Policies that come over the network as a whole: brought again and again, and the last good content stays while nothing better comes. */
import { createHash } from 'node:crypto';
import { createHeld, messageOf, shown } from '../held.ts';
import { poll, REAL_TIME } from '../polling.ts';
import type { FeedTime } from '../polling.ts';
import type { PolicyFile } from './files.ts';
import type { PolicySource, SourceContent } from './source.ts';

/** What was brought. */
export interface FetchedPolicies {
  readonly files: readonly PolicyFile[];
  /** What people call this state: `sha256:… (version 4)`. */
  readonly version: string;
  /** Told that it decides from now on. */
  readonly inForce?: (() => void) | undefined;
}

/** How policies are brought. */
export interface FetchedOptions {
  /** The name of the source in metrics and messages. */
  readonly name: string;
  /** Brings all of them, found good as far as a source can tell: signed, fresh, no older than before. Throws with words for people. */
  bring(signal: AbortSignal): Promise<FetchedPolicies>;
  /**
   * What was brought last before this process, found good once more, and how long ago it was confirmed (milliseconds); `undefined` where
   * nothing was kept. Asked once, before anything is brought, and in force from then on; what it throws is nothing kept.
   */
  readonly restore?: (() => Promise<(FetchedPolicies & { readonly confirmedBefore: number }) | undefined>) | undefined;
  readonly refreshMs: number;
  /** Other content is there; told once for each. Must not throw. */
  readonly took?: (version: string) => void;
  /** What is there cannot be used, or nothing could be brought; told once for each. Must not throw. */
  readonly refused?: (problem: string, ready: boolean) => void;
  readonly time?: FeedTime | undefined;
}

/** While there is nothing at all it is asked again sooner. */
const FIRST_MS = 10_000;

/** Brings policies from now on; the first time is under way when this returns. */
export function openFetchedPolicies(
  { name, bring, restore, refreshMs, took, refused, time = REAL_TIME }: FetchedOptions,
): PolicySource {
  const held = createHeld<SourceContent>({
    name,
    clock: time.clock,
    took: ({ version }) => took?.(version ?? ''),
    refused: (cause, ready) => refused?.(messageOf(cause), ready),
  });
  let restored = restore === undefined;
  const offer = ({ files, version, inForce }: FetchedPolicies, at?: number): void => {
    const mark = markOf(files, version);
    held.offer(mark, () => ({ mark, files, version, inForce }), at);
  };
  const look = async (signal: AbortSignal): Promise<void> => {
    if (!restored) {
      restored = true;
      const kept = await restore?.().catch(() => undefined);
      if (signal.aborted) return;
      if (kept !== undefined) offer(kept, time.clock.now() - Math.max(0, kept.confirmedBefore));
    }
    try {
      const brought = await bring(signal);
      if (!signal.aborted) offer(brought);
    } catch (cause) {
      if (!signal.aborted) held.unreadable(cause);
    }
  };
  const polling = poll({ look, pauseMs: () => (held.current() === undefined ? Math.min(refreshMs, FIRST_MS) : refreshMs), time });
  void polling.now();
  return {
    ...shown(held),
    judged: 'whole',
    current: held.current,
    refresh: polling.now,
    close() {
      polling.stop();
      held.close();
    },
  };
}

function markOf(files: readonly PolicyFile[], version: string): string {
  const hash = createHash('sha256').update(JSON.stringify(version));
  for (const { path, text, problem } of files) hash.update(JSON.stringify([path, text, problem]));
  return hash.digest('hex');
}
