// Documents of issuers: when they are looked at, how long they are believed, and that a flood of misses is one look.
import { expect, test } from 'vitest';
import { followDocument } from '../../../src/feeds/documents.ts';
import { ManualTime } from './support.ts';
import { settled } from '../../support/patience.ts';

const never = new AbortController().signal;

/** A document that counts how often it was asked for; `hold` is what it answers, an error when there is none. */
function scene(first?: string, pauseMs = 900_000) {
  const time = new ManualTime();
  const source = { looks: 0, hold: first, waits: [] as (() => void)[], slow: false };
  const feed = followDocument<string>({
    name: 'keys', staleMs: 86_400_000, pauseMs: () => pauseMs, refused: () => undefined, time,
    async load() {
      source.looks += 1;
      if (source.slow) await new Promise<void>((done) => { source.waits.push(done); });
      if (source.hold === undefined) throw new Error('nobody answers');
      return Buffer.from(source.hold);
    },
    read: (bytes) => Buffer.from(bytes).toString(),
  });
  return { time, source, feed };
}

test('a thousand misses are one look, and no more for a minute', async () => {
  const { time, source, feed } = scene('a');
  await settled();
  time.ms += 60_000;
  source.hold = 'b';
  await Promise.all(Array.from({ length: 1000 }, () => feed.missed(never)));
  expect([source.looks, feed.believed()]).toEqual([2, 'b']);
  time.ms += 59_999;
  await feed.missed(never);
  expect(source.looks).toBe(2);
  time.ms += 1;
  await feed.missed(never);
  expect(source.looks).toBe(3);
});

test('while there is nothing at all it is looked for every two seconds, when somebody asks', async () => {
  const { time, source, feed } = scene();
  await settled();
  expect([source.looks, feed.believed()]).toEqual([1, undefined]);
  await feed.missed(never);
  time.ms += 2000;
  source.hold = 'a';
  await feed.missed(never);
  expect([source.looks, feed.believed()]).toEqual([2, 'a']);
});

test('the first who asks waits for the look that is under way, and no longer than his signal', async () => {
  const { source, feed } = scene('a');
  await settled();
  source.slow = true;
  void feed.refresh();
  const [early, aborted] = [feed.missed(never), new AbortController()];
  const late = feed.missed(aborted.signal);
  aborted.abort();
  await late;
  source.waits.splice(0).forEach((done) => done());
  await early;
  expect(source.looks).toBe(2);
});

test('the last good one is believed for a day, and again when it is confirmed', async () => {
  const { time, source, feed } = scene('a');
  await settled();
  source.hold = undefined;
  time.ms += 86_400_000;
  await feed.refresh();
  expect(feed.believed()).toBe('a');
  time.ms += 1;
  expect([feed.believed(), feed.current()]).toEqual([undefined, 'a']);
  source.hold = 'a';
  await feed.refresh();
  expect(feed.believed()).toBe('a');
});

test('it is looked at again after its pause; after half a minute while there is nothing', async () => {
  const good = scene('a');
  await settled();
  good.time.pass(899_999);
  expect(good.source.looks).toBe(1);
  good.time.pass(1);
  expect(good.source.looks).toBe(2);
  const none = scene();
  await settled();
  none.time.pass(30_000);
  expect(none.source.looks).toBe(2);
});

test('is looked at before it is too old, however rarely its publisher wishes that', async () => {
  for (const [pauseMs, looks] of [[86_400_000, 2], [900_000, 2], [3 * 86_400_000, 2]] as const) {
    const { time, source, feed } = scene('a', pauseMs);
    await settled();
    time.pass(Math.min(pauseMs, 86_400_000 * 0.8));
    await settled();
    expect([source.looks, feed.believed()]).toEqual([looks, 'a']);
    feed.close();
  }
});
