import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { document, ownReview } from '../support/own.ts';
import { until } from '../support/patience.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** The configuration of a running server changes: as a whole, for the next request, or not at all. */

const world = createWorld({ now: Date.now() });
const key = world.key();
const image = makeImage();
const OTHER = `other.example/app@sha256:${'d'.repeat(64)}`;
let registry: TestRegistry;
let folder: string;
let path: string;
let server: TestServer | undefined;

beforeAll(async () => {
  registry = await startRegistry();
  await push(registry, 'acme/app', image, ['v1']);
  await pushReferrer(registry, 'acme/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key })));
});
afterAll(() => registry.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-reload-'));
  path = join(folder, 'gatehouse.yaml');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const policies = (): string => [
  { kind: 'Signer', metadata: { name: 'release' }, spec: { identities: [{ key: { data: key.publicKeyPem } }] } },
  {
    kind: 'ClusterArtifactPolicy', metadata: { name: 'acme' },
    spec: { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] },
  },
].map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n');

/** Writes the file as careful people do: in one step. */
function write(config: unknown): void {
  writeFileSync(`${path}.new`, typeof config === 'string' ? config : JSON.stringify(config));
  renameSync(`${path}.new`, path);
}
async function start(config: unknown, flags: Record<string, unknown> = {}, documents = { 'p.yaml': policies() }): Promise<TestServer> {
  write(config);
  server = await startTestServer(documents, { decisions: undefined, ...flags }, { configuration: { path, flags: {} } });
  await server.running.reload();
  return server;
}
async function reload(config: unknown): Promise<void> {
  write(config);
  await server?.running.reload();
}
const ask = (images: readonly string[], name = 'web'): Promise<AdmissionAnswer> =>
  (server as TestServer).validate(podReview({ images: [...images], name, namespace: 'shop' }));
const told = (msg: string): readonly Record<string, unknown>[] => (server?.log ?? []).filter((line) => line['msg'] === msg);
const note = async (): Promise<string | undefined> => {
  const { text, status } = await (server as TestServer).ops('/readyz');
  expect(status).toBe(200);
  return (JSON.parse(text) as { conditions: { name: string; reason?: string }[] }).conditions.find(({ name }) => name === 'configuration')?.reason;
};

describe('a change of the file', () => {
  test('is in force for the next request, without a restart and without being asked for', async () => {
    await start({ unmatched: 'deny' });
    expect((await ask([OTHER])).allowed).toBe(false);
    write({ unmatched: 'warn' });
    await until(async () => (await ask([OTHER])).allowed);
    expect(codes(await ask([OTHER]))).toEqual(['SELECT_NO_POLICY']);
    expect(told('configuration changed')).toEqual([expect.objectContaining({ changed: ['unmatched'], unmatched: 'warn' })]);
    await reload({ unmatched: 'deny' });
    expect((await ask([OTHER])).allowed).toBe(false);
  });

  test('reaches registries: one that may be asked over plain HTTP from now on, and then no more', async () => {
    const named = [`${registry.host}/acme/app@${image.digest}`];
    await start({});
    expect((await ask(named)).allowed).toBe(false);
    await reload({ plainHttp: [registry.host] });
    expect([(await ask(named)).allowed, codes(await ask(named))]).toEqual([true, ['POLICY_SATISFIED']]);
    await reload({});
    expect((await ask(named)).allowed).toBe(false);
  });

  test('a ConfigMap is changed by a link that is renamed', async () => {
    const [one, two] = ['..one', '..two'].map((name) => join(folder, name));
    for (const [at, unmatched] of [[one, 'deny'], [two, 'allow']] as const) {
      mkdirSync(at ?? '');
      writeFileSync(join(at ?? '', 'gatehouse.yaml'), `unmatched: ${unmatched}\n`);
    }
    symlinkSync('..one', join(folder, '..data'));
    symlinkSync('..data/gatehouse.yaml', path);
    server = await startTestServer({ 'p.yaml': policies() }, { decisions: undefined }, { configuration: { path, flags: {} } });
    expect((await ask([OTHER])).allowed).toBe(false);
    symlinkSync('..two', join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
    await until(async () => (await ask([OTHER])).allowed);
  });

  test('flags still win over the file', async () => {
    await start({ unmatched: 'deny', drain: '1s' }, { unmatched: 'deny' });
    await reload({ unmatched: 'allow', 'log': { level: 'warn' } });
    expect((await ask([OTHER])).allowed).toBe(false);
    expect(told('configuration changed')).toEqual([expect.objectContaining({ changed: ['log'] })]);
  });

  test('the level of the log changes with it, that of decisions too', async () => {
    await start({ unmatched: 'allow' });
    await ask([OTHER], 'seen');
    await reload({ unmatched: 'allow', log: { level: 'warn' } });
    await ask([OTHER], 'quiet');
    await reload({ unmatched: 'allow' });
    await ask([OTHER], 'again');
    expect(told('decision').map(({ name }) => name)).toEqual(['seen', 'again']);
  });

  test.each<[string, object, object, string | undefined, readonly string[] | undefined]>([
    ['a loosening', { unmatched: 'deny' }, { unmatched: 'warn' }, 'error', ['unmatched']],
    ['one that silences the log as well', { unmatched: 'deny' }, { unmatched: 'allow', log: { level: 'error' } }, 'error', ['unmatched']],
    ['one in a log that hears errors alone', { unmatched: 'warn', log: { level: 'error' } }, { unmatched: 'allow', log: { level: 'error' } }, 'error', ['unmatched']],
    ['a change that makes the log speak', { log: { level: 'error' } }, {}, 'warn', undefined],
    ['a tightening', { unmatched: 'allow' }, { unmatched: 'deny' }, 'warn', undefined],
    ['one that silences the log', {}, { drain: '3s', log: { level: 'error' } }, 'warn', undefined],
    ['no administrators any more', { administrators: ['security'] }, {}, 'error', ['administrators']],
    ['another group for emergencies', { administrators: ['security'], breakGlass: 'a' }, { administrators: ['security'], breakGlass: 'b' }, 'error', ['breakGlass']],
    ['none for emergencies', { administrators: ['security'], breakGlass: 'a' }, { administrators: ['security'] }, 'warn', undefined],
  ])('%s is told for certain, and as loud as it has to be', async (_, before, after, level, loosened) => {
    await start(before);
    await reload(after);
    const [line, ...more] = told('configuration changed');
    expect([line?.['level'], line?.['loosened'], more]).toEqual([level, loosened, []]);
    expect((await (server as TestServer).ops('/metrics')).text).toContain('gatehouse_configuration_changes_total 1\n');
  });

  test('an empty set of policies is taken as soon as the file says that it is meant', async () => {
    await start({ unmatched: 'allow' }, {}, {} as never);
    expect(codes(await ask([OTHER]))).toEqual(['POLICY_UNAVAILABLE']);
    await reload({ unmatched: 'allow', allowNoPolicies: true });
    await until(async () => (await ask([OTHER])).allowed);
  });

  test('administrators of our kinds are others from the next request on', async () => {
    const made = document('Signer', 'new', { identities: [{ key: { data: key.publicKeyPem } }] });
    const allowed = async (groups: string[]): Promise<boolean> => (await (server as TestServer).validate(ownReview(made, { groups }))).allowed;
    await start({ administrators: ['security'] });
    expect([await allowed(['security']), await allowed(['others'])]).toEqual([true, false]);
    await reload({ administrators: ['others'], breakGlass: 'on-call' });
    expect([await allowed(['security']), await allowed(['others']), await allowed(['on-call'])]).toEqual([false, true, true]);
    await reload({ administrators: ['others'] });
    expect(await allowed(['on-call'])).toBe(false);
  });

  test('events go where it says from now on, and nowhere when it says nothing', async () => {
    const [one, two] = [join(folder, 'one.jsonl'), join(folder, 'two.jsonl')];
    const names = (file: string): unknown[] => {
      try {
        return readFileSync(file, 'utf8').split('\n').filter(Boolean)
          .map((line) => (JSON.parse(line) as { data: Record<string, unknown> }).data['gatehouse.request.name']);
      } catch {
        return [];
      }
    };
    await start({ decisions: { events: { file: 'one.jsonl' } } });
    await ask([OTHER], 'first');
    await until(() => names(one).length === 1);
    await reload({ decisions: { events: { file: 'two.jsonl' } } });
    await ask([OTHER], 'second');
    await until(() => names(two).length === 1);
    await reload({});
    await ask([OTHER], 'third');
    await server?.running.close();
    expect([names(one), names(two)]).toEqual([['first'], ['second']]);
  });
});

describe('what cannot be used is refused as a whole', () => {
  test.each<[string, unknown, RegExp]>([
    ['a key that there is not', { unmatched: 'allow', unmatchd: 'x' }, /gatehouse\.yaml:1:\d+: unmatchd: this key does not exist/],
    ['a value out of bounds', { unmatched: 'allow', cache: { tagTTL: '2h' } }, /cache\.tagTTL: expected at least 0s and at most 1h/],
    ['no YAML', 'unmatched: [allow', /gatehouse\.yaml:1/],
    ['an authority that is not there', { unmatched: 'allow', registries: [{ host: 'a.example', ca: 'gone.pem' }] }, /registries\[0\]\.ca: expected PEM text or a readable file/],
    ['credentials that are not there', { unmatched: 'allow', dockerConfig: 'gone.json' }, /gone\.json/],
    ['an authority that is a folder', { unmatched: 'allow', registries: [{ host: 'a.example', ca: '/' }] }, /registries\[0\]\.ca: expected PEM text or a readable file, found "\/" \(it is no file\)/],
    ['an authority that never ends', { unmatched: 'allow', registries: [{ host: 'a.example', ca: '/dev/zero' }] }, /it is no file/],
    ['another file by mistake', Array.from({ length: 16_000 }, (_, index) => `k${index}: 1`).join('\n'), /:1:1: k0: this key does not exist/],
    ['a file of events that cannot be made', { unmatched: 'allow', decisions: { events: { file: 'no/such/file' } } }, /decisions\.events\.file/],
    ['an address of pages that only a restart would show', { unmatched: 'allow', decisions: { enabled: true, url: 'https://a.example/decisions' } }, /decisions\.url: goes together with decisions\.enabled/],
  ])('%s', async (_, broken, problem) => {
    await start({ unmatched: 'deny' });
    await reload(broken);
    await server?.running.reload();
    expect((await ask([OTHER])).allowed).toBe(false);
    const lines = told('new configuration refused, the old one stays in force');
    expect(lines.length).toBeLessThanOrEqual(100);
    expect(new Set(lines.map(({ problem: one }) => one)).size).toBe(lines.length);
    expect(String(lines[0]?.['problem'])).toMatch(problem);
    const { text } = await (server as TestServer).ops('/metrics');
    expect(text).toContain('gatehouse_configuration_reload_failures_total 1\n');
    expect(await note()).toMatch(/broken, and the one before stays in force/);
    await reload({ unmatched: 'allow' });
    expect([(await ask([OTHER])).allowed, await note()]).toEqual([true, undefined]);
  });

  test('an authority that comes later is taken then, though the file is the same', async () => {
    await start({ unmatched: 'deny' });
    await reload({ unmatched: 'allow', registries: [{ host: 'a.example', ca: 'later.pem' }] });
    expect((await ask([OTHER])).allowed).toBe(false);
    writeFileSync(join(folder, 'later.pem'), (server as TestServer).running.developmentCertificate ?? '');
    await server?.running.reload();
    expect((await ask([OTHER])).allowed).toBe(true);
  });

  test('a file that is gone leaves everything as it is', async () => {
    await start({ unmatched: 'allow' });
    rmSync(path);
    await server?.running.reload();
    expect((await ask([OTHER])).allowed).toBe(true);
    expect(await note()).toMatch(/broken/);
  });
});

test('what needs a restart is told by name, once, and the rest comes', async () => {
  await start({ unmatched: 'deny', limits: { connections: 100 } });
  await reload({ unmatched: 'allow', limits: { connections: 200 }, gate: { port: 9999 } });
  await server?.running.reload();
  expect((await ask([OTHER])).allowed).toBe(true);
  expect(told('configuration has changed where it needs a restart; until then these are as they were')).toEqual([
    expect.objectContaining({ keys: ['limits.connections', 'gate.port'] }),
  ]);
  expect(await note()).toBe('the configuration file has changed where it needs a restart: limits.connections, gate.port');
  expect((await (server as TestServer).ops('/metrics')).text).toContain('gatehouse_configuration_pending 2\n');
  await reload({ unmatched: 'allow', limits: { connections: 100 } });
  expect(await note()).toBeUndefined();
});

describe('1,000 requests during 50 reloads', () => {
  /** Two configurations that differ in four keys, all of which show in one answer. */
  const widget = (place: string): unknown => ({ group: 'acme.example', resource: 'widgets', images: [place], noImages: [`spec.${place === 'spec.one' ? 'two' : 'one'}`] });
  const old = (): unknown => ({
    unmatched: 'deny', extractors: [widget('spec.one')], plainHttp: [registry.host], decisions: { enabled: true, url: 'https://old.example/decisions' },
  });
  const next = (): unknown => ({
    unmatched: 'warn', extractors: [widget('spec.two')], plainHttp: [registry.host], cache: { tagTTL: '1m' },
    decisions: { enabled: true, url: 'https://next.example/decisions' },
  });
  const review = (uid: string): unknown => {
    const review = podReview({ images: [`${registry.host}/acme/app:v1`], namespace: 'shop' }) as { request: Record<string, unknown> };
    const object = { apiVersion: 'acme.example/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' }, spec: { one: OTHER, two: `two.example/app@sha256:${'e'.repeat(64)}` } };
    return { ...review, request: { ...review.request, uid, name: 'w', kind: { group: 'acme.example', version: 'v1', kind: 'Widget' }, resource: { group: 'acme.example', version: 'v1', resource: 'widgets' }, object } };
  };
  const pod = (uid: string): unknown => {
    const review = podReview({ images: [`${registry.host}/acme/app:v1`, OTHER], namespace: 'shop' }) as { request: Record<string, unknown> };
    return { ...review, request: { ...review.request, uid } };
  };
  const shown = ({ allowed, status, warnings, auditAnnotations }: AdmissionAnswer): string =>
    JSON.stringify([allowed, status?.message.replace(/\b[0-9A-Z]{26}\b/g, 'ID'), warnings, auditAnnotations['reasons']]);

  test('each answer is that of the old or of the new configuration, and never a mix', async () => {
    await start(old());
    const known: string[][] = [[], []];
    for (const [index, config] of [old(), next()].entries()) {
      await reload(config);
      for (const make of [review, pod]) known[index]?.push(shown(await (server as TestServer).validate(make('u'))));
    }
    expect(new Set(known.flat()).size).toBe(4);
    let reloads = 0;
    const reloading = (async () => {
      for (; reloads < 50; reloads += 1) await reload(reloads % 2 === 0 ? old() : next());
    })();
    const seen = [new Map<string, number>(), new Map<string, number>()];
    let sent = 0;
    const asking = async (): Promise<void> => {
      while (sent < 1000 || reloads < 50) {
        sent += 1;
        const which = sent % 2;
        const answer = shown(await (server as TestServer).validate((which === 0 ? review : pod)(`u-${sent}`)));
        seen[which]?.set(answer, (seen[which]?.get(answer) ?? 0) + 1);
      }
    };
    await Promise.all([reloading, ...Array.from({ length: 8 }, asking)]);
    for (const which of [0, 1]) {
      const allowed = known.map((answers) => answers[which] ?? '');
      expect([...(seen[which]?.keys() ?? [])].filter((answer) => !allowed.includes(answer))).toEqual([]);
      // Both were in force for some of them.
      expect(seen[which]?.size).toBe(2);
    }
    expect(sent).toBeGreaterThanOrEqual(1000);
    expect(told('configuration changed').length).toBeGreaterThanOrEqual(50);
  }, 240_000);
});
