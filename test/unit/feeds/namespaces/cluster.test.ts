import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKubeApi, findKubeAccess } from '../../../../src/cluster/api.ts';
import { openCluster } from '../../../../src/wiring/cluster.ts';
import { namespacesFromFile } from '../../../../src/feeds/namespaces/file.ts';
import { reflectNamespaces } from '../../../../src/feeds/namespaces/cluster.ts';
import type { NamespaceReflector, ReflectorOptions } from '../../../../src/feeds/namespaces/cluster.ts';
import { FakeKube } from '../../platform/support/kube-server.ts';
import { until } from '../../../support/patience.ts';

const ANY = new AbortController().signal;
let kube: FakeKube;
let reflector: NamespaceReflector | undefined;

beforeEach(async () => { kube = await new FakeKube().start(); });
afterEach(async () => {
  reflector?.close();
  reflector = undefined;
  await kube.stop();
});

function reflect(options: ReflectorOptions = {}): NamespaceReflector {
  const api = createKubeApi({ server: `http://127.0.0.1:${kube.port}`, options: () => Promise.resolve({}) });
  reflector = reflectNamespaces(api, { backoffMs: { first: 20, longest: 100 }, ...options });
  return reflector;
}

const listed = (): number => kube.requests.filter((path) => path.startsWith('/api/v1/namespaces?limit')).length;

describe('namespace reflector', () => {
  it('lists in pages, then follows additions, changes and deletions', async () => {
    for (let i = 0; i < 25; i += 1) kube.namespaces.set(`ns-${i}`, { n: String(i) });
    const labels = reflect({ pageSize: 10 });
    await until(() => kube.watching === 1);
    expect(listed()).toBe(3);
    expect(await labels.labels('ns-24', ANY)).toEqual({ n: '24' });
    kube.send('MODIFIED', 'ns-24', { n: 'new' });
    kube.send('ADDED', 'late', { late: 'yes' });
    kube.send('DELETED', 'ns-0');
    await until(async () => (await labels.labels('late', ANY))?.['late'] === 'yes' && (await labels.labels('ns-24', ANY))?.['n'] === 'new');
    expect(await labels.labels('ns-0', ANY)).toBeUndefined();
    expect(labels.age()).toBeLessThan(60_000);
  });

  it('R07 lists anew after 410 Gone, after a closed watch goes on from the bookmark', async () => {
    kube.namespaces.set('a', { v: '1' });
    const labels = reflect();
    await until(() => kube.watching === 1);
    kube.send('BOOKMARK', '', {});
    await new Promise((done) => setTimeout(done, 30));
    kube.endWatches();
    await until(() => kube.watching === 1 && kube.requests.some((path) => path.includes('resourceVersion=101')));
    expect(listed()).toBe(1);
    kube.watchErrors.push(410);
    kube.namespaces.set('a', { v: '2' });
    kube.endWatches();
    await until(async () => (await labels.labels('a', ANY))?.['v'] === '2');
    expect(listed()).toBe(2);
  });

  it('R07 an API server that refuses is asked again with growing pauses, and its last answer stays', async () => {
    kube.namespaces.set('a', { v: '1' });
    const problems: string[] = [];
    const labels = reflect({ failed: (problem) => void problems.push(problem), backoffMs: { first: 20, longest: 200 } });
    await until(() => kube.watching === 1);
    kube.failWith = 429;
    kube.endWatches();
    await until(() => problems.some((problem) => problem.includes('429')));
    await new Promise((done) => setTimeout(done, 700));
    expect(kube.requests.length).toBeLessThan(20);
    expect(await labels.labels('a', ANY)).toEqual({ v: '1' });
    kube.failWith = undefined;
    kube.namespaces.set('a', { v: '2' });
    await until(async () => (await labels.labels('a', ANY))?.['v'] === '2');
  });

  it('looks up a namespace that was created a moment ago', async () => {
    const labels = reflect();
    await until(() => kube.watching === 1);
    kube.namespaces.set('fresh', { env: 'prod' });
    expect(await labels.labels('fresh', ANY)).toEqual({ env: 'prod' });
  });

  it.each([
    ['the API server refuses', () => { kube.failWith = 500; }, 'a'],
    ['the namespace does not exist', () => undefined, 'a'],
    ['the name is a path', () => undefined, '../secrets'],
  ])('H17 labels are unknown, never empty, when %s', async (_name, prepare, name) => {
    const labels = reflect();
    prepare();
    expect(await labels.labels(name, ANY)).toBeUndefined();
    expect(kube.requests.join()).not.toContain('secrets');
  });

  it('H17 labels that were confirmed too long ago are asked for anew', async () => {
    kube.namespaces.set('a', { v: '1' });
    const labels = reflect({ staleMs: 50 });
    await until(() => kube.watching === 1);
    kube.failWith = 500;
    await new Promise((done) => setTimeout(done, 80));
    expect(await labels.labels('a', ANY)).toBeUndefined();
  });

  it('a service account or kubeconfig gives server and token', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-kube-')), 'config');
    writeFileSync(file, JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'c',
      clusters: [{ name: 'k', cluster: { server: `http://127.0.0.1:${kube.port}`, 'insecure-skip-tls-verify': true } }],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }], users: [{ name: 'u', user: { token: 'secret-token' } }],
    }));
    const access = await findKubeAccess(file, false);
    expect((await access?.options())?.headers).toMatchObject({ Authorization: 'Bearer secret-token' });
    kube.namespaces.set('a', { v: '1' });
    const cluster = await openCluster({ config: { kubernetes: { enabled: 'auto', kubeconfig: file, pullSecrets: false }, namespacesFile: undefined }, inCluster: false, readAuths: () => undefined, failed: () => undefined });
    await until(async () => (await cluster.namespaces.labels('a', ANY))?.['v'] === '1');
    cluster.close();
  });

  it('demanding an API server where there is none is an error; auto makes labels unknown', async () => {
    const open = (enabled: boolean | 'auto') => openCluster({ config: { kubernetes: { enabled, pullSecrets: true }, namespacesFile: undefined }, inCluster: false, readAuths: () => undefined, failed: () => undefined });
    await expect(open(true)).rejects.toThrow(/kubeconfig/);
    expect(await (await open('auto')).namespaces.labels('a', ANY)).toBeUndefined();
  });
});

describe('namespaces from a file', () => {
  const write = (text: string): string => {
    const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-ns-')), 'ns.yaml');
    writeFileSync(file, text);
    return file;
  };
  const ns = (name: string): string => `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {env: prod}}}`;

  it.each([
    ['documents', `${ns('a')}\n---\n${ns('b')}\n`],
    ['a list', `{kind: List, apiVersion: v1, items: [${ns('a')}, ${ns('b')}]}`],
    ['a sequence', `- ${ns('a')}\n- ${ns('b')}\n`],
    ['what the API server lists', JSON.stringify({ apiVersion: 'v1', kind: 'NamespaceList', items: ['a', 'b'].map((name) => ({ metadata: { name, labels: { env: 'prod' } } })) })],
    ['a name label that lies', `${ns('a')}\n---\n{kind: Namespace, metadata: {name: b, labels: {env: prod, kubernetes.io/metadata.name: a}}}\n`],
  ])('reads %s', async (_name, text) => {
    const labels = await namespacesFromFile(write(text));
    expect(await labels.labels('b', ANY)).toEqual({ env: 'prod', 'kubernetes.io/metadata.name': 'b' });
    expect(await labels.labels('c', ANY)).toBeUndefined();
  });

  it.each([['another kind', '{kind: Pod, metadata: {name: a}}'], ['no YAML', 'a: ['], ['no name', '{kind: Namespace, metadata: {}}'], ['one name twice', `${ns('a')}\n---\n${ns('a')}\n`], ['a list of pods', '{kind: NamespaceList, items: [{kind: Pod, metadata: {name: a}}]}']])('refuses %s', async (_name, text) => {
    await expect(namespacesFromFile(write(text))).rejects.toThrow();
  });
});
