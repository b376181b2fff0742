import { afterEach, describe, expect, test } from 'vitest';
import { reportFeeds } from '../../../src/feeds/report.ts';
import { createMetrics } from '../../../src/platform/metrics/metrics.ts';
import { FEEDS } from './support.ts';
import type { Content, OpenScene, Scene } from './support.ts';

const scenes: Scene[] = [];
afterEach(async () => {
  for (const scene of scenes.splice(0)) {
    scene.feed.close();
    await scene.end?.();
  }
});

async function begin(open: OpenScene, first: Content): Promise<Scene> {
  const scene = await open(first);
  scenes.push(scene);
  return scene;
}

/** Lets the source hold one content after the other, looking at each. */
async function go({ feed, hold }: Scene, ...contents: Content[]): Promise<void> {
  for (const content of contents) {
    hold(content);
    await feed.refresh();
  }
}

/** Contents of the source one after the other, and what becomes of them. */
const CASES: readonly { readonly name: string; readonly contents: readonly [Content, ...Content[]]; readonly value: Content; readonly changes: number; readonly refused: number }[] = [
  { name: 'good stays good', contents: ['good 1', 'good 1'], value: 'good 1', changes: 0, refused: 0 },
  { name: 'good is followed by good', contents: ['good 1', 'good 2'], value: 'good 2', changes: 1, refused: 0 },
  { name: 'broken keeps the last good, and is told', contents: ['good 1', 'broken 1'], value: 'good 1', changes: 0, refused: 1 },
  { name: 'the same broken again is told no more', contents: ['good 1', 'broken 1', 'broken 1', 'broken 1'], value: 'good 1', changes: 0, refused: 1 },
  { name: 'other broken is told again', contents: ['good 1', 'broken 1', 'broken 2'], value: 'good 1', changes: 0, refused: 2 },
  { name: 'recovers with other good', contents: ['good 1', 'broken 1', 'good 2'], value: 'good 2', changes: 1, refused: 1 },
];

describe.each(FEEDS)('$name', ({ name, open }) => {
  test.each(CASES)('$name', async ({ contents: [first, ...later], value, changes, refused }) => {
    const scene = await begin(open, first);
    let changed = 0;
    scene.feed.changed(() => { changed += 1; });
    await go(scene, ...later);
    const broken = later.at(-1)?.startsWith('broken') === true;
    expect([scene.value(), scene.told()]).toEqual([value, refused]);
    expect(scene.feed.condition()).toMatchObject({ ready: true, refused });
    expect(scene.feed.condition().problem === undefined).toBe(!broken);
    // What is listed anew comes into force anew, changed or not.
    const counts = name === 'namespaces' || name === 'network-policies' ? later.filter((content) => content.startsWith('good')).length : changes;
    expect([changed, scene.feed.condition().generation]).toEqual([counts, 1 + counts]);
  });

  test('ages while its source is broken, and is young again when it is confirmed', async () => {
    const scene = await begin(open, 'good 1');
    scene.time.ms += 60_000;
    await go(scene, 'broken 1');
    expect(scene.feed.age()).toBe(60_000);
    await go(scene, 'good 1');
    expect(scene.feed.age()).toBe(0);
  });

  test('a listener that has left is told no more', async () => {
    const scene = await begin(open, 'good 1');
    const heard = { stayed: 0, left: 0 };
    scene.feed.changed(() => { heard.stayed += 1; });
    scene.feed.changed(() => { heard.left += 1; })();
    await go(scene, 'good 2');
    expect(heard.stayed).toBeGreaterThan(0);
    expect(heard.left).toBe(0);
  });

  test.each(['good 2', 'broken 1'] as const)('closed, it keeps what it has and says nothing of %s', async (later) => {
    const scene = await begin(open, 'good 1');
    let changed = 0;
    scene.feed.changed(() => { changed += 1; });
    scene.feed.close();
    await go(scene, later);
    scene.time.pass(7 * 3_600_000);
    await scene.feed.refresh();
    expect([scene.value(), scene.told(), changed, scene.time.waiting]).toEqual(['good 1', 0, 0, 0]);
  });

  test('shows its age and its refusals in the metrics', async () => {
    const scene = await begin(open, 'good 1');
    const metrics = createMetrics({ version: '0', node: '0' });
    reportFeeds(metrics, () => [scene.feed]);
    scene.time.ms += 3000;
    await go(scene, 'broken 1', 'broken 1');
    const { text } = await metrics.scrape();
    expect(text).toContain(`gatehouse_feed_age_seconds{feed="${scene.feed.name}"} 3\n`);
    expect(text).toContain(`gatehouse_feed_refused_total{feed="${scene.feed.name}"} 1\n`);
    expect(name.startsWith(scene.feed.name)).toBe(true);
  });
});

describe('broken at the start', () => {
  test.each(FEEDS.filter(({ startsBroken }) => startsBroken))('$name is not ready, tells it once, and recovers', async ({ open }) => {
    const scene = await begin(open, 'broken 1');
    await go(scene, 'broken 1');
    expect([scene.value(), scene.told(), scene.feed.age()]).toEqual(['nothing', 1, undefined]);
    expect(scene.feed.condition()).toMatchObject({ ready: false, refused: 1, problem: expect.any(String) as string });
    await go(scene, 'good 1');
    expect([scene.value(), scene.told(), scene.feed.condition().ready]).toEqual(['good 1', 1, true]);
  });

  test.each(FEEDS.filter(({ startsBroken }) => !startsBroken))('$name does not start', async ({ open }) => {
    await expect(open('broken 1')).rejects.toThrow();
  });
});
