// From where the policies came that something was judged by: every decision and receipt names each source as it was in force, and nothing else changes it.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SourceState } from '../../src/domain/decision/source-state.ts';
import { ranCommandLine } from '../support/command-line.ts';
import { startGate } from '../support/gate.ts';
import { ownReview } from '../support/own.ts';
import { until } from '../support/patience.ts';
import { PolicyApiServer, startWithResources } from '../support/resources.ts';
import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { podReview } from '../world/review.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => { for (const end of ending.splice(0).toReversed()) await end(); });

const HEAD = { apiVersion: 'gatehouse.dev/v1alpha1' };
const IMAGE = `r.example/app@sha256:${'1'.repeat(64)}`;
const key = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string;
const signer = { identities: [{ key: { data: key } }] };
const policy = (image: string, more: object = {}): object => ({ artifacts: [{ image }], require: [{ name: 'signed', signature: { by: ['alice'] } }], ...more });
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ ...HEAD, kind, metadata: { name }, spec })}\n`;
const FILES = { 'signer.yaml': document('Signer', 'alice', signer), 'policy.yaml': document('ClusterArtifactPolicy', 'files', policy('files.example/**')) };

const decisions = (server: TestServer): readonly Record<string, unknown>[] => server.log.filter(({ msg }) => msg === 'decision');
const loaded = (server: TestServer): number => server.log.filter(({ msg }) => msg === 'policies loaded').length;

/** The sources that the line of log of a decision of now names. */
async function sourcesOf(server: TestServer, review: unknown = podReview({ images: [IMAGE] })): Promise<readonly SourceState[]> {
  const before = decisions(server).length;
  await server.validate(review);
  await until(() => decisions(server).length > before);
  return decisions(server).at(-1)?.['policySources'] as readonly SourceState[];
}

const digestOf = (sources: readonly SourceState[], name: string): string | undefined => sources.find(({ source }) => source === name)?.digest;

describe('a folder', () => {
  const start = async (): Promise<TestServer> => {
    const server = await startTestServer(FILES);
    ending.push(() => server.close());
    return server;
  };
  const write = async (server: TestServer, name: string, text: string): Promise<void> => {
    const before = loaded(server);
    writeFileSync(join(server.policyFolder, name), text);
    await until(() => loaded(server) > before);
  };

  test('its digest is that of its contents, at the server and in a command, and what a shell reckons', async () => {
    const server = await start();
    const sources = await sourcesOf(server);
    const reckoned = execFileSync('sh', ['-c', `sha256sum "${server.policyFolder}"/*.yaml | cut -c1-64 | LC_ALL=C sort | sha256sum | cut -c1-64`], { encoding: 'utf8' }).trim();
    expect(sources).toEqual([{ source: 'policies-files', digest: `sha256:${reckoned}` }]);
    const { stdout } = await ranCommandLine('verify', IMAGE, '-p', server.policyFolder, '--offline', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ policySources: sources });
    const admitted = await ranCommandLine('admit', IMAGE, '-p', server.policyFolder, '--offline', '-o', 'json');
    expect(JSON.parse(admitted.stdout)).toMatchObject({ policies: [{ policySources: sources }] });
    expect((await server.ops('/metrics')).text).toContain(`gatehouse_policy_source_in_force_info{source="policies-files",digest="sha256:${reckoned}",version=""} 1`);
    expect((await server.ops('/metrics')).text).toContain('gatehouse_policy_documents{source="policies-files",state="good"} 2');
  });

  test('changes with every policy, and not by touching a file; what is refused is not what is in force', async () => {
    const server = await start();
    const first = digestOf(await sourcesOf(server), 'policies-files');
    const touched = new Date(Date.now() - 3_600_000);
    utimesSync(join(server.policyFolder, 'policy.yaml'), touched, touched);
    writeFileSync(join(server.policyFolder, 'policy.yaml'), `${FILES['policy.yaml']}nonsense: [`);
    await until(() => server.log.some(({ msg }) => String(msg).startsWith('new policies refused')));
    expect(digestOf(await sourcesOf(server), 'policies-files')).toBe(first);
    expect((await server.ops('/metrics')).text).toContain('gatehouse_policy_documents{source="policies-files",state="lastGood"} 2');
    await write(server, 'policy.yaml', document('ClusterArtifactPolicy', 'files', policy('other.example/**')));
    const second = digestOf(await sourcesOf(server), 'policies-files');
    expect(second).not.toBe(first);
    await write(server, 'policy.yaml', FILES['policy.yaml']);
    expect(digestOf(await sourcesOf(server), 'policies-files')).toBe(first);
  });
});

describe('folders and objects of the cluster', () => {
  const start = async (): Promise<{ readonly api: PolicyApiServer; readonly server: TestServer }> => {
    const api = new PolicyApiServer();
    await api.start();
    ending.push(() => api.stop());
    api.put('/api/v1/namespaces', { metadata: { name: 'default', labels: {} } });
    api.apply('ClusterArtifactPolicy', 'images', policy('r.example/**'));
    const server = await startWithResources(api, {}, FILES);
    ending.push(() => server.close());
    await until(() => api.watching === 8);
    return { api, server };
  };
  const after = async (server: TestServer, change: () => void): Promise<readonly SourceState[]> => {
    const before = loaded(server);
    change();
    await until(() => loaded(server) > before);
    return sourcesOf(server);
  };

  test('each has its own digest: that of objects changes with what authors write, and not with their status', async () => {
    const { api, server } = await start();
    const first = await sourcesOf(server);
    expect(first.map(({ source }) => source)).toEqual(['policies-files', 'policies-cluster']);
    expect(digestOf(first, 'policies-files')).toBe(`sha256:${execFileSync('sh', ['-c', `sha256sum "${server.policyFolder}"/*.yaml | cut -c1-64 | LC_ALL=C sort | sha256sum | cut -c1-64`], { encoding: 'utf8' }).trim()}`);
    api.apply('ClusterArtifactPolicy', 'images', policy('r.example/**'), { top: { status: { conditions: [{ type: 'Ready' }] } }, metadata: { labels: { a: 'b' } } });
    // Something else that is told after it.
    const changed = await after(server, () => api.apply('ClusterArtifactPolicy', 'more', policy('more.example/**')));
    const gone = await after(server, () => api.delete('ClusterArtifactPolicy', 'more'));
    expect(gone).toEqual(first);
    expect(digestOf(changed, 'policies-cluster')).not.toBe(digestOf(first, 'policies-cluster'));
    expect(digestOf(changed, 'policies-files')).toBe(digestOf(first, 'policies-files'));
  });

  test('an object that is broken now stands with its last good form, one that never was good for itself', async () => {
    const { api, server } = await start();
    const first = await sourcesOf(server);
    const broken = await after(server, () => api.apply('ClusterArtifactPolicy', 'images', policy('r.example/**', { treshold: 2 })));
    expect(broken).toEqual(first);
    const never = await after(server, () => api.apply('ClusterArtifactPolicy', 'never', policy('n.example/**', { treshold: 2 })));
    const other = await after(server, () => api.apply('ClusterArtifactPolicy', 'never', policy('m.example/**', { treshold: 2 })));
    expect(new Set([first, never, other].map((sources) => digestOf(sources, 'policies-cluster'))).size).toBe(3);
    const { text } = await server.ops('/metrics');
    for (const [state, count] of [['good', 0], ['lastGood', 1], ['standIn', 1]]) expect(text).toContain(`gatehouse_policy_documents{source="policies-cluster",state="${state}"} ${count}`);
    expect(text).toContain('gatehouse_policy_documents{source="policies-files",state="good"} 2');
  });

  test('a decision about a resource of ours names them as well', async () => {
    const { server } = await start();
    const review = ownReview({ ...HEAD, kind: 'ClusterArtifactPolicy', metadata: { name: 'tried' }, spec: policy('t.example/**') } as never);
    expect((await sourcesOf(server, review)).map(({ source }) => source)).toEqual(['policies-files', 'policies-cluster']);
  });
});

describe('receipts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-states-'));
  let gate: Awaited<ReturnType<typeof startGate>>;
  beforeAll(async () => {
    writeFileSync(join(folder, 'key-1.pem'), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
    gate = await startGate({ policies: () => ({}), namespaces: { ci: {} }, config: { gate: { receipts: { keys: folder, settle: '0s' } } } });
  });
  afterAll(async () => {
    await gate.close();
    rmSync(folder, { recursive: true, force: true });
  });
  interface Answered { readonly receipt: string; readonly policyGeneration: string; readonly policySources: readonly SourceState[] }

  test('a receipt names the set and the sources that it was given under, and keeps them when these have changed since', async () => {
    const pod = gate.pod();
    const ask = async () => (await gate.admit(pod, { artifacts: [{ kind: 'image', uri: gate.good }] })) as unknown as Answered;
    const claims = async (receipt: string) => (JSON.parse((await gate.call(pod, 'POST', '/v1/verify-receipt', { receipt, artifact: { kind: 'image', uri: gate.good } })).text) as { valid: boolean; receipt: Answered });
    const first = await ask();
    expect(first.policySources).toEqual([{ source: 'policies-files', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string }]);
    expect(await claims(first.receipt)).toMatchObject({ valid: true, receipt: { policyGeneration: first.policyGeneration, policySources: first.policySources } });
    const before = loaded(gate.server);
    writeFileSync(join(gate.server.policyFolder, 'aside.yaml'), document('ClusterArtifactPolicy', 'aside', policy('aside.example/**')));
    await until(() => loaded(gate.server) > before);
    const second = await ask();
    expect([second.policyGeneration === first.policyGeneration, second.policySources[0]?.digest === first.policySources[0]?.digest]).toEqual([false, false]);
    expect(await claims(first.receipt)).toMatchObject({ valid: true, receipt: { policyGeneration: first.policyGeneration, policySources: first.policySources } });
    expect(await claims(second.receipt)).toMatchObject({ valid: true, receipt: { policyGeneration: second.policyGeneration, policySources: second.policySources } });
  });
});
