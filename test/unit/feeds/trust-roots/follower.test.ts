import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TufRootSpec } from '../../../../src/domain/policy/trust-root.ts';
import { createTrustRootFollower } from '../../../../src/feeds/trust-roots/index.ts';
import type { RootDocument, TrustRootFollower } from '../../../../src/feeds/trust-roots/index.ts';

const NOW = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;
const SPEC: TufRootSpec = { mirror: 'https://tuf.acme.example', targets: 'https://tuf.acme.example/targets', root: {}, target: 'trusted_root.json', refresh: 6 * HOUR, maxStale: 48 * HOUR };

beforeEach(() => { vi.useFakeTimers({ now: NOW }); });
afterEach(() => { vi.useRealTimers(); });

/** A follower over sources that answer as the test says. */
class Scene {
  kept: RootDocument | undefined;
  answer: unknown = 'first';
  attempts = 0;
  opened = 0;
  aborted = 0;
  changes = 0;
  readonly events: string[] = [];
  readonly follower: TrustRootFollower = createTrustRootFollower({
    clock: Date,
    open: () => {
      this.opened += 1;
      return {
        restore: async () => this.kept,
        refresh: async (now, signal) => {
          this.attempts += 1;
          if (this.answer === 'hang') return new Promise((_done, fail) => signal.addEventListener('abort', () => { this.aborted += 1; fail(new Error('aborted')); }));
          if (this.answer instanceof Error) throw this.answer;
          return { content: this.answer, confirmedAt: now, versions: {} };
        },
      };
    },
    events: {
      confirmed: (_name, _document, isNew) => this.events.push(isNew ? 'new' : 'same'),
      failed: (_name, problem) => this.events.push(`failed ${problem}`),
      stale: () => this.events.push('stale'),
    },
    changed: () => { this.changes += 1; },
  });

  async compile(...names: string[]): Promise<void> {
    await this.follower.during(({ tufRoot }) => {
      for (const name of names) tufRoot(name, SPEC);
      return { set: {} };
    });
  }

  get root(): ReturnType<TrustRootFollower['tufRoot']> {
    return this.follower.tufRoot('acme', SPEC);
  }
}

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a root that is followed', () => {
  test('is not usable before the first answer, and usable after it', async () => {
    const scene = new Scene();
    expect(scene.root).toMatchObject({ usable: false });
    await settle();
    expect(scene.root).toEqual({ usable: true, content: 'first' });
    expect(scene).toMatchObject({ changes: 1, opened: 1, events: ['new'] });
    expect(scene.follower.states()).toEqual([{ name: 'acme', age: 0, failures: 0, usable: true }]);
  });

  test('is asked again after refresh; policies are compiled anew only for new content', async () => {
    const scene = new Scene();
    void scene.root;
    await settle(7 * HOUR);
    expect(scene).toMatchObject({ attempts: 2, changes: 1, events: ['new', 'same'] });
    scene.answer = 'second';
    await settle(7 * HOUR);
    expect(scene.root).toEqual({ usable: true, content: 'second' });
    expect(scene.changes).toBe(2);
  });

  test('J06 R06 the last good content stays in use while the repository fails, until maxStale, and returns with it', async () => {
    const scene = new Scene();
    void scene.root;
    await settle();
    scene.answer = new Error('mirror is down');
    await settle(48 * HOUR - 1000);
    expect(scene.root).toEqual({ usable: true, content: 'first' });
    expect(scene.events).not.toContain('stale');
    expect(scene.follower.states()[0]?.age).toBeGreaterThan(47 * HOUR);
    await settle(2000);
    expect(scene.root).toMatchObject({ usable: false, cause: expect.stringContaining('stale since 2026-06-03T00:00:00.000Z') as string });
    expect(scene.root).toMatchObject({ cause: expect.stringContaining('mirror is down') as string });
    expect(scene.events.filter((event) => event === 'stale')).toHaveLength(1);
    expect(scene.changes).toBe(2);
    scene.answer = 'first';
    await settle(15 * 60_000);
    expect(scene.root).toEqual({ usable: true, content: 'first' });
    expect(scene.changes).toBe(3);
  });

  test('a first start without network and cache: not usable, tried again with growing pauses, usable as soon as it answers', async () => {
    const scene = new Scene();
    scene.answer = new Error('no route');
    expect(scene.root).toMatchObject({ usable: false });
    await settle(60_000);
    expect(scene.attempts).toBeGreaterThanOrEqual(3);
    expect(scene.attempts).toBeLessThanOrEqual(6);
    await settle(HOUR);
    expect(scene.attempts).toBeLessThan(20);
    expect(scene.root).toMatchObject({ usable: false, cause: 'no route' });
    expect(scene.changes).toBe(0);
    scene.answer = 'late';
    await settle(15 * 60_000);
    expect(scene.root).toEqual({ usable: true, content: 'late' });
  });

  test('an offline start uses what was kept, as old as it is', async () => {
    const scene = new Scene();
    scene.kept = { content: 'kept', confirmedAt: NOW - 40 * HOUR, versions: {} };
    scene.answer = new Error('offline');
    void scene.root;
    await settle();
    expect(scene.root).toEqual({ usable: true, content: 'kept' });
    await settle(9 * HOUR);
    expect(scene.root).toMatchObject({ usable: false });
  });

  test('what was kept too long ago is not used', async () => {
    const scene = new Scene();
    scene.kept = { content: 'kept', confirmedAt: NOW - 49 * HOUR, versions: {} };
    scene.answer = new Error('offline');
    void scene.root;
    await settle();
    expect(scene.root).toMatchObject({ usable: false });
  });

  test('content kept by a clock that ran ahead ages from now on', async () => {
    const scene = new Scene();
    scene.kept = { content: 'kept', confirmedAt: NOW + 1000 * HOUR, versions: {} };
    scene.answer = new Error('offline');
    void scene.root;
    await settle(49 * HOUR);
    expect(scene.root).toMatchObject({ usable: false });
  });

  test('J08 an attempt that hangs is given up after a minute and counts as failed', async () => {
    const scene = new Scene();
    scene.answer = 'hang';
    void scene.root;
    await settle();
    expect(scene.attempts).toBe(1);
    await settle(59_000);
    expect(scene).toMatchObject({ attempts: 1, aborted: 0 });
    // AbortSignal.timeout runs on the real clock, so the attempt is ended by closing here.
    scene.follower.close();
    await settle();
    expect(scene.aborted).toBe(1);
  });
});

describe('which roots are followed', () => {
  test('a root that policies no longer name is followed no longer; another pinned root is another repository', async () => {
    const scene = new Scene();
    await scene.compile('a', 'b');
    await settle();
    expect(scene.follower.states().map(({ name }) => name)).toEqual(['a', 'b']);
    await scene.compile('b');
    expect(scene.follower.states().map(({ name }) => name)).toEqual(['b']);
    scene.follower.tufRoot('b', { ...SPEC, root: { other: true } });
    expect(scene.opened).toBe(3);
    scene.follower.tufRoot('b', { ...SPEC, refresh: HOUR });
    expect(scene.opened).toBe(3);
  });

  test('a set that does not compile stops nothing', async () => {
    const scene = new Scene();
    await scene.compile('a');
    await scene.follower.during(() => ({ set: undefined }));
    expect(scene.follower.states()).toHaveLength(1);
  });

  test('a shorter maxStale takes effect at once, a shorter refresh within its time', async () => {
    const scene = new Scene();
    void scene.root;
    await settle(3 * HOUR);
    expect(scene.follower.tufRoot('acme', { ...SPEC, maxStale: 2 * HOUR })).toMatchObject({ usable: false });
    scene.follower.tufRoot('acme', { ...SPEC, refresh: 60_000 });
    await settle(70_000);
    expect(scene.attempts).toBe(2);
  });

  test('primed: waits for the first answer or failure of every root, and not longer than told', async () => {
    const scene = new Scene();
    await expect(scene.follower.primed(1000)).resolves.toBe(false);
    void scene.root;
    await expect(scene.follower.primed(1000)).resolves.toBe(true);
    scene.answer = 'hang';
    scene.follower.tufRoot('slow', SPEC);
    const primed = scene.follower.primed(1000);
    await settle(1000);
    await expect(primed).resolves.toBe(true);
  });

  test('a root that is followed for ever survives every set, and kept content from before the packaged copy does not count', async () => {
    const scene = new Scene();
    scene.kept = { content: 'kept', confirmedAt: NOW - 2, versions: {} };
    scene.answer = new Error('offline');
    scene.follower.follow('public', SPEC, NOW - 1);
    await scene.compile();
    scene.answer = 'hang';
    await expect(scene.follower.primed(1000)).resolves.toBe(true);
    scene.answer = new Error('offline');
    await settle();
    expect(scene.follower.follow('public', SPEC, NOW - 1)).toMatchObject({ usable: false });
    expect(scene.follower.states()).toHaveLength(1);
  });

  test('nothing is asked after closing', async () => {
    const scene = new Scene();
    void scene.root;
    await settle();
    scene.follower.close();
    await settle(100 * HOUR);
    expect(scene).toMatchObject({ attempts: 1, changes: 1 });
  });
});
