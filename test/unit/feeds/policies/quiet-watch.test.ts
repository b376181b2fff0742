/** What forty quiet minutes cost the API server: a list of each kind once, then watches that end by themselves, confirmed by bookmarks. */
import { afterEach, describe, expect, test } from 'vitest';
import type { KubeApi } from '../../../../src/cluster/api.ts';
import { followReplicas } from '../../../../src/controller/activity/replicas.ts';
import { OWN_KINDS } from '../../../../src/domain/own-kinds.ts';
import { clusterSource } from '../../../../src/feeds/policies/sources/cluster.ts';
import type { ClusterSource } from '../../../../src/feeds/policies/sources/cluster.ts';
import { settled } from '../../../support/patience.ts';
import { manualTimers } from '../../../support/timers.ts';

/** An API server whose time passes by hand: as API servers do it, bookmarks once a minute and just before a watch ends. */
class QuietApi implements KubeApi {
  readonly lists: string[] = [];
  readonly watches: string[] = [];
  bookmarks = true;
  frozen = false;
  objects: readonly object[] = [];
  refuse: number | undefined;
  #version = 7;
  readonly #open = new Set<{ age: number; readonly ends: number; readonly onEvent: (event: unknown) => void; readonly done: () => void; readonly fail: (cause: Error) => void }>();

  get(path: string, signal: AbortSignal): ReturnType<KubeApi['get']> {
    this.lists.push(path.replace(/\?.*/, ''));
    if (this.frozen) return new Promise((_done, fail) => signal.addEventListener('abort', () => fail(new Error('aborted'))));
    if (this.refuse !== undefined) return Promise.resolve({ status: this.refuse, body: {} });
    const items = path.includes('/clusterartifactpolicies') ? this.objects : [];
    return Promise.resolve({ status: 200, body: { metadata: { resourceVersion: String(this.#version) }, items } });
  }

  watch(path: string, onEvent: (event: unknown) => void, signal: AbortSignal): Promise<void> {
    this.watches.push(path);
    return new Promise((done, fail) => {
      const one = { age: 0, ends: Number(/timeoutSeconds=(\d+)/.exec(path)?.[1]), onEvent, done, fail };
      this.#open.add(one);
      signal.addEventListener('abort', () => {
        this.#open.delete(one);
        fail(new Error('aborted'));
      });
    });
  }

  say(event: unknown): void {
    for (const { onEvent, fail } of [...this.#open]) {
      try {
        onEvent(event);
      } catch (cause) {
        fail(cause as Error);
      }
    }
  }

  second(): void {
    if (this.frozen) return;
    for (const one of [...this.#open]) {
      one.age += 1;
      if (one.age >= one.ends) {
        this.#open.delete(one);
        one.done();
      } else if (this.bookmarks && (one.age % 61 === 0 || one.age === one.ends - 2))
        one.onEvent({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String((this.#version += 1)) } } });
    }
  }
}

const closing: { close(): void }[] = [];
afterEach(() => { for (const one of closing.splice(0)) one.close(); });

function scene(objects: readonly object[] = []) {
  const api = new QuietApi();
  api.objects = objects;
  const timers = manualTimers();
  const time = { ms: 0 };
  const following = { timers, clock: { now: () => time.ms }, random: () => 0.5, backoffMs: { first: 1, longest: 1 } };
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      time.ms += 1000;
      timers.pass(1000);
      api.second();
      await settled();
      if (second % 60 === 0) await new Promise((done) => setTimeout(done, 3));
    }
  };
  return { api, following, pass };
}

async function resources(objects?: readonly object[]) {
  const { api, following, pass } = scene(objects);
  const source: ClusterSource = clusterSource(api, { policiesPerNamespace: 100, keepStatus: true, settleMs: 1, ...following });
  closing.push(source);
  await settled();
  await settled();
  return { api, source, pass };
}

describe('forty quiet minutes', () => {
  test('each kind is listed once and confirmed all the time; a watch lasts for minutes', async () => {
    const { api, source, pass } = await resources();
    const ages: number[] = [];
    for (let minute = 0; minute < 40; minute += 1) {
      await pass(60);
      ages.push(source.age() ?? Infinity);
      expect(source.condition().ready).toBe(true);
    }
    expect(api.lists).toHaveLength(OWN_KINDS.length);
    // Of six minutes each.
    expect(api.watches.length).toBeLessThanOrEqual(OWN_KINDS.length * 7);
    expect(Math.max(...ages)).toBeLessThanOrEqual(62_000);
  });

  test('replicas are followed in the same way', async () => {
    const { api, following, pass } = scene();
    closing.push(followReplicas(api, { namespace: 'gatehouse-system', service: 'gatehouse', port: 'ops' }, following));
    await pass(2400);
    expect([api.lists.length, api.watches.length <= 7]).toEqual([1, true]);
  });

  test('where no bookmarks come each is held against a list before it counts as old, and no more often', async () => {
    const { api, source, pass } = await resources();
    api.bookmarks = false;
    for (let minute = 0; minute < 40; minute += 1) {
      await pass(60);
      expect(source.condition().ready).toBe(true);
    }
    expect(api.lists.length).toBeGreaterThan(OWN_KINDS.length);
    expect(api.lists.length).toBeLessThanOrEqual(OWN_KINDS.length * (1 + 2400 / 75));
    expect(api.watches.length).toBeLessThanOrEqual(OWN_KINDS.length * 7);
  });
});

describe('what is not quiet', () => {
  const object = (status: object, version: string): object => ({ metadata: { name: 'acme', uid: 'u1', resourceVersion: version, generation: 1 }, spec: {}, status });

  test('a connection that is dead is noticed, and another one tells what it missed', async () => {
    const { api, source, pass } = await resources();
    api.frozen = true;
    await pass(96);
    expect(source.condition().ready).toBe(false);
    api.frozen = false;
    api.objects = [object({ seen: 1 }, '50')];
    await pass(30);
    await new Promise((done) => setTimeout(done, 20));
    expect([source.condition().ready, source.observed('ClusterArtifactPolicy acme')]).toMatchObject([true, { uid: 'u1', status: { seen: 1 } }]);
  });

  test('too old a version lists once more, and not again after it', async () => {
    const { api, pass } = await resources();
    api.say({ type: 'ERROR', object: { kind: 'Status', code: 410 } });
    await pass(600);
    expect(api.lists).toHaveLength(2 * OWN_KINDS.length);
  });

  test('a status is told by the same watch, makes no new content, and is kept only for whoever asks for it', async () => {
    const { api, source } = await resources([object({ seen: 1 }, '5')]);
    const before = source.current();
    let [stirred, changed] = [0, 0];
    source.stirred(() => { stirred += 1; });
    source.changed(() => { changed += 1; });
    api.say({ type: 'MODIFIED', object: { ...object({ seen: 2 }, '6'), kind: 'ClusterArtifactPolicy' } });
    await new Promise((done) => setTimeout(done, 20));
    expect(source.observed('ClusterArtifactPolicy acme')).toMatchObject({ uid: 'u1', status: { seen: 2 } });
    expect([stirred > 0, changed]).toEqual([true, source.current() === before ? 0 : changed]);

    const { api: other, following } = scene([object({ seen: 1 }, '5')]);
    const server = clusterSource(other, { policiesPerNamespace: 100, ...following });
    closing.push(server);
    await settled();
    await settled();
    expect(server.observed('ClusterArtifactPolicy acme')?.uid).toBe('u1');
    expect(JSON.stringify(server.current())).not.toContain('seen');
  });
});
