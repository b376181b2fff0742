/** Those who sign policies, followed from their files: what cannot be used is refused, and those in force stay. */
import { inSlices } from '../flow/slices.ts';
import type { Feed } from './feed.ts';
import { createHeld, messageOf, shown } from './held.ts';
import { listPolicyFiles, markSteps, readPolicyFiles } from './policies/files.ts';
import type { PolicyFile } from './policies/files.ts';
import { poll } from './polling.ts';
import type { FeedTime } from './polling.ts';

/** Where the signers stand written, what makes them of files, and who is told. */
export interface PolicySignersOptions<T> {
  readonly paths: readonly string[];
  /** Throws with words for people for what cannot be used. */
  readonly compile: (files: readonly PolicyFile[]) => T;
  /** Told once per content; must not throw. */
  readonly refused: (problem: string) => void;
  readonly pollMs?: number | undefined;
  readonly time?: FeedTime;
}

const POLL_MS = 5000;

/** Opens the files; rejects when they cannot be used at the start, since without signers nothing could ever be loaded. */
export async function openPolicySigners<T>({ paths, compile, refused, pollMs = POLL_MS, time }: PolicySignersOptions<T>): Promise<Feed<T>> {
  const held = createHeld<T>({
    name: 'policy-signers',
    ...(time === undefined ? {} : { clock: time.clock }),
    refused: (cause, ready) => void (ready && refused(messageOf(cause))),
  });
  const look = async (): Promise<void> => {
    try {
      const files = await readPolicyFiles(await listPolicyFiles(paths));
      held.offer(await inSlices(markSteps(files)), () => compile(files));
    } catch (cause) {
      held.unreadable(cause);
    }
  };
  await look();
  const first = held.current();
  if (first === undefined) throw new Error(`policySignatures.signers: ${held.condition().problem ?? 'nothing is there'}`);
  const polling = poll({ look, pauseMs: () => pollMs, watch: paths, ...(time === undefined ? {} : { time }) });
  return {
    ...shown(held),
    current: () => held.current() ?? first,
    refresh: polling.now,
    close() {
      polling.stop();
      held.close();
    },
  };
}
