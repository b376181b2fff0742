/** A server that uses signed policies only: what somebody else puts in their place changes no decision, before and after a restart. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import { until } from '../support/patience.ts';
import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { folder, makeKey, signed, signerDocument, written } from '../unit/signed/support.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import { serveRepo, TufRepo } from '../world/tuf.ts';
import { createWorld } from '../world/world.ts';
import { parse, parseAllDocuments } from 'yaml';
import { ownReview } from '../support/own.ts';
import { podReview } from '../world/review.ts';

const [alice, mallory, recordKey] = [makeKey('alice'), makeKey('mallory'), makeKey('record')];
// Nothing answers there, and nobody has to: a policy that enforces denies what it cannot verify.
const IMAGE = `127.0.0.1:1/acme/app@sha256:${'ab'.repeat(32)}`;
const document = (kind: string, name: string, version: number, spec: object): string =>
  `apiVersion: gatehouse.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}, annotations: {gatehouse.dev/version: "${version}"}}\nspec: ${JSON.stringify(spec)}\n`;
const release = document('Signer', 'release', 1, { identities: [{ key: { data: alice.publicPem } }] });
const policies = (version: number, mode: string): string =>
  `${release}---\n${document('ClusterArtifactPolicy', 'acme', version, { artifacts: [{ image: '127.0.0.1:1/**' }], mode, require: [{ name: 'signed', signature: { by: ['release'] } }] })}`;
const [auditFirst, enforced] = [await signed(policies(1, 'audit'), alice), await signed(policies(2, 'enforce'), alice)];
const signers = written(signerDocument('alice', alice));

const servers: TestServer[] = [];
afterEach(async () => { for (const server of servers.splice(0)) await server.close(); });

async function start(text: string, more: object = {}, config: object = {}) {
  const server = await startTestServer({ 'p.yaml': text }, { unmatched: 'allow', plainHttp: ['127.0.0.1:1'], policySignatures: { signers: [signers], ...more }, ...config });
  servers.push(server);
  const lines = (message: string): Record<string, unknown>[] => server.log.filter(({ msg }) => String(msg).includes(message));
  return {
    server, lines,
    allowed: async () => (await server.validate(podReview({ images: [IMAGE] }))).allowed,
    ready: async () => (await server.ops('/readyz')).status === 200,
    metric: async (name: string) => Number(new RegExp(`^gatehouse_${name.replaceAll(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec((await server.ops('/metrics')).text)?.[1] ?? -1),
    /** Puts this in place of the policies, and waits until the server has said so many times what came of it. */
    async put(next: string, message: string) {
      const before = lines(message).length;
      writeFileSync(join(server.policyFolder, 'p.yaml'), next);
      await until(() => lines(message).length > before, `waited in vain for: ${message}`);
    },
  };
}
const record = async (name: string, text: string, ...flags: string[]): Promise<string> => {
  const file = join(folder, name);
  expect((await ranCommandLine('policy', 'record', written(text), '--key', recordKey.file, '-o', file, ...flags)).code).toBe(0);
  return file;
};

describe('signed policies', () => {
  test('unsigned and strangers\' policies never come into force, at the start and later; what was good stays', async () => {
    const server = await start(await signed(policies(1, 'audit'), mallory));
    expect([await server.ready(), await server.metric('policy_signature_refusals_total{because="untrusted"}')]).toEqual([false, 2]);
    await server.put(enforced, 'policies loaded');
    expect([await server.ready(), await server.allowed()]).toEqual([true, false]);
    for (const [text, because] of [[policies(3, 'audit'), 'unsigned'], [await signed(policies(3, 'audit'), mallory), 'untrusted'], [enforced.replace('enforce', 'audit'), 'changed']] as const) {
      await server.put(text, 'new policies refused');
      expect([because, await server.allowed(), await server.metric(`policy_signature_refusals_total{because="${because}"}`)]).toEqual([because, false, expect.any(Number)]);
      expect(await server.metric(`policy_signature_refusals_total{because="${because}"}`)).toBeGreaterThan(0);
    }
  });

  test('an older version that was signed once is refused, after the policies were deleted too', async () => {
    const server = await start(enforced);
    await server.put(auditFirst, 'new policies refused');
    expect(await server.metric('policy_signature_refusals_total{because="older"}')).toBe(1);
    await server.put('', 'new policies refused');
    await server.put(auditFirst, 'new policies refused');
    expect(await server.allowed()).toBe(false);
    await server.put(await signed(policies(3, 'audit'), alice), 'policies loaded');
    expect(await server.allowed()).toBe(true);
  });

  test('the record outlives a restart: who holds its key writes it, replicas read it', async () => {
    const file = await record('outlives.json', auditFirst);
    const writer = await start(enforced, { record: { file, key: recordKey.file } });
    await until(() => JSON.parse(Buffer.from((JSON.parse(readFileSync(file, 'utf8')) as { payload: string }).payload, 'base64').toString()).documents['ClusterArtifactPolicy/acme'].version === 2);
    await writer.server.close();
    servers.pop();
    const publicKey = written(recordKey.publicPem);
    const replica = await start(auditFirst, { record: { file, publicKey } });
    expect([await replica.ready(), await replica.metric('policy_signature_refusals_total{because="older"}')]).toEqual([false, 1]);
    await replica.put(enforced, 'policies loaded');
    expect(await replica.allowed()).toBe(false);
  });

  test('a record that is lost is told, nothing new is believed, and one made by hand brings it back', async () => {
    const file = await record('lost.json', auditFirst);
    const server = await start(auditFirst, { record: { file, key: recordKey.file } });
    expect([await server.ready(), await server.metric('policy_record_lost')]).toEqual([true, 0]);
    rmSync(file);
    await until(() => server.lines('record of versions of policies is lost').length > 0);
    expect(await server.metric('policy_record_lost')).toBe(1);
    await server.put(enforced, 'new policies refused');
    expect([await server.allowed(), await server.metric('policy_signature_refusals_total{because="recordLost"}')]).toEqual([true, 1]);
    const loaded = server.lines('policies loaded').length;
    await record('lost.json', auditFirst);
    const made = readFileSync(file, 'utf8');
    await until(() => server.lines('policies loaded').length > loaded);
    await until(async () => !(await server.allowed()));
    // The server raises it a moment after: what is taken away before that would be written anew.
    await until(() => readFileSync(file, 'utf8') !== made, 'the record is not raised');
    expect(await server.metric('policy_record_lost')).toBe(0);
    // While nothing new came nothing was refused, and nothing is to be judged again.
    const [kept, before] = [readFileSync(file), server.lines('policies loaded').length];
    rmSync(file);
    await until(async () => (await server.metric('policy_record_lost')) === 1);
    writeFileSync(file, kept);
    await until(async () => (await server.metric('policy_record_lost')) === 0);
    await new Promise((done) => setTimeout(done, 500));
    expect(server.lines('policies loaded').length).toBe(before);
  });

  test('without its record a server does not start believing; with one of another key neither', async () => {
    const missing = await start(enforced, { record: { file: join(folder, 'never.json'), key: recordKey.file } });
    expect([await missing.ready(), await missing.metric('policy_signature_refusals_total{because="recordLost"}')]).toEqual([false, 2]);
    const forged = await start(enforced, { record: { file: await record('forged.json', auditFirst), publicKey: written(mallory.publicPem) } });
    expect([await forged.ready(), await forged.metric('policy_record_lost')]).toEqual([false, 1]);
  });

  test('a signer who is taken out signs nothing more, a signers file that is broken changes nothing', async () => {
    const file = written(signerDocument('alice', alice));
    const server = await start(enforced, { signers: [file] });
    writeFileSync(file, '{');
    await until(() => server.lines('new signers of policies refused').length > 0);
    await server.put(await signed(policies(3, 'audit'), alice), 'policies loaded');
    expect(await server.allowed()).toBe(true);
    writeFileSync(file, signerDocument('mallory', mallory));
    await until(() => server.lines('would be refused now, and stays in force').length > 0);
    await server.put(await signed(policies(4, 'enforce'), alice), 'new policies refused');
    expect(await server.allowed()).toBe(true);
    await server.put(await signed(policies(4, 'enforce'), mallory), 'policies loaded');
    expect(await server.allowed()).toBe(false);
  });

  test('require: false tells what would be refused, and uses it; kinds that are excepted need no signature', async () => {
    const trial = await start(policies(1, 'enforce'), { require: false });
    expect([await trial.ready(), trial.lines('would be refused').length, await trial.metric('policy_signature_refusals_total{because="unsigned"}')]).toEqual([true, 2, 2]);
    const tenant = document('ArtifactPolicy', 'own', 1, { artifacts: [{ image: '127.0.0.1:1/**' }], require: [{ name: 'signed', signature: { by: ['release'] } }] }).replace('name: own', 'name: own, namespace: shop');
    expect(await (await start(`${enforced}---\n${tenant}`)).ready()).toBe(false);
    expect(await (await start(`${enforced}---\n${tenant}`, { except: ['ArtifactPolicy'] })).ready()).toBe(true);
  });

  test('objects of several sources: what is refused for its signature falls back for itself, and what was let through counts when it is in force', async () => {
    const second = written(document('ClusterArtifactPolicy', 'second', 1, {}));
    const policy = (version: number, mode: string): Promise<string> =>
      signed(document('ClusterArtifactPolicy', 'second', version, { artifacts: [{ image: '127.0.0.1:1/**' }], mode, require: [{ name: 'signed', signature: { by: ['release'] } }] }), alice);
    writeFileSync(second, await policy(2, 'enforce'));
    const server = await start(auditFirst, {}, { policySources: [{ files: second }] });
    expect([await server.ready(), await server.allowed()]).toEqual([true, false]);
    const before = server.lines('refused').length;
    writeFileSync(second, await policy(1, 'audit'));
    await until(() => server.lines('refused').length > before);
    expect([await server.allowed(), await server.metric('policy_signature_refusals_total{because="older"}')]).toEqual([false, 1]);
    // Signed, and broken: it never comes into force, so what is older than it may.
    writeFileSync(second, await signed(document('ClusterArtifactPolicy', 'second', 9, { artifacts: [{ image: '127.0.0.1:1/**' }], require: [{ name: 'x', signature: { by: ['nobody'] } }] }), alice));
    const again = server.lines('refused').length;
    await until(() => server.lines('refused').length > again || server.lines('nobody').length > 0);
    const loaded = server.lines('policies loaded').length;
    writeFileSync(second, await policy(3, 'audit'));
    await until(() => server.lines('policies loaded').length > loaded);
    expect(await server.allowed()).toBe(true);
  });

  test('at admission: an object that nobody signed is denied with the reason, a signed one is not, and a deletion never', async () => {
    const { server } = await start(enforced, {}, { administrators: ['security'] });
    const object = async (by: Parameters<typeof signed>[1] | undefined, version = 1) => {
      const text = document('ClusterArtifactPolicy', 'acme-web', version, { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['release'] } }] });
      return parse(by === undefined ? text : await signed(text, by)) as Parameters<typeof ownReview>[0];
    };
    const asked = async (one: Parameters<typeof ownReview>[0], options: object = {}) => server.validate(ownReview(one, { groups: ['security'], ...options }));
    expect(await asked(await object(alice))).toMatchObject({ allowed: true });
    for (const [by, message] of [[undefined, /metadata\.name.*carries no signature/s], [mallory, /nobody who is listed/]] as const) {
      const answer = await asked(await object(by));
      expect([answer.allowed, answer.status?.message]).toEqual([false, expect.stringMatching(message)]);
      expect((await asked(await object(by), { operation: 'DELETE', oldObject: await object(by) })).allowed).toBe(true);
    }
    // Somebody puts back what was in force once.
    const older = parseAllDocuments(auditFirst).map((one) => one.toJS() as Parameters<typeof ownReview>[0])[1];
    if (older === undefined) throw new Error('no policy');
    expect((await asked(older)).status?.message).toMatch(/older than version 2/);
  });

  test('policies of a registry decide, and an unsigned newer tag changes nothing', async () => {
    const registry = await startRegistry();
    try {
      const name = `${registry.host}/acme/policies`;
      const files = async (text: string, version: number): Promise<string> =>
        (await ranCommandLine('policy', 'push', `${name}:v`, written(text), '--set-version', String(version), '--plain-http', registry.host)).stdout.trim().split('@')[1] ?? '';
      const world = createWorld({ now: Date.now() });
      const key = world.key();
      const sign = async (digest: string): Promise<void> => {
        const manifest = registry.getManifest('acme/policies', digest);
        await pushReferrer(registry, 'acme/policies', bundleReferrer({ digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', manifest } as never, keyBundle(world, { key, digest: digest as never })));
      };
      await sign(await files(auditFirst, 1));
      const signedBy = [written(signerDocument('registry', { file: '', publicPem: key.publicKeyPem }, {}))];
      const server = await startTestServer({}, { unmatched: 'allow', policies: [], plainHttp: ['127.0.0.1:1', registry.host], policySources: [{ oci: { ref: `${name}:v`, signedBy, refresh: '1s' } }] });
      servers.push(server);
      const allowed = async (): Promise<boolean> => (await server.validate(podReview({ images: [IMAGE] }))).allowed;
      const metrics = async (): Promise<string> => (await server.ops('/metrics')).text;
      await until(async () => (await server.ops('/readyz')).status === 200);
      expect([await allowed(), await metrics()]).toEqual([true, expect.stringMatching(/gatehouse_policy_source_info\{source="oci .*",version="sha256:.* \(version 1\)"\} 1/)]);
      const version = (): unknown => (server.log.filter(({ msg }) => msg === 'decision').at(-1)?.['policySources'] as readonly object[])[0];
      await until(() => server.log.some(({ msg }) => msg === 'decision'));
      expect(version()).toEqual({ source: expect.stringMatching(/^policies oci .*\/acme\/policies$/) as string, digest: expect.stringMatching(/^sha256:/) as string, version: expect.stringMatching(/^sha256:[0-9a-f]{64} \(version 1\)$/) as string });
      const second = await files(enforced, 2);
      await until(() => server.log.some(({ msg }) => String(msg).includes('policies cannot be brought, those that are there stay')));
      expect(await allowed()).toBe(true);
      await sign(second);
      await until(async () => !(await allowed()));
      await until(() => String((version() as { version: string }).version).endsWith('(version 2)'));
      expect(await metrics()).toMatch(/version="sha256:.* \(version 2\)"/);
    } finally {
      await registry.close();
    }
  });

  test('policies of a TUF repository decide after a restart while the mirror is down or hangs, where there is a folder for them, and what it has later comes', async () => {
    const repo = new TufRepo({ now: Date.now() });
    repo.addTarget('acme.yaml', policies(1, 'enforce'));
    const mirror = await serveRepo(repo);
    try {
      const [cacheDir, root] = [join(folder, 'tuf-cache'), join(folder, 'root.json')];
      writeFileSync(root, repo.roots[0] ?? '');
      const tuf = { mirror: `${mirror.url}/metadata`, targetsUrl: `${mirror.url}/targets`, root, targets: ['acme.yaml'], refresh: '1s' };
      const begin = async (trust: object): Promise<TestServer> => {
        const server = await startTestServer({}, { unmatched: 'allow', policies: [], plainHttp: ['127.0.0.1:1', new URL(mirror.url).host], policySources: [{ tuf }], trust });
        servers.push(server);
        return server;
      };
      const says = async (server: TestServer): Promise<boolean> => (await server.validate(podReview({ images: [IMAGE] }))).allowed;
      const ready = async (server: TestServer): Promise<boolean> => (await server.ops('/readyz')).status === 200;
      const first = await begin({ cacheDir });
      await until(() => ready(first));
      await first.close();
      servers.pop();
      for (const answer of [(_: unknown, response: { writeHead(status: number): { end(): void } }) => { response.writeHead(503).end(); }, () => undefined]) {
        mirror.intercept = (request, response) => (answer(request, response), true);
        const again = await begin({ cacheDir });
        expect([await ready(again), await says(again)]).toEqual([true, false]);
        if (answer.length === 2) expect(await ready(await begin({}))).toBe(false);
        mirror.intercept = undefined;
        if (answer.length === 0) continue;
        repo.addTarget('acme.yaml', policies(2, 'audit'));
        repo.publish('targets');
        await until(() => says(again));
        repo.addTarget('acme.yaml', policies(3, 'enforce'));
        repo.publish('targets');
        await until(async () => !(await says(again)));
      }
    } finally {
      await mirror.close();
    }
  });

  test('two tags of one repository are two sources: what is wrong with the one is not wrong with the other, and each has its own versions', async () => {
    const registry = await startRegistry();
    try {
      const name = `${registry.host}/acme/policies`;
      const world = createWorld({ now: Date.now() });
      const key = world.key();
      const put = async (tag: string, version: number, text: string): Promise<void> => {
        // Both files have one name, as they have in most repositories.
        const file = join(folder, 'acme.yaml');
        writeFileSync(file, text);
        const pushed = await ranCommandLine('policy', 'push', `${name}:${tag}`, file, '--set-version', String(version), '--plain-http', registry.host);
        const digest = pushed.stdout.trim().split('@')[1] ?? '';
        const manifest = registry.getManifest('acme/policies', digest);
        await pushReferrer(registry, 'acme/policies', bundleReferrer({ digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', manifest } as never, keyBundle(world, { key, digest: digest as never })));
      };
      const policy = (who: string, mode: string): string =>
        document('ClusterArtifactPolicy', who, 1, { artifacts: [{ image: `127.0.0.1:1/${who}/**` }], mode, require: [{ name: 'signed', signature: { by: ['release'] } }] });
      const allowed = async (who: string): Promise<boolean> => (await server.validate(podReview({ images: [IMAGE.replace('acme', who)] }))).allowed;
      await put('one', 7, `${release}---\n${policy('one', 'enforce')}`);
      await put('two', 1, policy('two', 'audit'));
      const signedBy = [written(signerDocument('registry', { file: '', publicPem: key.publicKeyPem }, {}))];
      const sources = ['one', 'two'].map((tag) => ({ oci: { ref: `${name}:${tag}`, signedBy, refresh: '1s' } }));
      const server = await startTestServer({}, { unmatched: 'allow', policies: [], plainHttp: ['127.0.0.1:1', registry.host], policySources: sources });
      servers.push(server);
      await until(async () => (await server.ops('/readyz')).status === 200);
      expect([await allowed('one'), await allowed('two')]).toEqual([false, true]);
      const isTold = (): boolean => server.log.some((line) => JSON.stringify(line).includes('policies (2)/acme.yaml'));
      await put('two', 2, policy('two', 'nonsense'));
      await until(isTold);
      expect([await allowed('one'), await allowed('two')]).toEqual([false, true]);
      await put('one', 8, `${release}---\n${policy('one', 'audit')}`);
      await until(() => allowed('one'));
      expect(await allowed('two')).toBe(true);
      // Back to what was there before it broke, and on from there.
      await put('two', 1, policy('two', 'audit'));
      await put('two', 2, policy('two', 'enforce'));
      await until(async () => !(await allowed('two')));
    } finally {
      await registry.close();
    }
  });

  test.each<[string, object, RegExp]>([
    ['signers who may sign nothing', { signers: [written(signerDocument('alice', alice, {}))] }, /found 0/],
    ['no signers', { signers: [join(folder, 'none.yaml')] }, /no such policy folder or file/],
    ['policies among signers', { signers: [written(policies(1, 'enforce'))] }, /found ClusterArtifactPolicy/],
    ['more signatures than signers', { threshold: 2 }, /expected 2 or more signers/],
    ['a private key that is none', { record: { file: 'x', key: signers } }, /policySignatures\.record/],
  ])('does not start with %s', async (_, more, message) => {
    await expect(start(enforced, more)).rejects.toThrow(message);
  });
});
