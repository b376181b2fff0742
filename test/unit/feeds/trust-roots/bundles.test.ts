import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SpiffeBundleSpec } from '../../../../src/domain/policy/trust-root.ts';
import { createTrustRootFollower } from '../../../../src/feeds/trust-roots/index.ts';

/** Bundles as trust roots that are followed: asked for as they wish it, and used for as long as the document says. */
const MINUTE = 60_000;
const SPEC: SpiffeBundleSpec = { trustDomain: 'prod.example', from: { url: 'https://spire.example', profile: 'https_web' }, refresh: 5 * MINUTE, maxStale: 60 * MINUTE };

beforeEach(() => { vi.useFakeTimers({ now: Date.UTC(2026, 5, 1) }); });
afterEach(() => { vi.useRealTimers(); });
const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

function scene() {
  const state: { answer: unknown; hint?: number; asked: number; changes: number; stale: number } = { answer: 'first', asked: 0, changes: 0, stale: 0 };
  const opened: SpiffeBundleSpec[] = [];
  const follower = createTrustRootFollower({
    clock: Date,
    open: () => { throw new Error('no TUF here'); },
    openBundle: (spec) => {
      opened.push(spec);
      return {
        unanswered: 'its bundle endpoint has not answered yet',
        restore: async () => undefined,
        refresh: async (now) => {
          state.asked += 1;
          if (state.answer instanceof Error) throw state.answer;
          return { content: state.answer, confirmedAt: now, versions: {}, ...(state.hint === undefined ? {} : { refreshMs: state.hint }) };
        },
      };
    },
    events: { confirmed: () => undefined, failed: () => undefined, stale: () => { state.stale += 1; } },
    changed: () => { state.changes += 1; },
  });
  return { state, follower, opened, root: (spec = SPEC) => follower.spiffeBundle('prod', spec) };
}

describe('a bundle that is followed', () => {
  test('is not usable before the first answer, then what was answered', async () => {
    const { follower, root } = scene();
    expect(root()).toEqual({ usable: false, cause: 'its bundle endpoint has not answered yet' });
    await settle();
    expect(root()).toEqual({ usable: true, content: 'first' });
    expect(follower.known('prod', SPEC)).toEqual({ usable: true, content: 'first' });
    expect(follower.states()).toEqual([expect.objectContaining({ name: 'prod', usable: true, failures: 0, age: 0 })]);
    follower.close();
  });

  test('is asked for again after five minutes, or as it says itself', async () => {
    const { state, follower, root } = scene();
    root();
    await settle(4 * MINUTE);
    expect(state.asked).toBe(1);
    [state.answer, state.hint] = ['second', MINUTE];
    await settle(10 * MINUTE);
    expect(state.asked).toBeGreaterThan(8);
    follower.close();
  });

  test.each([
    ['a day, and the document takes it for an hour', 24 * 60 * MINUTE, 60 * MINUTE, 2], ['an hour, and the document takes it for six minutes', 60 * MINUTE, 6 * MINUTE, 20],
    ['nothing, and the document takes it for as long as it is asked for', undefined, 5 * MINUTE, 20], ['a day, and so does the document', 24 * 60 * MINUTE, 24 * 60 * MINUTE, 1],
  ])('never becomes stale because its publisher wishes to be asked after %s', async (_, hint, maxStale, least) => {
    const { state, follower, root } = scene();
    if (hint !== undefined) state.hint = hint;
    const spec = { ...SPEC, maxStale };
    root(spec);
    for (let minutes = 0; minutes < 120; minutes += 1) {
      await settle(MINUTE);
      expect(root(spec)).toEqual({ usable: true, content: 'first' });
    }
    expect(state.asked).toBeGreaterThanOrEqual(least);
    expect(state.stale).toBe(0);
    follower.close();
  });

  test('is asked for sooner when the document trusts it for less long from now on', async () => {
    const { state, follower, root } = scene();
    [state.hint] = [60 * MINUTE];
    root();
    await settle(MINUTE);
    root({ ...SPEC, maxStale: 10 * MINUTE });
    await settle(10 * MINUTE);
    expect(state.asked).toBeGreaterThan(1);
    expect(root({ ...SPEC, maxStale: 10 * MINUTE }).usable).toBe(true);
    follower.close();
  });

  test('is used while nothing newer can be read, with its age, until it is stale', async () => {
    const { state, follower, root } = scene();
    root();
    await settle();
    state.answer = new Error('HTTP 503');
    await settle(59 * MINUTE);
    expect(root()).toEqual({ usable: true, content: 'first' });
    expect(follower.states()[0]?.age).toBe(59 * MINUTE);
    await settle(2 * MINUTE);
    expect(root()).toEqual({ usable: false, cause: expect.stringMatching(/^stale since .*; HTTP 503$/) });
    expect(state.stale).toBe(1);
    state.answer = 'second';
    await settle(10 * MINUTE);
    expect(root()).toEqual({ usable: true, content: 'second' });
    follower.close();
  });

  test('tells when it has other content, so that policies are compiled anew', async () => {
    const { state, follower, root } = scene();
    root();
    await settle();
    const before = state.changes;
    await settle(6 * MINUTE);
    expect(state.changes).toBe(before);
    state.answer = 'second';
    await settle(6 * MINUTE);
    expect(state.changes).toBe(before + 1);
    follower.close();
  });

  test.each<[string, SpiffeBundleSpec]>([
    ['another endpoint', { ...SPEC, from: { url: 'https://other.example', profile: 'https_web' } }],
    ['another profile', { ...SPEC, from: { url: 'https://spire.example', profile: 'https_spiffe', endpointSpiffeId: 'spiffe://a/b', anchors: ['a'] } }],
    ['a file', { ...SPEC, from: { file: '/etc/prod.json' } }],
    ['another trust domain', { ...SPEC, trustDomain: 'dev.example' }],
  ])('is another one from %s', async (_, spec) => {
    const { follower, opened, root } = scene();
    root();
    root({ ...SPEC, maxStale: 30 * MINUTE });
    await settle();
    expect(opened).toHaveLength(1);
    root(spec);
    expect(opened).toHaveLength(2);
    follower.close();
  });
});
