import { createCertificateFeed } from '../../../../src/feeds/certificates/index.ts';
import type { CertificateFeed } from '../../../../src/feeds/certificates/index.ts';
import { createRevocationReader } from '../../../../src/trust/revocation/reader.ts';

/** What is published at a URL at this moment; absent: nobody answers. */
export type Published = Map<string, Uint8Array | ((post: Uint8Array | undefined) => Uint8Array)>;

/** A feed over what is published in memory, with a clock and timers of its own. */
export interface FeedScene {
  readonly feed: CertificateFeed;
  readonly published: Published;
  readonly fetched: string[];
  readonly told: string[];
  /** Most requests under way at once, so far. */
  most(): number;
  now(): number;
  /** Time passes: whoever was asked answers, and what falls due meanwhile is done. */
  pass(ms: number): Promise<void>;
}

/** A scene that begins at this time, epoch milliseconds. `disk`: what survives it. */
export function feedScene(begin: number, disk?: Map<string, Uint8Array>): FeedScene {
  let now = begin;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const published: Published = new Map();
  const [fetched, told]: [string[], string[]] = [[], []];
  let [running, most] = [0, 0];
  const waiting: (() => void)[] = [];
  const reader = Promise.resolve(createRevocationReader());
  const feed = createCertificateFeed({
    clock: { now: () => now },
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    reader: () => reader,
    ...(disk === undefined ? {} : { store: { read: (url) => Promise.resolve(disk.get(url)), write: (url, bytes) => Promise.resolve(void disk.set(url, bytes)) } }),
    async fetch(url, { post }) {
      fetched.push(url);
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((done) => waiting.push(done));
      running -= 1;
      const found = published.get(url);
      if (found === undefined) throw new Error(`${url}: HTTP 404`);
      return typeof found === 'function' ? found(post) : found;
    },
    events: {
      fetched: (what, url) => void told.push(`fetched ${what} ${url}`),
      failed: (what, _, problem, isNew) => void (isNew && told.push(`failed ${what} ${problem}`)),
    },
  });
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 30; turn += 1) {
      for (const answer of waiting.splice(0)) answer();
      await new Promise((done) => setImmediate(done));
    }
  };
  return {
    feed, published, fetched, told,
    most: () => most,
    now: () => now,
    async pass(ms) {
      const end = now + ms;
      await turns();
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.run();
        await turns();
      }
      now = end;
    },
  };
}
