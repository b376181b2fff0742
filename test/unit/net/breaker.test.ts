import { describe, expect, it } from 'vitest';
import type { FetchProblem } from '../../../src/domain/ports.ts';
import { createBreaker } from '../../../src/net/breaker.ts';
import type { Asked, Ending } from '../../../src/net/breaker.ts';
import { onBehalfOf } from '../../../src/flow/asker.ts';
import { routeKey } from '../../../src/net/connections.ts';
import type { Target } from '../../../src/net/connections.ts';
import { createSlots } from '../../../src/net/slots.ts';
import { attachCosignTag, pushImage } from '../../world/registry.ts';
import { SCOPE, SIMPLE, artifact, codes, drain, manualClock, registry, source, within } from '../fetch/support.ts';

const DOWN: FetchProblem = { code: 'FETCH_UNREACHABLE', source: 'r.example', found: 'ECONNREFUSED' };
const APP: Asked = { host: 'https://r.example:443', repository: 'r.example/acme/app', access: 'anonymous' };

const endingOf = (outcome: FetchProblem | 'unknown' | undefined): Ending =>
  outcome === undefined ? { kind: 'good' } : outcome === 'unknown' ? { kind: 'unknown' } : { kind: 'failed', problem: outcome };

function withBreaker(asked = APP) {
  const clock = manualClock();
  const breaker = createBreaker(clock);
  const ask = (outcome: FetchProblem | 'unknown' | undefined): 'asked' | 'refused' | 'waits' => {
    if (breaker.refusal(asked) !== undefined) return 'refused';
    if (breaker.probing(asked) !== undefined) return 'waits';
    breaker.begin(asked)(endingOf(outcome));
    return 'asked';
  };
  const times = (n: number, outcome: FetchProblem | 'unknown' | undefined): string[] => Array.from({ length: n }, () => ask(outcome));
  return { clock, breaker, ask, times };
}

describe('R24 breaker', () => {
  it('pauses after twenty failures, and tells the reason as before the pause: texts of denials must not change by themselves', () => {
    const { breaker, times } = withBreaker();
    expect(times(21, DOWN)).toEqual([...new Array<string>(20).fill('asked'), 'refused']);
    expect(breaker.refusal(APP)).toEqual(DOWN);
    expect([breaker.pausedRepositories, breaker.pausedHosts]).toEqual([1, 0]);
    for (const other of [{ repository: 'r.example/acme/other' }, { access: 'alice' }, { host: 'https://other.example:443' }]) {
      expect(breaker.refusal({ ...APP, ...other })).toBeUndefined();
    }
  });

  it('half-open: one request goes through, and its success opens the way for all', () => {
    const { breaker, times, ask, clock } = withBreaker();
    times(20, DOWN);
    clock.tick(500);
    const probe = breaker.begin(APP);
    expect(ask(undefined)).toBe('waits');
    probe({ kind: 'good' });
    expect(times(3, undefined)).toEqual(['asked', 'asked', 'asked']);
    expect(breaker.pausedRepositories).toBe(0);
  });

  it('half-open: its failure doubles the pause, up to 30 s', () => {
    const { times, ask, clock } = withBreaker();
    times(20, DOWN);
    for (const pause of [0.5, 1, 2, 4, 8, 16, 30, 30]) {
      clock.tick(pause * 1000 - 1);
      expect(ask(DOWN)).toBe('refused');
      clock.tick(1);
      expect(ask(DOWN)).toBe('asked');
    }
  });

  it('half-open: a request whose caller left says nothing, the next one tries', () => {
    const { times, ask, clock } = withBreaker();
    times(20, DOWN);
    clock.tick(500);
    expect([ask('unknown'), ask(undefined), ask(undefined)]).toEqual(['asked', 'asked', 'asked']);
  });

  it('half-open: whoever waits for the probe is told when it has ended, however it did', async () => {
    for (const ending of [{ kind: 'good' }, { kind: 'unknown' }, { kind: 'failed', problem: DOWN }] as const) {
      const { breaker, times, clock } = withBreaker();
      times(20, DOWN);
      clock.tick(500);
      const end = breaker.begin(APP);
      const waiting = breaker.probing(APP);
      end(ending);
      await waiting;
      expect([breaker.probing(APP), breaker.refusal(APP)?.code]).toEqual([undefined, ending.kind === 'failed' ? DOWN.code : undefined]);
    }
  });

  it('a repository that answers well now and then is asked every two seconds', () => {
    const { times, ask, clock } = withBreaker();
    times(1, undefined);
    times(30, DOWN);
    for (const pause of [0.5, 1, 2, 2, 2]) {
      clock.tick(pause * 1000);
      expect(ask(DOWN)).toBe('asked');
    }
  });

  it('a host is paused when twenty connections in a row fail, for all its repositories; one answer of any kind opens it', () => {
    const clock = manualClock();
    const breaker = createBreaker(clock);
    const other = { ...APP, repository: 'r.example/b' };
    for (let n = 0; n < 100; n += 1) breaker.begin(APP)(n % 19 === 18 ? { kind: 'good' } : { kind: 'unreached', problem: DOWN });
    expect(breaker.refusal(other)).toBeUndefined();
    for (let n = 0; n < 20; n += 1) breaker.begin(APP)({ kind: 'unreached', problem: DOWN });
    expect([breaker.refusal(other)?.code, breaker.pausedHosts, breaker.pausedRepositories]).toEqual([DOWN.code, 1, 0]);
    clock.tick(500);
    breaker.begin(APP)({ kind: 'failed', problem: DOWN });
    expect([breaker.refusal(other), breaker.pausedHosts]).toEqual([undefined, 0]);
  });

  it('does not pause for one failure in four, nor for few', () => {
    const { times } = withBreaker();
    expect(times(19, DOWN)).not.toContain('refused');
    const steady = withBreaker();
    for (let n = 0; n < 100; n += 1) expect([...steady.times(3, undefined), steady.ask(DOWN)]).not.toContain('refused');
  });

  it('forgets failures of long ago', () => {
    const { times, clock } = withBreaker();
    times(19, DOWN);
    clock.tick(61_000);
    expect(times(19, DOWN)).not.toContain('refused');
  });

  it('R16 a clock that jumps back pauses nothing for longer', () => {
    const { times, ask, clock } = withBreaker();
    times(20, DOWN);
    clock.tick(-3_600_000);
    expect(ask(undefined)).toBe('asked');
  });
});

describe('R24 a registry that fails half of the time', () => {
  it('gets at most two requests per admission, is never taken for an empty one, and is asked normally again when it is well', async () => {
    const r = await registry();
    const clock = manualClock();
    const s = source([r], { clock });
    const sign = (tag: string) => {
      const digest = pushImage(r, 'acme/app', tag);
      attachCosignTag(r, 'acme/app', digest, 'sig', [{ mediaType: SIMPLE, content: `{"for":"${tag}"}` }]);
      return artifact(`${r.host}/acme/app`, digest);
    };
    await drain(await s.open(sign('first'), SCOPE));
    let turn = 0;
    const well = r.fault({ path: /./, behaviour: { kind: 'custom', handle: (request, response) => {
      turn = (turn * 16_807 + 11) % 2_147_483_647;
      if (turn % 2 === 0) return void response.writeHead(503).end();
      const found = /manifests\/(.*)$/.exec(request.url ?? '')?.[1];
      const manifest = found === undefined ? undefined : r.store.getManifest('acme/app', found);
      if (manifest === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': manifest.mediaType }).end(manifest.bytes);
    } } });
    r.clearLog();
    const admissions = 60;
    for (let n = 0; n < admissions; n += 1) {
      const image = sign(`v${n}`);
      const found = await drain(await s.open(image, SCOPE));
      const diagnosis = await s.diagnose(image, SCOPE, within(60_000));
      const all = codes([...found.problems, ...diagnosis]);
      if (found.evidence.length === 0) expect(all.some((code) => ['FETCH_SERVER_ERROR', 'FETCH_RESPONSE_INVALID'].includes(code))).toBe(true);
      clock.tick(100);
    }
    expect(r.log.length).toBeLessThanOrEqual(2 * admissions);
    expect(r.log.length).toBeGreaterThan(20);
    well();
    clock.tick(60_000);
    expect(await drain(await s.open(sign('last'), SCOPE))).toMatchObject({ problems: [], evidence: [{ format: 'cosign-simple' }] });
    expect(s.stats().pausedHosts).toBe(0);
  });

  it('R01 does not keep others from their registries, and rate limits pause nobody', async () => {
    const [down, up, limited] = [await registry(), await registry(), await registry()];
    const s = source([down, up, limited]);
    down.fault({ path: /./, behaviour: { kind: 'status', status: 500 } });
    limited.fault({ path: /./, behaviour: { kind: 'status', status: 429, headers: { 'retry-after': '60' } } });
    for (let n = 0; n < 8; n += 1) {
      for (const r of [down, limited]) await drain(await s.open(artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', `v${n}`)), SCOPE));
    }
    // A repository of that host fails, so far no other.
    expect([s.stats().pausedRepositories, s.stats().pausedHosts]).toEqual([1, 0]);
    expect(limited.log).toHaveLength(32);
    expect(down.log.length).toBeLessThan(32);
    const paused = await drain(await s.open(artifact(`${down.host}/acme/app`, pushImage(down, 'acme/app', 'w')), SCOPE));
    expect(new Set(codes(paused.problems))).toEqual(new Set(['FETCH_SERVER_ERROR']));
    expect(paused.problems[0]?.cause).toBe(`registry ${down.host} was asked for the referrers of ${pushImage(down, 'acme/app', 'w')}`);
    expect((await drain(await s.open(artifact(`${up.host}/acme/app`, pushImage(up, 'acme/app', 'v')), SCOPE))).problems).toEqual([]);
  });
});

describe('slots', () => {
  it('S4: however many hosts, or ports of one, a tenant names, it has three quarters of all requests under way, and the others are asked', async () => {
    const slots = createSlots(8, 16);
    const as = <Result>(namespace: string, work: () => Result): Result => onBehalfOf({ namespace, caller: 'somebody' }, work);
    const stop = new AbortController();
    let held = 0;
    const theirs = Array.from({ length: 300 }, (_, port) => as('evil', () => slots.take(`https://evil.example:${port}`, 'evil.example', stop.signal).then((giveBack) => { held += 1; return giveBack; })));
    const mine = await Promise.all(Array.from({ length: 4 }, () => as('team', () => slots.take('https://registry.example:443', 'registry.example', within(60_000)))));
    expect([held, mine.length]).toEqual([12, 4]);
    const first = await theirs[0];
    first?.();
    await expect.poll(() => held).toBe(13);
    for (const giveBack of mine) giveBack();
    // Whoever leaves keeps nothing, of its host either.
    stop.abort();
    const left = await Promise.allSettled(theirs);
    expect(left.filter(({ status }) => status === 'rejected')).toHaveLength(287);
    for (const one of left) if (one.status === 'fulfilled') one.value();
    const again = await Promise.all(Array.from({ length: 12 }, (_, port) => as('evil', () => slots.take(`https://evil.example:${port}`, 'evil.example', within(60_000)))));
    expect(again).toHaveLength(12);
  });

  it.each([2, 200_000])('S4: authorities of %i bytes make no name of a route long', (bytes) => {
    const host = { text: 'r.example', name: 'r.example', port: undefined, address: undefined };
    const target = (ca: string | undefined): Target => ({ origin: { scheme: 'https', host }, reach: 'named', ca });
    expect(routeKey(target('x'.repeat(bytes))).length).toBeLessThan(200);
    expect(routeKey(target('x'.repeat(bytes)))).toBe(routeKey(target('x'.repeat(bytes))));
    expect(new Set([undefined, 'x'.repeat(bytes), `${'x'.repeat(bytes - 1)}y`].map((ca) => routeKey(target(ca)))).size).toBe(3);
  });

  it('lets so many in at once, the others in their order, and forgets those who leave', async () => {
    // Three, of which one asker has two.
    const slots = createSlots(3);
    const order: number[] = [];
    const leaver = new AbortController();
    const take = (n: number, signal = within(60_000)) => slots.take('h', 'h', signal).then((back) => (order.push(n), back));
    const [one, two] = [await take(1), await take(2)];
    const three = take(3, leaver.signal);
    const four = take(4);
    leaver.abort();
    await expect(three).rejects.toThrow('FETCH_TIMEOUT');
    expect(order).toEqual([1, 2]);
    one();
    (await four)();
    two();
    expect(order).toEqual([1, 2, 4]);
    const [five, six] = [await take(5), await take(6)];
    five();
    six();
    expect(order).toEqual([1, 2, 4, 5, 6]);
  });

  it('a host that is slow keeps nobody else waiting, and our own queue is no timeout of the host', async () => {
    const r = await registry();
    r.fault({ path: /./, behaviour: { kind: 'delay', ms: 60 } });
    const s = source([r], { limits: { concurrency: 1, requestTimeout: 2000 } });
    const images = Array.from({ length: 10 }, (_, n) => artifact(`${r.host}/acme/app`, pushImage(r, 'acme/app', `v${n}`)));
    const found = await Promise.all(images.map(async (image) => drain(await s.open(image, SCOPE))));
    expect(found.flatMap(({ problems }) => problems)).toEqual([]);
    expect(r.log).toHaveLength(40);
  });
});
