// TokenReview: what is remembered and for how long, and that no namespace keeps the others from being asked about.
import { describe, expect, test } from 'vitest';
import { createTokenReview } from '../../../src/cluster/token-review.ts';
import { onBehalfOf } from '../../../src/flow/asker.ts';
import { settled } from '../../support/patience.ts';

const never = new AbortController().signal;
const USER = { username: 'system:serviceaccount:ci:a', uid: 'u', extra: { 'authentication.kubernetes.io/pod-name': ['p'], 'authentication.kubernetes.io/pod-uid': ['pu'] } };
const GOOD = { authenticated: true, audiences: ['gatehouse'], user: USER };

/** An API server that answers what `status` says, when it is let. */
function scene({ slow = false, atOnce = 16 } = {}) {
  const api = { asked: [] as string[], status: GOOD as object, http: 201, waiting: [] as { token: string; go: () => void }[] };
  const time = { ms: 1_000_000 };
  const review = createTokenReview({
    async post(_path, body, signal) {
      const { token } = (body as { spec: { token: string } }).spec;
      api.asked.push(token);
      if (slow) await new Promise<void>((go, fail) => { api.waiting.push({ token, go }); signal.addEventListener('abort', () => fail(new Error('left'))); });
      return { status: api.http, body: { status: api.status } };
    },
  }, 'gatehouse', { atOnce, clock: { now: () => time.ms } });
  return { api, time, review };
}

describe('what counts', () => {
  test('the account and the pod', async () => {
    expect(await scene().review('t', never)).toEqual({ username: USER.username, uid: 'u', pod: { name: 'p', uid: 'pu' } });
  });

  test.each<[string, object]>([
    ['not authenticated', { ...GOOD, authenticated: false }], ['authenticated as text', { ...GOOD, authenticated: 'true' }], ['for another audience', { ...GOOD, audiences: ['vault'] }],
    ['for no audience', { authenticated: true, user: USER }], ['for an audience that is no list', { ...GOOD, audiences: 'gatehouse' }], ['without a user', { authenticated: true, audiences: ['gatehouse'] }],
  ])('%s: nobody', async (_, status) => {
    const { api, review } = scene();
    api.status = status;
    expect(await review('t', never)).toBeUndefined();
  });

  test.each([200, 403, 500])('HTTP %i is no answer, and is not remembered', async (http) => {
    const { api, review } = scene();
    api.http = http;
    await expect(review('t', never)).rejects.toThrow(`answers ${http}`);
    api.http = 201;
    expect(await review('t', never)).toBeDefined();
  });

  test('two pod names are none', async () => {
    const { api, review } = scene();
    api.status = { ...GOOD, user: { ...USER, extra: { ...USER.extra, 'authentication.kubernetes.io/pod-name': ['p', 'q'] } } };
    expect(await review('t', never)).toEqual({ username: USER.username, uid: 'u' });
  });
});

describe('what is remembered', () => {
  test.each<[string, object, number]>([['a holder for ten seconds', GOOD, 10_000], ['that there is none for two', { authenticated: false }, 2000]])('%s', async (_, status, ms) => {
    const { api, time, review } = scene();
    api.status = status;
    await review('t', never);
    time.ms += ms - 1;
    await review('t', never);
    expect(api.asked).toHaveLength(1);
    time.ms += 1;
    await review('t', never);
    expect(api.asked).toHaveLength(2);
  });

  test('from when it was asked, not from when it was answered', async () => {
    const { api, time, review } = scene({ slow: true });
    const first = review('t', never);
    await settled();
    time.ms += 4000;
    api.waiting[0]?.go();
    await first;
    time.ms += 6000;
    void review('t', never);
    await settled();
    expect(api.asked).toHaveLength(2);
  });

  test('a clock that was set back makes nothing young again', async () => {
    const { api, time, review } = scene();
    await review('t', never);
    time.ms -= 3_600_000;
    await review('t', never);
    expect(api.asked).toHaveLength(2);
  });

  test('many who show one token at once are one question; who leaves stops it for nobody else', async () => {
    const { api, review } = scene({ slow: true });
    const leaving = new AbortController();
    const left = review('t', leaving.signal);
    const stayed = Promise.all(Array.from({ length: 100 }, () => review('t', never)));
    await settled();
    leaving.abort();
    await expect(left).rejects.toThrow('time ran out');
    api.waiting[0]?.go();
    expect((await stayed).every((holder) => holder?.uid === 'u')).toBe(true);
    expect(api.asked).toEqual(['t']);
  });
});

test('a namespace that floods has three quarters of the places; another one is asked about at once', async () => {
  const { api, review } = scene({ slow: true, atOnce: 4 });
  const flood = Array.from({ length: 50 }, (_, index) => onBehalfOf({ namespace: 'flood', caller: 'a' }, () => review(`flood-${index}`, never)));
  await settled();
  expect(api.asked).toHaveLength(3);
  const other = onBehalfOf({ namespace: 'calm', caller: 'b' }, () => review('calm', never));
  await settled();
  expect(api.asked).toHaveLength(4);
  api.waiting.find(({ token }) => token === 'calm')?.go();
  expect(await other).toBeDefined();
  while (api.waiting.length > 0) {
    api.waiting.splice(0).forEach(({ go }) => go());
    await settled();
  }
  expect((await Promise.all(flood)).length).toBe(50);
});
