import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { cpuNow } from '../support/cpu.ts';
import { until } from '../support/patience.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** A set of policies that demands less than the one before is never adopted in silence. */

const pem = createWorld({ now: 0 }).key().publicKeyPem;
// Nothing answers there, and nobody has to: a policy that enforces denies what it cannot verify.
const IMAGE = `127.0.0.1:1/acme/app@sha256:${'ab'.repeat(32)}`;
const document = (kind: string, metadata: object, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata, spec })}\n---\n`;
const SIGNER = document('Signer', { name: 's' }, { identities: [{ key: { data: pem } }] });
const policy = (name = 'acme', spec: object = {}, namespace?: string): string =>
  document(namespace === undefined ? 'ClusterArtifactPolicy' : 'ArtifactPolicy', { name, ...(namespace === undefined ? {} : { namespace }) }, {
    artifacts: [{ image: '127.0.0.1:1/acme/**' }], require: [{ name: 'signed', signature: { by: ['s'] } }, { name: 'attested', attestation: { type: 'https://example.com/v1', by: ['s'] } }], ...spec,
  });

const servers: TestServer[] = [];
afterEach(async () => { for (const server of servers.splice(0)) await server.close(); });

async function start(files: Record<string, string>, config: Record<string, unknown> = {}) {
  const server = await startTestServer(files, { unmatched: 'warn', plainHttp: ['127.0.0.1:1'], ...config });
  servers.push(server);
  const ops = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${server.running.opsPort}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  /** Puts files in the place of those that are there, as one change. */
  const publish = (next: Record<string, string>): void => {
    const made = `${server.policyFolder}.next`;
    mkdirSync(made);
    for (const [name, text] of Object.entries(next)) writeFileSync(join(made, name), text);
    renameSync(server.policyFolder, `${server.policyFolder}.old`);
    renameSync(made, server.policyFolder);
    rmSync(`${server.policyFolder}.old`, { recursive: true });
  };
  const lines = (message: string): Record<string, unknown>[] => server.log.filter(({ msg }) => String(msg).includes(message));
  const metric = async (name: string): Promise<number> => Number(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec((await ops('/metrics')).text)?.[1] ?? 0);
  return { server, ops, publish, lines, metric, ask: (image = IMAGE) => server.validate(podReview({ images: [image] })) };
}

describe('a set without policies', () => {
  test.each<[string, Record<string, string>]>([
    ['no file', {}],
    ['a comment alone', { 'p.yaml': '# nothing\n' }],
    ['a signer and no policy', { 'p.yaml': SIGNER }],
  ])('S2: after one with policies is refused: %s', async (_what, next) => {
    const { ask, publish, ops, metric, lines } = await start({ 'p.yaml': SIGNER + policy() });
    expect((await ask()).allowed).toBe(false);
    publish(next);
    await until(() => lines('new policies refused').length > 0);
    expect(await ask()).toMatchObject({ allowed: false, status: { code: 503 } });
    expect((await ops('/readyz')).status).toBe(200);
    expect([await metric('gatehouse_policy_reload_failures_total'), await metric('gatehouse_policies')]).toEqual([1, 1]);
    expect(JSON.stringify(lines('new policies refused'))).toContain('allowNoPolicies: true');
  });

  test('S2: at the start is not ready and answers undetermined, and recovers', async () => {
    const { ask, ops, publish, metric, server } = await start({});
    expect((await ops('/readyz')).status).toBe(503);
    expect(await metric('gatehouse_policy_ready')).toBe(0);
    const answer = await ask();
    expect([answer.allowed, answer.status?.code, codes(answer)]).toEqual([false, 503, ['POLICY_UNAVAILABLE']]);
    publish({ 'p.yaml': SIGNER + policy() });
    await until(async () => (await ops('/readyz')).status === 200);
    expect((await server.ops('/decisions')).status).toBe(200);
  });

  test('S2: that is said to be meant is ready, and unmatched decides', async () => {
    const { ask, ops, publish, metric, lines } = await start({}, { allowNoPolicies: true });
    expect((await ops('/readyz')).status).toBe(200);
    expect(await ask()).toMatchObject({ allowed: true });
    publish({ 'p.yaml': SIGNER + policy() });
    await until(async () => !(await ask()).allowed);
    publish({ 'p.yaml': SIGNER });
    await until(async () => (await ask()).allowed);
    expect(lines('is lost')).toMatchObject([{ policy: 'acme', what: 'deleted' }]);
    expect(await metric('gatehouse_policy_lost_total{what="deleted"}')).toBe(1);
  });
});

describe('a set that lost an enforced policy', () => {
  const other = policy('other', { artifacts: [{ image: '127.0.0.1:1/other/**' }] });

  test.each<[string, string, readonly object[]]>([
    ['deleted', '', [{ what: 'deleted', detail: 'it is gone' }]],
    ['renamed', policy('better'), [{ what: 'deleted', detail: expect.stringContaining('better') }]],
    ['now for one namespace', policy('acme', {}, 'team'), [{ what: 'deleted' }]],
    ['warning only', policy('acme', { mode: 'warn' }), [{ what: 'mode', detail: 'mode is warn' }]],
    ['auditing only', policy('acme', { mode: 'audit' }), [{ what: 'mode' }]],
    ['over fewer images', policy('acme', { artifacts: [{ image: '127.0.0.1:1/acme/app' }] }), [{ what: 'patterns', detail: 'no longer over 127.0.0.1:1/acme/**' }]],
    ['over one segment only', policy('acme', { artifacts: [{ image: '127.0.0.1:1/acme/*' }] }), [{ what: 'patterns' }]],
    ['at another port', policy('acme', { artifacts: [{ image: '127.0.0.1:2/acme/**' }] }), [{ what: 'patterns' }]],
    ['with a namespace left out', policy('acme', { namespaces: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['dev'] }] } }), [{ what: 'namespaces', detail: expect.stringContaining('notin (dev)') }]],
    ['for containers only', policy('acme', { usedAs: ['container'] }), [{ what: 'usedAs' }]],
    ['with one demand fewer', policy('acme', { require: [{ name: 'signed', signature: { by: ['s'] } }] }), [{ what: 'demands', detail: '"attested" is not required any more' }]],
    ['with a demand that is milder', policy('acme', { require: [{ name: 'signed', signature: { by: ['s'] } }, { name: 'attested', signature: { by: ['s'], maxAge: '1h' } }] }), [{ what: 'demands', detail: '"attested" is signature, was attestation' }]],
    ['in two ways', policy('acme', { mode: 'warn', usedAs: ['container'] }), [{ what: 'mode' }, { what: 'usedAs' }]],
  ])('S2: %s: warned of in log and metrics, by name', async (_what, next, expected) => {
    const { publish, lines, metric } = await start({ 'p.yaml': SIGNER + policy() + other });
    publish({ 'p.yaml': SIGNER + other + next });
    await until(() => lines('policies loaded').length > 1);
    expect(lines('is lost')).toMatchObject(expected.map((one) => ({ policy: 'acme', ...one })));
    for (const { what } of expected as { what: string }[]) expect(await metric(`gatehouse_policy_lost_total{what="${what}"}`)).toBe(1);
  });

  test.each<[string, string]>([
    ['the same, written in another order', other + policy()],
    ['over more images', policy('acme', { artifacts: [{ image: '127.0.0.1:1/**' }] }) + other],
    ['over every image', policy('acme', { artifacts: [{ image: '**' }] }) + other],
    ['with one demand more', policy('acme', { requireDigest: true }) + other],
    ['beside a new one', policy() + other + policy('third')],
  ])('S2: %s: nothing is lost, and nothing said', async (_what, next) => {
    const { publish, lines } = await start({ 'p.yaml': SIGNER + policy() + other });
    publish({ 'p.yaml': `# changed\n${SIGNER}${next}` });
    await until(() => lines('policies loaded').length > 1);
    expect(lines('is lost')).toEqual([]);
  });

  test('S2: a policy on trial that is taken away is no loss', async () => {
    const { publish, lines } = await start({ 'p.yaml': SIGNER + policy('acme', { mode: 'audit' }) + other });
    publish({ 'p.yaml': SIGNER + other });
    await until(() => lines('policies loaded').length > 1);
    expect(lines('is lost')).toEqual([]);
  });
});

describe('ten thousand policies', () => {
  const many = (count: number, at: string, name = 'p'): string => Array.from({ length: count }, (_, index) => policy(`${name}${index}`, { artifacts: [{ image: `${at}/service-${index}/**` }] })).join('');

  test('M10: come into force without holding up whoever waits for an answer', async () => {
    const { publish, lines, ask } = await start({ 'p.yaml': SIGNER + policy() });
    // What the first requests load is not what is measured.
    for (let warm = 0; warm < 3; warm += 1) await ask();
    publish({ 'p.yaml': SIGNER + policy(), 'many.yaml': many(5000, 'one.example'), ...Object.fromEntries(Array.from({ length: 50 }, (_, file) => [`${file}.yaml`, many(100, `${file}.example`, `f${file}-`)])) });
    // The processor time of this thread between two turns of its event loop, which is the server's: no answer is later than that.
    const turns: number[] = [];
    let answers = 0;
    let last = cpuNow();
    const turn = (): void => {
      const now = cpuNow();
      turns.push(now - last);
      last = now;
    };
    let loaded = false;
    const turning = (async () => {
      while (!loaded) {
        turn();
        await new Promise((done) => setImmediate(done));
      }
    })();
    while (lines('policies loaded').length < 2 && lines('refused').length === 0) {
      expect((await ask()).allowed).toBe(false);
      answers += 1;
    }
    loaded = true;
    await turning;
    expect(lines('policies loaded').at(-1)).toMatchObject({ policies: 10_001 });
    // Compiled at once it is seconds. A busy machine may let a collection of garbage fall into a turn or two.
    const [longest = 0, , third = 0] = turns.toSorted((a, b) => b - a);
    expect(third).toBeLessThan(50);
    expect(longest).toBeLessThan(200);
    expect(answers).toBeGreaterThan(10);
  }, 120_000);
});
