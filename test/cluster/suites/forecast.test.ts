/** Forecast and re-verification against a real API server with its controllers: what is named, and that the gate refuses exactly that afterwards. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKubeApi, createKubeWrites, findKubeAccess } from '../../../src/cluster/api.ts';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import { createEvidenceSource } from '../../../src/fetch/index.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { withLifetime } from '../../../src/wiring/lifetime.ts';
import { openReverifier } from '../../../src/wiring/reverify/index.ts';
import type { OpenReverifier } from '../../../src/wiring/reverify/index.ts';
import { until } from '../../support/patience.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { openReportsCrd } from '../crds/open-reports.ts';
import { crdNames, pipelineCrds } from '../crds/index.ts';
import { registerWebhook, shippedIdentity, startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { dataFolder } from '../processes.ts';
import { documents, gateIsShut, policy, signer } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { CosignKey, Registry } from '../signing.ts';

const GATEHOUSE = fileURLToPath(new URL('../../../bin/gatehouse.js', import.meta.url));

const CRDS = fileURLToPath(new URL('../../../deploy/crds', import.meta.url));

let cluster: ControlPlane;
let registry: Registry;
let release: CosignKey;
let gatehouse: Gatehouse | undefined;
let signed: string;
let unsigned: string;
const folder = (): string => { const dir = join(dataFolder('forecast'), 'policies'); mkdirSync(dir, { recursive: true }); return dir; };
let policies: string;

const apply = (object: object): Promise<string> => cluster.must(['apply', '-f', '-'], object);
const template = (name: string, image: string): object => ({ metadata: { labels: { app: name } }, spec: { restartPolicy: 'Always', containers: [{ name: 'app', image }] } });
const deployment = (name: string, image: string, namespace = 'shop'): object => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(name, image) },
});
const job = (image: string): object => ({ template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image }] } } });
const cronJob = (name: string, image: string): object => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name, namespace: 'shop' }, spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job(image) } } });
const pod = (name: string, image: string): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' }, spec: { containers: [{ name: 'app', image }] } });
const tagged = (tag: string): string => `${registry.host}/acme/app:${tag}`;
const digestOf = (image: string): string => image.slice(image.indexOf('@') + 1);

interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly ownerReferences?: readonly unknown[] };
  readonly spec: unknown;
}
const list = async (...kinds: string[]): Promise<readonly Stored[]> => (JSON.parse(await cluster.must(['get', kinds.join(','), '-n', 'shop', '-o', 'json'])) as { items: Stored[] }).items;
const podsOf = async (app: string): Promise<readonly Stored[]> => (await list('pods')).filter(({ metadata }) => metadata.name.startsWith(`${app}-`));

/** What a kubelet would report; nothing runs here. */
async function runs(name: string, digest: string): Promise<void> {
  const status = { phase: 'Running', containerStatuses: [{ name: 'app', image: 'x', imageID: `docker.io/any/name@${digest}`, ready: true, restartCount: 0, state: { running: {} } }] };
  await cluster.must(['patch', 'pod', name, '-n', 'shop', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
}

interface Part { readonly role: string; readonly kind: string; readonly names: readonly string[]; readonly count: number; readonly reasons: readonly { readonly code: string; readonly digest?: string }[] }
interface Forecast {
  readonly refused: readonly { readonly object: { readonly kind: string; readonly namespace: string; readonly name: string }; readonly since?: string; readonly repairs?: string; readonly parts: readonly Part[] }[];
  readonly notes: readonly string[];
  readonly incomplete: boolean;
}
function forecast(...args: string[]): Promise<{ readonly code: number; readonly made: Forecast; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [GATEHOUSE, 'forecast', '--kubeconfig', cluster.kubeconfig, '--plain-http', registry.host, '-o', 'json', ...args], { env: { PATH: process.env['PATH'] }, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), made: (stdout === '' ? {} : JSON.parse(stdout)) as Forecast, stderr });
    });
  });
}
const named = ({ refused }: Forecast): string[] => refused.map(({ object: { kind, namespace, name }, parts }) => `${kind} ${namespace}/${name}: ${parts.map(({ role, count }) => `${role} ${count}`).join(', ')}`);

beforeAll(async () => {
  registry = await startRegistry(true);
  release = await makeKey('release');
  signed = await pushImage(tagged('v1'));
  await sign(signed, release);
  unsigned = await pushImage(tagged('raw'));
  policies = folder();
  writeFileSync(join(policies, 'all.yaml'), documents(signer('release', release), policy('acme', [`${registry.host}/acme/**`], 'release', { mode: 'audit' })));
  cluster = await startControlPlane({ controllers: true });
  await apply(pipelineCrds());
  await apply(openReportsCrd());
  await cluster.must(['wait', '--for=condition=Established', '--timeout=60s', 'crd/reports.openreports.io', ...crdNames()]);
  await cluster.must(['create', 'namespace', 'shop']);
  await apply(deployment('good', signed));
  await apply(deployment('web', tagged('raw')));
  await apply(deployment('rolled', unsigned));
  await until(async () => (await podsOf('rolled')).length === 2, 'no pods of the first rollout');
  await apply(deployment('rolled', signed));
  await apply(deployment('coredns', unsigned, 'kube-system'));
  await apply(cronJob('nightly', tagged('raw')));
  await apply(cronJob('weekly', signed));
  await apply({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once', namespace: 'shop' }, spec: { ...job(unsigned), suspend: true } });
  await apply(pod('by-tag-good', tagged('raw')));
  await apply(pod('by-tag-bad', tagged('v1')));
  await apply({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'build', namespace: 'shop' }, spec: { steps: [{ name: 'build', image: unsigned }] } });
  await apply({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'fine', namespace: 'shop' }, spec: { steps: [{ name: 'build', image: signed }] } });
  await until(async () => (await podsOf('good')).length === 2 && (await podsOf('web')).length === 2, 'no pods');
  // Nothing runs, so that the first pods of `rolled` are never replaced: they are taken away, as a node would once it runs the others.
  await until(async () => (await list('replicasets')).filter(({ metadata }) => metadata.name.startsWith('rolled-')).length === 2, 'no second ReplicaSet');
  const [old] = (await list('replicasets')).filter(({ metadata, spec }) => metadata.name.startsWith('rolled-') && JSON.stringify(spec).includes(unsigned));
  await cluster.must(['rollout', 'pause', 'deployment/rolled', '-n', 'shop']);
  await cluster.must(['scale', 'replicaset', old?.metadata.name ?? '', '-n', 'shop', '--replicas=0']);
  for (const { metadata, spec } of [...(await podsOf('web')), ...(await podsOf('good'))]) await runs(metadata.name, JSON.stringify(spec).includes(':raw') ? digestOf(unsigned) : digestOf(signed));
  // Both tags have moved since these were started.
  await runs('by-tag-good', digestOf(signed));
  await runs('by-tag-bad', digestOf(unsigned));
}, 180_000);

afterAll(async () => {
  await gatehouse?.stop();
  await cluster?.stop();
  await registry?.program.stop();
});

describe('forecast', () => {
  test('names exactly the unsigned ones, with a rollback, a schedule, a job and a task, and says who repairs the cluster', async () => {
    await until(async () => !(await podsOf('rolled')).some(({ spec }) => JSON.stringify(spec).includes(unsigned)), 'the first pods are there still');
    const { code, made, stderr } = await forecast('-p', policies);
    expect(stderr).toBe('');
    expect(named(made)).toEqual([
      'Deployment kube-system/coredns: template 1, pods 2',
      'CronJob shop/nightly: schedule 1',
      'Deployment shop/rolled: earlier 1',
      'Deployment shop/web: template 1, pods 2',
      'Job shop/once: job 1',
      'Pod shop/by-tag-bad: pods 1',
      'Task shop/build: build 1',
    ]);
    expect([code, made.incomplete, made.notes]).toEqual([1, false, []]);
    expect(made.refused[0]).toMatchObject({ repairs: 'DNS', since: expect.stringMatching(/^\d{4}-/) });
    expect(made.refused.flatMap(({ parts }) => parts.flatMap(({ reasons }) => reasons.map(({ code: why, digest }) => [why, digest])))
      .every(([why, digest]) => why === 'FETCH_NONE_FOUND' && digest === digestOf(unsigned))).toBe(true);
  });

  test('the same by the policies of the cluster, which are in audit', async () => {
    await cluster.must(['apply', '--server-side', '-k', CRDS]);
    await cluster.must(['wait', '--for=condition=Established', '--timeout=60s', 'crd/signers.gatehouse.dev', 'crd/clusterartifactpolicies.gatehouse.dev']);
    await cluster.must(['apply', '-f', policies]);
    const { code, made } = await forecast('--cluster');
    expect([code, made.notes, named(made)]).toEqual([1, [], named((await forecast('-p', policies)).made)]);
  });

  test('by somebody who may list pods alone is incomplete, and says so', async () => {
    await cluster.must(['create', 'clusterrole', 'pods-only', '--verb=list', '--resource=pods,namespaces']);
    await cluster.must(['create', 'serviceaccount', 'looker', '-n', 'shop']);
    await cluster.must(['create', 'clusterrolebinding', 'pods-only', '--clusterrole=pods-only', '--serviceaccount=shop:looker']);
    const token = (await cluster.must(['-n', 'shop', 'create', 'token', 'looker'])).trim();
    const { code, made } = await forecast('-p', policies, '--kubeconfig', cluster.kubeconfigFor('looker', token));
    expect(code).toBe(1);
    expect(made.notes).toContain('deployments.apps cannot be listed (the API server answers 403)');
  });

  test('and exactly these are refused once the policies enforce', async () => {
    const { made } = await forecast('-p', policies, '-n', 'shop');
    gatehouse = await startGatehouse({
      policies: { 'all.yaml': documents(signer('release', release), policy('acme', [`${registry.host}/acme/**`], 'release')) },
      config: { unmatched: 'warn', plainHttp: [registry.host], drain: '0s', kubernetes: { enabled: true, kubeconfig: await shippedIdentity(cluster), pullSecrets: false } },
    });
    await registerWebhook(cluster, gatehouse);
    await gateIsShut(cluster);
    const refused: string[] = [];
    for (const { apiVersion, kind, metadata: { name, namespace }, spec } of await list('deployments', 'replicasets', 'cronjobs', 'jobs', 'pods')) {
      // A job's selector and labels are made by the API server.
      if (kind === 'Job') continue;
      const { code, stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { apiVersion, kind, metadata: { name: `${name}-again`, namespace }, spec });
      if (code !== 0) expect(stderr).toContain('[FETCH_NONE_FOUND]');
      if (code !== 0) refused.push(`${kind} ${name}`);
    }
    const foreseen = new Set(made.refused.flatMap(({ parts }) => parts.flatMap(({ kind, names }) => names.map((name) => `${kind} ${name}`))));
    // A tag names what it names now: of the two pods whose tags have moved the forecast speaks of what runs, and the gate of what would.
    const isMoved = (one: string): boolean => one.startsWith('Pod by-tag-');
    const isCurrent = (one: string): boolean => one.startsWith('ReplicaSet web-');
    expect(refused.filter((one) => !isMoved(one) && !isCurrent(one)).toSorted()).toEqual([...foreseen].filter((one) => !isMoved(one) && !/^(?:Job|Task) /.test(one)).toSorted());
    expect(refused.filter(isMoved)).toEqual(['Pod by-tag-good']);
  });
});

describe('re-verification', () => {
  let reverifier: OpenReverifier;
  const state: { set?: PolicySet } = {};
  const adopt = (...texts: string[]): void => {
    const { set, problems } = compilePolicies([{ path: 'p.yaml', text: documents(...texts) }], { trust: createTrustReader() });
    if (set === undefined) throw new Error(JSON.stringify(problems));
    state.set = set;
  };
  const reports = async (): Promise<readonly Record<string, unknown>[]> => (JSON.parse(await cluster.must(['get', 'reports', '-A', '-o', 'json'])) as { items: Record<string, unknown>[] }).items;
  const scopes = async (): Promise<string[]> => (await reports()).map(({ scope }) => { const { kind, name } = scope as { kind: string; name: string }; return `${kind} ${name.replace(/-[a-z0-9]+$/, '')}`; }).toSorted();

  test('tells of pods that would be admitted no more, in reports and Events, and leaves them alone', async () => {
    adopt(signer('release', release), policy('acme', [`${registry.host}/acme/**`], 'release'));
    const access = await findKubeAccess(cluster.kubeconfig, false);
    if (access === undefined) throw new Error('no access');
    const source = createEvidenceSource({ clock: Date, userAgent: 'test', plainHttp: [registry.host], literalHosts: () => state.set?.literalHosts ?? new Set() });
    const before = (await list('pods')).map(({ metadata }) => metadata.name);
    await withLifetime(async (lifetime) => {
      reverifier = openReverifier({
        policies: { current: () => (state.set === undefined ? { ready: false, problems: [] } : { ready: true, set: state.set }) },
        api: createKubeApi(access), writes: createKubeWrites(access), source,
        engine: { namespaces: { labels: () => Promise.resolve({}) }, unmatched: 'warn', verification: { workers: 1 }, examination: { threads: 1 } },
        settings: { reports: true, events: true, instance: 'test', pauses: { settle: 50 } },
      }, { logger: { warn: () => undefined, error: () => undefined } as never }, lifetime);
      try {
        await reverifier.settled();
        await reverifier.writer.idle();
        // The pods of `web` are of one ReplicaSet, which is controlled by the Deployment.
        expect(await scopes()).toEqual(['Pod by-tag', 'ReplicaSet web']);
        const about = (await reports()).find(({ scope }) => (scope as { kind: string }).kind === 'ReplicaSet');
        expect(about).toMatchObject({
          source: 'gatehouse', summary: { fail: 1, error: 0 }, metadata: { ownerReferences: [{ kind: 'ReplicaSet' }] },
          results: [{ policy: 'acme', rule: 'signed by release', result: 'fail', resources: [{ kind: 'Pod' }, { kind: 'Pod' }], properties: { reasonCode: 'FETCH_NONE_FOUND', digest: digestOf(unsigned), pods: '2' } }],
        });
        const events = (JSON.parse(await cluster.must(['get', 'events.events.k8s.io', '-n', 'shop', '-o', 'json'])) as { items: { reason: string; regarding: { kind: string } }[] }).items;
        expect(events.filter(({ reason }) => reason === 'NoLongerAdmitted').map(({ regarding }) => regarding.kind).toSorted()).toEqual(['Pod', 'ReplicaSet']);
        expect((await list('pods')).map(({ metadata }) => metadata.name)).toEqual(before);
        adopt(signer('release', release), policy('acme', [`${registry.host}/nothing/**`], 'release'));
        await until(async () => (await reports()).length === 0, 'reports are there still');
      } finally {
        await lifetime.disposeAsync();
        await source.close();
      }
    });
  });
});
