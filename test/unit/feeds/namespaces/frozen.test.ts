import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKubeApi } from '../../../../src/cluster/api.ts';
import { reflectNamespaces } from '../../../../src/feeds/namespaces/cluster.ts';
import type { NamespaceReflector } from '../../../../src/feeds/namespaces/cluster.ts';
import { settled, until } from '../../../support/patience.ts';
import { startTestServer } from '../../../support/server.ts';
import { manualTimers } from '../../../support/timers.ts';
import { podReview } from '../../../world/review.ts';
import { createWorld } from '../../../world/world.ts';
import { FakeKube } from '../../platform/support/kube-server.ts';

/** What stands between Gatehouse and the API server, and can freeze: bytes stop, connections stay. */
class Path {
  private readonly sockets: Socket[] = [];
  private server: Server | undefined;
  /** New connections are accepted, and nothing goes through. */
  frozen = false;
  port = 0;

  async start(to: number): Promise<this> {
    this.server = createServer((near) => {
      this.sockets.push(near);
      near.on('error', () => undefined);
      if (this.frozen) return void near.pause();
      const far = connect(to, '127.0.0.1').on('error', () => undefined);
      this.sockets.push(far);
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((done) => this.server?.listen(0, '127.0.0.1', done));
    this.port = (this.server?.address() as AddressInfo).port;
    return this;
  }

  /** Freezes the connections there are; with `all`, those to come as well. */
  freeze(all: boolean): void {
    this.frozen = all;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((done) => (this.server === undefined ? done() : this.server.close(() => done())));
  }
}

const ANY = new AbortController().signal;
let kube: FakeKube;
let path: Path;
let reflector: NamespaceReflector | undefined;
beforeEach(async () => {
  kube = await new FakeKube().start();
  path = await new Path().start(kube.port);
});
afterEach(async () => {
  reflector?.close();
  reflector = undefined;
  await path.stop();
  await kube.stop();
});

/** Follows the namespaces, once they have been read; time passes when the test says so. */
async function scene() {
  const timers = manualTimers();
  const time = { ms: 0 };
  const problems: string[] = [];
  kube.namespaces.set('team', { env: 'dev' });
  const api = createKubeApi({ server: `http://127.0.0.1:${path.port}`, options: () => Promise.resolve({ agent: false }) });
  const labels = reflectNamespaces(api, { timers, clock: { now: () => time.ms }, backoffMs: { first: 5, longest: 20 }, failed: (problem) => void problems.push(problem) });
  reflector = labels;
  await until(() => kube.watching === 1 && labels.current() !== undefined);
  /** Seconds that pass for clock and timers alike, one after the other, so that answers can come in between. */
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      time.ms += 1000;
      timers.pass(1000);
      await settled();
      await new Promise((done) => setTimeout(done, 1));
    }
  };
  const watches = (): number => kube.requests.filter((request) => request.includes('watch=true')).length;
  return { labels, time, pass, problems, watches };
}

describe('M4: labels have an age', () => {
  it('M4: a watch that is merely quiet is not cut, and what it told stays believed', async () => {
    const { labels, pass, watches, problems } = await scene();
    for (let minute = 0; minute < 5; minute += 1) {
      await pass(60);
      await until(() => (labels.age() ?? Infinity) < 60_000);
    }
    expect([watches(), problems, labels.condition().ready]).toEqual([1, [], true]);
    expect(await labels.labels('team', ANY)).toEqual({ env: 'dev' });
    kube.send('MODIFIED', 'team', { env: 'prod' });
    await until(async () => (await labels.labels('team', ANY))?.['env'] === 'prod');
    expect(watches()).toBe(1);
  });

  it('M4: a frozen connection is noticed within a minute, and another one tells what it missed', async () => {
    const { labels, pass, watches } = await scene();
    path.freeze(false);
    kube.namespaces.set('team', { env: 'prod' });
    expect(await labels.labels('team', ANY)).toEqual({ env: 'dev' });
    await pass(60);
    await until(async () => labels.current()?.get('team')?.['env'] === 'prod');
    await until(() => watches() === 2);
    expect(labels.condition().ready).toBe(true);
  });

  it('M4: where nothing comes through any more, labels are unknown after a minute and not before', async () => {
    const { labels, pass, time, problems } = await scene();
    path.freeze(true);
    kube.namespaces.set('team', { env: 'prod' });
    await pass(59);
    expect([await labels.labels('team', ANY), labels.condition().ready]).toEqual([{ env: 'dev' }, true]);
    time.ms += 1001;
    expect([await labels.labels('team', AbortSignal.timeout(50)), labels.condition().ready]).toEqual([undefined, false]);
    expect(problems.length).toBeGreaterThan(0);
  });

  it('M4: a namespace deleted while the connection was frozen has no labels either', async () => {
    const { labels, pass } = await scene();
    path.freeze(false);
    kube.namespaces.delete('team');
    await pass(60);
    await until(() => labels.current()?.size === 0);
    expect(await labels.labels('team', ANY)).toBeUndefined();
  });
});

describe('M4: readiness and decisions know', () => {
  const pem = createWorld({ now: 0 }).key().publicKeyPem;
  const policies = (spec: object): string => [
    { kind: 'Signer', metadata: { name: 's' }, spec: { identities: [{ key: { data: pem } }] } },
    { kind: 'ClusterArtifactPolicy', metadata: { name: 'p' }, spec: { artifacts: [{ image: '127.0.0.1:1/acme/**' }], require: [{ name: 'signed', signature: { by: ['s'] } }], ...spec } },
  ].map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n');

  async function serve(spec: object) {
    const kubeconfig = join(mkdtempSync(join(tmpdir(), 'gatehouse-kube-')), 'config');
    writeFileSync(kubeconfig, JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [{ name: 'k', cluster: { server: `http://127.0.0.1:${kube.port}`, 'insecure-skip-tls-verify': true } }], users: [{ name: 'u', user: {} }],
    }));
    const server = await startTestServer({ 'p.yaml': policies(spec) }, { kubernetes: { kubeconfig, pullSecrets: false }, plainHttp: ['127.0.0.1:1'] });
    const ready = async (): Promise<{ status: number; text: string }> => {
      const answer = await fetch(`http://127.0.0.1:${server.running.opsPort}/readyz`);
      return { status: answer.status, text: await answer.text() };
    };
    return { server, ready };
  }

  it('M4: labels that were never read make a replica unready whose policies choose by them, and leave the answer open', async () => {
    kube.failWith = 500;
    const { server, ready } = await serve({ namespaces: { matchLabels: { env: 'prod' } } });
    try {
      expect(await ready()).toMatchObject({ status: 503, text: expect.stringContaining('never read') as string });
      const answer = await server.validate(podReview({ images: [`127.0.0.1:1/acme/app@sha256:${'ab'.repeat(32)}`], namespace: 'team' }));
      expect([answer.allowed, answer.status?.code, answer.auditAnnotations['reasons']]).toEqual([false, 503, 'SELECT_LABELS_UNKNOWN']);
      kube.namespaces.set('team', { env: 'dev' });
      kube.failWith = undefined;
      await until(async () => (await ready()).status === 200);
    } finally {
      await server.close();
    }
  });

  it('M4: where no policy asks for labels, the replica is ready all the same', async () => {
    kube.failWith = 500;
    const { server, ready } = await serve({});
    try {
      expect((await ready()).status).toBe(200);
    } finally {
      await server.close();
    }
  });
});
