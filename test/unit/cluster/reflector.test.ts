import { describe, expect, test } from 'vitest';
import { KubeStatusError } from '../../../src/cluster/api.ts';
import type { KubeApi } from '../../../src/cluster/api.ts';
import { reflect } from '../../../src/cluster/reflector.ts';
import type { ReflectorOptions } from '../../../src/cluster/reflector.ts';
import { until } from '../../support/patience.ts';

const PATH = '/apis/gatehouse.dev/v1alpha1/clusterartifactpolicies';

/** An API server with objects of one kind, each `[name, spec]`; a watch stays open until it is told to say something. */
class Api implements KubeApi {
  objects: [string, unknown][] = [['a', 1], ['b', 2]];
  fail: number | undefined;
  readonly paths: string[] = [];
  say: ((event: unknown) => void) | undefined;

  async get(path: string, signal: AbortSignal): ReturnType<KubeApi['get']> {
    this.paths.push(path);
    await Promise.resolve();
    signal.throwIfAborted();
    if (this.fail !== undefined) return { status: this.fail, body: {} };
    return { status: 200, body: { metadata: { resourceVersion: '7' }, items: this.objects.map(([name, spec]) => ({ metadata: { name }, spec })) } };
  }

  watch(path: string, onEvent: (event: unknown) => void, signal: AbortSignal): Promise<void> {
    this.paths.push(path);
    return new Promise((_done, fail) => {
      this.say = (event) => {
        try {
          onEvent(event);
        } catch (cause) {
          fail(cause);
        }
      };
      if (signal.aborted) fail(new Error('aborted'));
      else signal.addEventListener('abort', () => fail(new Error('aborted')));
    });
  }
}

/** Follows the policies of the API server and keeps what is told. */
function follow(api: Api, options: ReflectorOptions = {}) {
  const told: string[] = [];
  const reflector = reflect<unknown>(
    api,
    {
      path: PATH,
      read(object) {
        const { metadata, spec } = object as { metadata?: { name?: string }; spec?: unknown };
        return metadata?.name === undefined ? undefined : { key: metadata.name, value: spec };
      },
    },
    {
      items: (items) => void told.push([...items].map(([key, value]) => `${key}=${String(value)}`).join(' ')),
      confirmed: () => undefined,
      failed: (cause) => void told.push(cause instanceof KubeStatusError ? `failed ${cause.status}` : 'failed'),
      well: () => void told.push('well'),
    },
    { backoffMs: { first: 3_600_000, longest: 3_600_000 }, ...options },
  );
  return { reflector, told };
}

describe('a reflector of any kind', () => {
  test('lists, and takes in what the watch says of its own kind', async () => {
    const api = new Api();
    const { reflector, told } = follow(api);
    await reflector.refresh();
    api.say?.({ type: 'MODIFIED', object: { metadata: { name: 'a', resourceVersion: '8' }, spec: 3 } });
    api.say?.({ type: 'DELETED', object: { metadata: { name: 'b', resourceVersion: '9' }, spec: 2 } });
    api.say?.({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '10' } } });
    api.say?.({ type: 'ADDED', object: { kind: 'Other' } });
    reflector.close();
    expect(told).toEqual(['a=1 b=2', 'a=3 b=2', 'a=3']);
    expect(api.paths.every((path) => path.startsWith(`${PATH}?`))).toBe(true);
  });

  test('refresh lists anew, whatever is under way, and comes back when the list is refused', async () => {
    const api = new Api();
    const { reflector, told } = follow(api);
    await reflector.refresh();
    api.objects = [['c', 4]];
    await reflector.refresh();
    api.fail = 403;
    await reflector.refresh();
    await reflector.refresh();
    api.fail = undefined;
    await reflector.refresh();
    reflector.close();
    await reflector.refresh();
    expect(told).toEqual(['a=1 b=2', 'c=4', 'failed 403', 'failed 403', 'c=4']);
  });

  test('R07 a watch that is too old is no failure, another error is', async () => {
    for (const [code, expected] of [[410, 'well'], [500, 'failed 500']] as const) {
      const api = new Api();
      const { reflector, told } = follow(api);
      await reflector.refresh();
      api.say?.({ type: 'ERROR', object: { kind: 'Status', code } });
      await new Promise((done) => setImmediate(done));
      reflector.close();
      expect(told).toEqual(['a=1 b=2', expected]);
    }
  });

  test('watches of many replicas end at different times: between four and eight minutes, by chance', async () => {
    const seconds = async (random: number): Promise<number> => {
      const api = new Api();
      const { reflector } = follow(api, { random: () => random });
      await reflector.refresh();
      reflector.close();
      return Number(/timeoutSeconds=(\d+)/.exec(api.paths.find((path) => path.includes('watch=true')) ?? '')?.[1]);
    };
    expect([await seconds(0), await seconds(0.5), await seconds(0.999999)]).toEqual([240, 360, 480]);
  });

  test('R07 after 410 each replica lists at another time: not at once, and the pause is spread by chance', async () => {
    const api = new Api();
    let asked = 0;
    const { reflector, told } = follow(api, { backoffMs: { first: 1, longest: 1 }, random: () => { asked += 1; return 0.5; } });
    await reflector.refresh();
    const before = asked;
    const lists = (): number => api.paths.filter((path) => path.includes('limit=')).length;
    const listed = lists();
    api.say?.({ type: 'ERROR', object: { kind: 'Status', code: 410 } });
    await until(() => told.length >= 3 && asked - before >= 2);
    reflector.close();
    expect(told.slice(0, 3)).toEqual(['a=1 b=2', 'well', 'a=1 b=2']);
    // One for the pause, one for the next watch.
    expect(asked - before).toBeGreaterThanOrEqual(2);
    expect(lists() - listed).toBe(1);
  });
});
