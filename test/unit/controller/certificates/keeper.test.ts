/** The keeper of the serving certificate: whatever is cut short, every replica is trusted by every API server at every moment. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeServingCertificate } from '../../../../src/platform/tls/authority.ts';
import { countCertificates, isIssuedUnder, namesOf } from '../../../../src/platform/tls/bundle.ts';
import { CONTROLLER, KEPT_BY, RENEW } from '../../../../src/controller/certificates/kept.ts';
import { DAY, NAMES, world } from './support.ts';
import type { World } from './support.ts';

const BEGAN = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** API servers and replicas know what is new after these times, at the latest. */
const API_LAGS = [0, 15_000, 40_000];
const REPLICA_LAGS = [0, 45_000, 10 * MINUTE];

/** Pairs of an API server and a replica that cannot talk to each other now. */
function strangers(made: World): string[] {
  return REPLICA_LAGS.flatMap((replica) => API_LAGS.flatMap((api) => [...made.trusts].flatMap(([name, history]) => {
    const served = made.served.at(made.now - replica);
    const trusted = history.at(made.now - api);
    // A replica that has nothing to serve is not ready, and a gate without a CA is not complete yet: both only at the beginning.
    if (served === undefined || trusted === undefined) return [];
    return isIssuedUnder(served.certificate, trusted) ? [] : [`${name} after ${api} does not trust what is served after ${replica}`];
  })));
}

/** A round each 30 s; the fate of writes by chance where it is given. */
async function pass(made: World, time: number, random?: () => number): Promise<void> {
  made.fate = () => {
    const chance = random?.() ?? 1;
    return chance < 0.2 ? 'refused' : chance < 0.4 ? 'lost' : 'done';
  };
  let keeper = made.keeper();
  for (const until = made.now + time; made.now < until; made.now += 30_000) {
    // A controller that is started anew remembers nothing.
    if (random !== undefined && random() < 0.3) keeper = made.keeper();
    await keeper.step();
    expect(strangers(made), new Date(made.now).toISOString()).toEqual([]);
  }
}

function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

describe('part 8: the certificate of a new installation', () => {
  test('part 8: it is made, names the Service, and every webhook trusts its authority, whose key nobody has', async () => {
    const made = world(BEGAN, ['gatehouse', 'gatehouse-mutate']);
    await made.keeper().step();
    const data = made.secret?.data ?? {};
    expect([...namesOf(data['tls.crt'] ?? '')].toSorted()).toEqual([...NAMES].toSorted());
    expect(Object.keys(data).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    for (const history of made.trusts.values()) expect(history.last).toBe(data['ca.crt']);
    expect(JSON.stringify(data).match(/PRIVATE KEY/g)).toHaveLength(2);
  });
  test('part 8: a webhook that is installed later, or whose caBundle somebody has changed, trusts it in the next round', async () => {
    const made = world(BEGAN);
    const keeper = made.keeper();
    await keeper.step();
    const { last } = made.trusts.get('gatehouse') ?? {};
    made.trusts.get('gatehouse')?.set(BEGAN, 'of an old manifest');
    await keeper.step();
    expect(made.trusts.get('gatehouse')?.last).toBe(last);
    const steps = made.log.length;
    await keeper.step();
    expect(made.log).toHaveLength(steps);
  });
  test('part 8: without the gate there is nothing to tell, and the certificate is made all the same', async () => {
    const made = world(BEGAN, []);
    const keeper = made.keeper();
    await keeper.step();
    expect(made.problems).toEqual([]);
    expect(keeper.current()?.notAfter).toBe(BEGAN + 90 * DAY);
  });
});

describe('part 8: renewal with overlapping authorities', () => {
  test('part 8: trust first, then serve, then forget', async () => {
    const made = world(BEGAN);
    await pass(made, 2 * MINUTE);
    const before = made.secret?.data['tls.crt'];
    made.now = BEGAN + 59 * DAY;
    await pass(made, 5 * MINUTE);
    expect(made.secret?.data['tls.crt']).toBe(before);
    made.now = BEGAN + 60 * DAY + MINUTE;
    made.log.length = 0;
    await pass(made, 2 * 60 * MINUTE);
    expect(made.log).toEqual([
      'made the next certificate authority and certificate', 'gatehouse: caBundle filled in',
      'webhooks trust the next certificate beside the one that is served', 'the next certificate is served; the one before stays trusted for a while',
      'the authority before is forgotten', 'gatehouse: caBundle filled in',
    ]);
    expect(made.secret?.data['tls.crt']).not.toBe(before);
    expect(countCertificates(made.trusts.get('gatehouse')?.last ?? '')).toBe(1);
    expect(isIssuedUnder(before ?? '', made.trusts.get('gatehouse')?.last ?? '')).toBe(false);
  });
  test('part 8: somebody takes the next authority out of the webhook while it spreads: the time begins anew', async () => {
    const made = world(BEGAN);
    await pass(made, MINUTE);
    const alone = made.trusts.get('gatehouse')?.last ?? '';
    made.now = BEGAN + 61 * DAY;
    const keeper = made.keeper();
    await keeper.step();
    await keeper.step();
    made.now += 55_000;
    made.trusts.get('gatehouse')?.set(made.now, alone);
    await pass(made, 90 * MINUTE);
    expect(made.log.filter((line) => line.startsWith('webhooks trust'))).toHaveLength(2);
    expect(made.served.last?.certificate).toBe(made.secret?.data['tls.crt']);
  });
  test('part 8: a new one on request, once', async () => {
    const made = world(BEGAN);
    await pass(made, 61 * MINUTE);
    const before = made.secret?.data['tls.crt'];
    made.secret = { ...made.secret!, annotations: { ...made.secret!.annotations, [RENEW]: 'now' } };
    await pass(made, 200 * MINUTE);
    expect(made.secret.data['tls.crt']).not.toBe(before);
    expect(made.secret.annotations[RENEW]).toBeUndefined();
    expect(made.log.filter((line) => line.startsWith('made the next'))).toHaveLength(1);
  });
  test('part 8: a name more: made anew', async () => {
    const made = world(BEGAN);
    await pass(made, 61 * MINUTE);
    const keeper = made.keeper({ names: [...NAMES, 'gate.acme.example'] });
    for (let round = 0; round < 8; round += 1, made.now += MINUTE) await keeper.step();
    expect(namesOf(made.secret?.data['tls.crt'] ?? '')).toContain('gate.acme.example');
  });
  test.each([1, 2, 3, 4, 5, 6])('part 8: writes that fail or whose answer is lost, and restarts at any moment (%i)', async (seed) => {
    const made = world(BEGAN, ['gatehouse', 'gatehouse-pipelines']);
    await pass(made, 2 * MINUTE);
    const before = made.secret?.data['tls.crt'];
    made.now = BEGAN + 61 * DAY;
    await pass(made, 3 * 60 * MINUTE, chance(seed));
    await pass(made, 2 * 60 * MINUTE);
    expect(made.secret?.data['tls.crt']).not.toBe(before);
    for (const history of made.trusts.values()) expect(countCertificates(history.last ?? '')).toBe(1);
  });
  const validNow = (made: World): boolean => {
    const { validFromDate, validToDate } = new X509Certificate(made.secret?.data['tls.crt'] ?? '');
    return validFromDate.getTime() <= made.now && made.now <= validToDate.getTime();
  };
  test.each([[800 * DAY], [DAY], [10 * MINUTE]])('part 8: made by a clock that was %i ms ahead: one that has begun takes its place, and trust comes first', async (ahead) => {
    const made = world(BEGAN + ahead);
    await made.keeper().step();
    made.now = BEGAN;
    expect(validNow(made)).toBe(false);
    // Not `pass`, which asks of every moment that what is served is believed.
    const keeper = made.keeper();
    for (let round = 0; round < 4; round += 1, made.now += MINUTE) await keeper.step();
    expect(validNow(made)).toBe(true);
    expect(isIssuedUnder(made.secret?.data['tls.crt'] ?? '', made.trusts.get('gatehouse')?.last ?? '')).toBe(true);
    await pass(made, 3 * 60 * MINUTE);
    expect(made.problems).toEqual([]);
  });
  test('part 8: the next one made by a clock that was ahead is never served', async () => {
    const made = world(BEGAN);
    await pass(made, 2 * 60 * MINUTE);
    made.secret = { ...made.secret!, annotations: { ...made.secret!.annotations, 'gatehouse.dev/renew': 'now' } };
    const back = made.now;
    made.now += 50 * DAY;
    await made.keeper().step();
    expect(made.secret.data['next.crt']).toBeDefined();
    made.now = back;
    await pass(made, 3 * 60 * MINUTE);
    expect(validNow(made)).toBe(true);
  });
  test('part 8: after half a year without the controller what is over is exchanged in minutes', async () => {
    const made = world(BEGAN);
    await pass(made, 2 * 60 * MINUTE);
    made.now += 180 * DAY;
    const keeper = made.keeper();
    for (let round = 0; round < 4; round += 1, made.now += MINUTE) await keeper.step();
    expect(validNow(made)).toBe(true);
  });
});

describe('part 8: what is not the controller’s', () => {
  test.each([['of somebody', {}], ['of cert-manager', { 'cert-manager.io/certificate-name': 'gatehouse' }]])('part 8: a Secret %s is left alone, and it is said once how to hand it over', async (_, annotations) => {
    const made = world(BEGAN);
    const theirs = await makeServingCertificate({ names: NAMES, days: 1, now: BEGAN });
    made.secret = { resourceVersion: '9', annotations, data: { 'tls.crt': theirs.certificate, 'tls.key': theirs.key, 'ca.crt': theirs.ca } };
    const keeper = made.keeper();
    await keeper.step();
    await keeper.step();
    expect(made.secret.resourceVersion).toBe('9');
    expect(made.trusts.get('gatehouse')?.last).toBeUndefined();
    expect(made.problems).toEqual([expect.stringContaining(`${KEPT_BY}=${CONTROLLER}`)]);
    // The twin: handed over, it is kept from here on and served on.
    made.secret = { ...made.secret, annotations: { [KEPT_BY]: CONTROLLER } };
    await keeper.step();
    expect(made.trusts.get('gatehouse')?.last).toBe(theirs.ca);
  });
  test('part 8: two controllers at once: the later write fails, and nothing is lost', async () => {
    const made = world(BEGAN);
    await Promise.all([made.keeper().step(), made.keeper().step()]);
    expect(made.problems).toEqual([expect.stringContaining('409')]);
    await pass(made, 5 * MINUTE);
  });
  test.each([[1, ['gatehouse']], [3, ['gatehouse', 'gatehouse-mutate']]])('part 8: a Secret that somebody deletes %i times is made anew, and what replicas still serve stays trusted until they all have the new one', async (times, hooks) => {
    const made = world(BEGAN, hooks);
    await pass(made, 10 * MINUTE);
    for (let time = 0; time < times; time += 1) {
      const before = made.served.last?.certificate ?? '';
      made.secret = undefined;
      await pass(made, 5 * MINUTE);
      expect(made.served.last?.certificate).not.toBe(before);
      for (const history of made.trusts.values()) expect(isIssuedUnder(before, history.last ?? '')).toBe(true);
    }
    await pass(made, 3 * 60 * MINUTE);
    for (const history of made.trusts.values()) expect(countCertificates(history.last ?? '')).toBe(1);
    expect(made.problems).toEqual([]);
  });
  test('part 8: deleted while a webhook holds what is no bundle: that is not believed, and the rest goes on', async () => {
    const made = world(BEGAN);
    await pass(made, 10 * MINUTE);
    made.trusts.get('gatehouse')?.set(made.now, 'not a bundle');
    made.secret = undefined;
    await made.keeper().step();
    expect(isIssuedUnder(made.served.last?.certificate ?? '', made.trusts.get('gatehouse')?.last ?? '')).toBe(true);
    expect(countCertificates(made.trusts.get('gatehouse')?.last ?? '')).toBe(1);
  });
  test('part 8: a Secret that nobody can serve by is made anew, and what replicas still serve stays trusted', async () => {
    const made = world(BEGAN);
    await pass(made, MINUTE);
    const before = made.served.last?.certificate ?? '';
    made.secret = { ...made.secret!, data: { ...made.secret!.data, 'tls.key': 'gone' } };
    await pass(made, 5 * MINUTE);
    expect(made.served.last?.certificate).not.toBe(before);
    const trusted = made.trusts.get('gatehouse')?.last ?? '';
    expect(isIssuedUnder(before, trusted) && isIssuedUnder(made.served.last?.certificate ?? '', trusted)).toBe(true);
  });
});
