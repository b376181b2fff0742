/** `gatehouse forecast`: a cluster over real sockets, judged through the command line by policies that do not enforce yet. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ranCommandLine, ranCommandLineIn } from '../support/command-line.ts';
import type { Forecast, ForecastOwner } from '../../src/domain/decision/forecast.ts';
import { MemoryApiServer } from '../unit/cluster/support.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podObject, workloadObject } from '../world/review.ts';
import type { WorkloadKind } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const key = world.key();
const [signed, unsigned, moved] = [makeImage(), makeImage(), makeImage()];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-forecast-'));
const file = (name: string): string => join(folder, name);
const HEAD = 'gatehouse.dev/v1alpha1';
const DAY = 86_400_000;
let registry: TestRegistry;
let cluster: MemoryApiServer;

const signer = (notAfter?: number): object => ({
  apiVersion: HEAD, kind: 'Signer', metadata: { name: 'release' },
  spec: { identities: [{ key: { data: key.publicKeyPem, ...(notAfter === undefined ? {} : { notAfter: new Date(notAfter).toISOString() }) } }] },
});
const policy = (spec: object = {}): object => ({
  apiVersion: HEAD, kind: 'ClusterArtifactPolicy', metadata: { name: 'acme' },
  spec: { artifacts: [{ image: `${registry.host}/acme/**` }], mode: 'audit', require: [{ name: 'signed', signature: { by: ['release'] } }], ...spec },
});
const writePolicies = (name: string, ...documents: object[]): void => writeFileSync(file(name), documents.map((one) => stringify(one)).join('---\n'));

const KINDS = [
  ['v1', 'pods', 'Pod'], ['v1', 'namespaces', 'Namespace'], ['v1', 'replicationcontrollers', 'ReplicationController'], ['apps/v1', 'deployments', 'Deployment'],
  ['apps/v1', 'replicasets', 'ReplicaSet'], ['apps/v1', 'daemonsets', 'DaemonSet'], ['apps/v1', 'controllerrevisions', 'ControllerRevision'], ['batch/v1', 'jobs', 'Job'], ['batch/v1', 'cronjobs', 'CronJob'],
  ['tekton.dev/v1', 'tasks', 'Task'], ['tekton.dev/v1', 'pipelineruns', 'PipelineRun'],
  [HEAD, 'signers', 'Signer'], [HEAD, 'clusterartifactpolicies', 'ClusterArtifactPolicy'], [HEAD, 'artifactpolicies', 'ArtifactPolicy'],
] as const;

const listOf = (kind: string, namespace: string): string => {
  const [groupVersion = '', resource = ''] = KINDS.find((one) => one[2] === kind) ?? [];
  return `${groupVersion.includes('/') ? '/apis' : '/api'}/${groupVersion}${namespace === '' ? '' : `/namespaces/${namespace}`}/${resource}`;
};
const put = (object: Record<string, unknown>, metadata: object = {}, more: object = {}): void => {
  const own = { ...(object['metadata'] as object), creationTimestamp: '2026-11-02T08:00:00Z', ...metadata } as { namespace?: string };
  cluster.put(listOf(String(object['kind']), own.namespace ?? ''), { ...object, ...more, metadata: own });
};
const workload = (kind: WorkloadKind, name: string, image: string, namespace = 'shop'): Record<string, unknown> =>
  workloadObject(kind, { images: [image] }, { name, namespace });
const pod = (name: string, image: string, namespace = 'shop'): Record<string, unknown> => podObject({ images: [{ name: 'app', image }] }, { name, namespace });
const ownedBy = (kind: string, name: string): object => ({ ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }] });
const running = (digest: string): object => ({ status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID: `docker.io/other/name@${digest}` }] } });
const at = (tag: string): string => `${registry.host}/acme/app:${tag}`;

beforeAll(async () => {
  registry = await startRegistry();
  for (const [image, tags] of [[signed, ['v1']], [unsigned, ['raw', 'moved']], [moved, ['other']]] as const) await push(registry, 'acme/app', image, [...tags]);
  await pushReferrer(registry, 'acme/app', bundleReferrer(signed, keyBundle(world, { digest: signed.digest, key })), { fallbackTag: true });
  writePolicies('policies.yaml', signer(), policy());
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  cluster = new MemoryApiServer();
  cluster.kinds.splice(0, cluster.kinds.length, ...KINDS.map(([groupVersion, resource, kind]) => ({ groupVersion, resource, kind })));
  await cluster.start();
  writeFileSync(file('kubeconfig'), stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'test', clusters: [{ name: 'test', cluster: { server: cluster.url, 'insecure-skip-tls-verify': true } }], users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }, { name: 'broken', context: { cluster: 'none', user: 'test' } }],
  }));
  return () => cluster.stop();
});

const run = (...args: string[]) => ranCommandLine('forecast', '--kubeconfig', file('kubeconfig'), '--plain-http', registry.host, ...args);
const forecast = async (...args: string[]): Promise<Forecast & { code: number }> => {
  const { code, stdout, stderr } = await run(...(args.includes('--cluster') || args.includes('-p') ? [] : ['-p', file('policies.yaml')]), ...args, '-o', 'json');
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Forecast), code };
};
const named = ({ refused }: Pick<Forecast, 'refused'>): string[] =>
  refused.map(({ object: { kind, namespace, name }, parts }) => `${kind} ${namespace}/${name}: ${parts.map(({ role, count, names }) => `${role} ${role === 'earlier' ? names[0] : count}`).join(', ')}`);
const codesOf = ({ parts }: ForecastOwner): string[] => [...new Set(parts.flatMap(({ reasons }) => reasons.map(({ code }) => code)))];

describe('forecast: what stands in a cluster', () => {
  it('names exactly the unsigned ones, folded by owner; what has ended starts nothing more', async () => {
    put(workload('Deployment', 'good', at('v1')));
    put(workload('Deployment', 'web', at('raw')));
    put(workload('ReplicaSet', 'web-1', at('raw')), ownedBy('Deployment', 'web'));
    for (const name of ['web-1-a', 'web-1-b']) put(pod(name, at('raw')), ownedBy('ReplicaSet', 'web-1'), running(unsigned.digest));
    put(workload('CronJob', 'nightly', at('raw')));
    put(workload('Job', 'once', at('raw')));
    put(workload('Job', 'done', at('raw')), {}, { status: { conditions: [{ type: 'Complete', status: 'True' }] } });
    put(pod('alone', at('raw')), {}, running(unsigned.digest));
    put(pod('over', at('raw')), {}, { status: { phase: 'Succeeded' } });
    put(pod('fine', at('v1')), {}, running(signed.digest));
    const made = await forecast();
    expect(named(made)).toEqual(['CronJob shop/nightly: schedule 1', 'Deployment shop/web: template 1, pods 2', 'Job shop/once: job 1', 'Pod shop/alone: pods 1']);
    expect(made).toMatchObject({ code: 1, incomplete: false, refused: [{ since: '2026-11-02T08:00:00Z' }, {}, {}, {}] });
    expect(made.refused.flatMap(codesOf)).toEqual(Array.from({ length: 4 }, () => 'FETCH_NONE_FOUND'));
    expect(made.refused[0]?.parts[0]?.reasons[0]).toMatchObject({ policy: 'acme', requirement: 'signed', verdict: 'violated', digest: unsigned.digest });
  });

  it('a rollback to an earlier ReplicaSet is named although nothing of it runs, and its Deployment is fine', async () => {
    const revision = (number: string): object => ({ annotations: { 'deployment.kubernetes.io/revision': number } });
    put(workload('Deployment', 'web', at('v1')), revision('2'));
    put(workload('ReplicaSet', 'web-old', at('raw')), { ...ownedBy('Deployment', 'web'), ...revision('1') });
    put(workload('ReplicaSet', 'web-new', at('v1')), { ...ownedBy('Deployment', 'web'), ...revision('2') });
    expect(named(await forecast())).toEqual(['Deployment shop/web: earlier web-old']);
    put(workload('ReplicaSet', 'web-old', at('v1')), { ...ownedBy('Deployment', 'web'), ...revision('1') });
    expect(await forecast()).toMatchObject({ code: 0, refused: [] });
  });

  it('a rollback of a DaemonSet too: each earlier revision is named, and the newest is its template', async () => {
    put(workload('DaemonSet', 'agent', at('v1')));
    const revision = (name: string, number: number, image: string): void => put({
      apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name, namespace: 'shop' }, revision: number,
      data: { spec: { template: { $patch: 'replace', spec: { containers: [{ name: 'app', image }] } } } },
    }, ownedBy('DaemonSet', 'agent'));
    revision('agent-1', 1, at('raw'));
    revision('agent-2', 2, at('v1'));
    revision('agent-3', 3, at('raw'));
    expect(named(await forecast())).toEqual(['DaemonSet shop/agent: earlier agent-1']);
  });

  it('a pod is judged by the digest that runs, and its template by what the tag names now', async () => {
    put(workload('Deployment', 'web', at('moved')));
    put(workload('ReplicaSet', 'web-1', at('moved')), ownedBy('Deployment', 'web'));
    put(pod('web-1-a', at('moved')), ownedBy('ReplicaSet', 'web-1'), running(signed.digest));
    expect(named(await forecast())).toEqual(['Deployment shop/web: template 1']);
    put(pod('bare', at('v1')), {}, running(unsigned.digest));
    expect(named(await forecast())).toEqual(['Deployment shop/web: template 1', 'Pod shop/bare: pods 1']);
  });

  it('a digest of a configuration is nothing that evidence speaks about: then the tag is asked', async () => {
    put(pod('bare', at('v1')), {}, { status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID: unsigned.digest }] } });
    expect(await forecast()).toMatchObject({ code: 0 });
  });

  it('what could not be found out is told apart, and is 3', async () => {
    put(pod('bare', at('nowhere')));
    put(pod('silent', '127.0.0.1:1/acme/app:1'));
    writePolicies('silent.yaml', signer(), policy({ artifacts: [{ image: '127.0.0.1:1/**' }] }));
    const made = await forecast('-p', file('silent.yaml'));
    expect(made).toMatchObject({ code: 3, refused: [{ object: { name: 'silent' }, parts: [{ outcome: 'undetermined' }] }] });
    expect((await run('-p', file('silent.yaml'))).stdout).toContain('? Pod shop/silent');
  });

  it('requireDigest is said of a pod that names a tag, whatever digest runs', async () => {
    writePolicies('pinned.yaml', signer(), policy({ requireDigest: true }));
    put(pod('bare', at('v1')), {}, running(signed.digest));
    const made = await forecast('-p', file('pinned.yaml'));
    expect(made.refused.flatMap(codesOf)).toEqual(['POLICY_DIGEST_REQUIRED']);
  });

  it('tasks and running builds are in it; a build that is over is not', async () => {
    const task = (image: string): object => ({ steps: [{ name: 'build', image }] });
    put({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'bad', namespace: 'ci' }, spec: task(at('raw')) });
    put({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'good', namespace: 'ci' }, spec: task(at('v1')) });
    put({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'over', namespace: 'ci' }, spec: { pipelineSpec: { tasks: [{ name: 't', taskSpec: task(at('raw')) }] } } }, {}, { status: { completionTime: '2026-11-02T09:00:00Z' } });
    expect(named(await forecast())).toEqual(['Task ci/bad: build 1']);
  });

  it('who repairs the cluster stands first, and says so', async () => {
    put(workload('Deployment', 'web', at('raw'), 'aaa'));
    put(workload('Deployment', 'coredns', at('raw'), 'kube-system'));
    put(workload('DaemonSet', 'cilium', at('raw'), 'net'));
    const made = await forecast();
    expect(made.refused.map(({ object, repairs, ungated }) => [object.name, repairs, ungated])).toEqual([['coredns', 'DNS', true], ['cilium', 'network', undefined], ['web', undefined, undefined]]);
    const table = (await run('-p', file('policies.yaml'))).stdout;
    expect(table).toContain('REPAIRS THE CLUSTER: network');
  });

  it('what is not gated is what the registration of the webhook leaves out by name, where it can be read', async () => {
    put(workload('Deployment', 'a', at('raw'), 'kube-system'));
    put(workload('Deployment', 'b', at('raw'), 'infra'));
    const webhook = (...values: string[]): object => ({ rules: [{ resources: ['pods'] }], namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }] } });
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gatehouse';
    const ungated = async (): Promise<string[]> => (await forecast()).refused.filter((one) => one.ungated === true).map(({ object }) => object.namespace);
    expect(await ungated()).toEqual(['kube-system']);
    cluster.refusals.set(path, { webhooks: [webhook('infra', 'other'), { rules: [{ resources: ['secrets'] }] }] });
    expect(await ungated()).toEqual(['infra']);
    cluster.refusals.set(path, { webhooks: [webhook('infra'), webhook('kube-system')] });
    expect(await ungated()).toEqual([]);
    cluster.refusals.set(path, 403);
    expect(await ungated()).toEqual(['kube-system']);
  });

  it('what no policy speaks about is counted, and refused where that is what unmatched says', async () => {
    put(pod('other', `${registry.host}/nobody/app:1`));
    put(pod('fine', at('v1')));
    expect(await forecast()).toMatchObject({ code: 0, unmatched: 1, refused: [] });
    expect((await run('-p', file('policies.yaml'))).stdout).toContain('no policy speaks about an image of 1 object');
    const denied = await forecast('--unmatched', 'deny');
    expect([named(denied), denied.refused.flatMap(codesOf)]).toEqual([['Pod shop/other: pods 1'], ['SELECT_NO_POLICY']]);
  });

  it('-n looks into one namespace', async () => {
    put(pod('here', at('raw')));
    put(pod('there', at('raw'), 'other'));
    expect(named(await forecast('-n', 'other'))).toEqual(['Pod other/there: pods 1']);
  });

  it('a kind that may not be listed is told: nobody knows that the rest is all', async () => {
    put(pod('fine', at('v1')));
    cluster.refusals.set('/apis/batch/v1/cronjobs', 403);
    expect(await forecast()).toMatchObject({ code: 3, refused: [], incomplete: true, notes: ['cronjobs.batch cannot be listed (the API server answers 403)'] });
  });
});

describe('forecast: what is to come', () => {
  it('a key that ends within the time ahead refuses from then on, and not before', async () => {
    const end = Math.floor((Date.now() + 10 * DAY) / 1000) * 1000;
    writePolicies('ending.yaml', signer(end), policy());
    put(workload('Deployment', 'web', at('v1')));
    const made = await forecast('-p', file('ending.yaml'));
    expect(made).toMatchObject({ code: 0, refused: [], ends: [{ at: new Date(end).toISOString(), ends: [{ kind: 'key', name: 'release' }] }] });
    expect(named({ refused: made.ends[0]?.refused ?? [] })).toEqual(['Deployment shop/web: template 1']);
    expect((await run('-p', file('ending.yaml'), '--fail-on-warn')).code).toBe(2);
    expect(await forecast('-p', file('ending.yaml'), '--within', '9d')).toMatchObject({ ends: [] });
    expect(named(await forecast('-p', file('ending.yaml'), '--at', new Date(end + 1000).toISOString()))).toEqual(['Deployment shop/web: template 1']);
    expect(await forecast('-p', file('ending.yaml'), '--at', new Date(end).toISOString())).toMatchObject({ refused: [] });
  });

  it('an exception lets through until it ends', async () => {
    const end = Math.floor((Date.now() + 5 * DAY) / 1000) * 1000;
    writePolicies('excepted.yaml', signer(), policy(), {
      apiVersion: HEAD, kind: 'AdmissionException', metadata: { name: 'for-now' },
      spec: { artifacts: [{ image: `${registry.host}/acme/**` }], policies: [{ name: 'acme' }], notBefore: new Date(end - 20 * DAY).toISOString(), namespaces: ['shop'], reason: 'not signed yet', approvedBy: 'sec@acme.example', expiresAt: new Date(end).toISOString() },
    });
    put(pod('bare', at('raw')), {}, running(unsigned.digest));
    const made = await forecast('-p', file('excepted.yaml'));
    expect(made).toMatchObject({ code: 0, refused: [], ends: [{ ends: [{ kind: 'exception', name: 'for-now' }] }] });
    expect(named({ refused: made.ends[0]?.refused ?? [] })).toEqual(['Pod shop/bare: pods 1']);
  });
});

describe('forecast: policies of the cluster', () => {
  it('in audit are taken as if they enforced; one that cannot be used is told, and what it speaks about undetermined', async () => {
    put(pod('bare', at('raw')));
    put(signer() as Record<string, unknown>);
    put(policy() as Record<string, unknown>, { generation: 3, managedFields: [] }, { status: { conditions: [] } });
    expect(named(await forecast('--cluster'))).toEqual(['Pod shop/bare: pods 1']);
    put({ apiVersion: HEAD, kind: 'ArtifactPolicy', metadata: { name: 'broken', namespace: 'shop' }, spec: { treshold: 1 } });
    const made = await forecast('--cluster');
    expect(made.notes.join()).toMatch(/ArtifactPolicy shop\/broken cannot be used, so that what it speaks about is undetermined: spec/);
    expect(made).toMatchObject({ code: 1, incomplete: true });
    expect(made.refused.flatMap(codesOf)).toEqual(['FETCH_NONE_FOUND', 'POLICY_BROKEN']);
  });

  it('of a namespace as many ArtifactPolicies count as the configuration says, and that signatures cannot be looked at is told', async () => {
    put(pod('bare', at('raw')));
    put(signer() as Record<string, unknown>);
    put(policy() as Record<string, unknown>);
    const configured = async (text: string): Promise<Forecast & { code: number }> => {
      writeFileSync(file('config.yaml'), `${text}\nplainHttp: [${JSON.stringify(registry.host)}]\n`);
      return forecast('--cluster', '--config', file('config.yaml'));
    };
    for (const name of ['first', 'second'])
      put({ apiVersion: HEAD, kind: 'ArtifactPolicy', metadata: { name, namespace: 'shop' }, spec: { artifacts: [{ image: 'ghcr.io/other/**' }], require: [{ name: 'signed', signature: { by: ['release'] } }] } });
    expect((await configured('limits: {policiesPerNamespace: 2}')).notes.join()).not.toContain('ArtifactPolicy shop/');
    const beyond = await configured('limits: {policiesPerNamespace: 1}');
    expect(beyond).toMatchObject({ incomplete: true, notes: [expect.stringContaining('ArtifactPolicy shop/second cannot be used')] });
    writeFileSync(file('signers.yaml'), stringify(signer()));
    const signs = await configured(`policySignatures: {signers: [${JSON.stringify(file('signers.yaml'))}]}`);
    expect(signs).toMatchObject({ incomplete: true, notes: [expect.stringContaining('policySignatures are not looked at')] });
  });

  it('a folder that the environment names does not stand in the way of --cluster; one on the command line does', async () => {
    put(pod('bare', at('raw')));
    put(signer() as Record<string, unknown>);
    put(policy() as Record<string, unknown>);
    const environment = { GATEHOUSE_POLICY: file('nothing.yaml') };
    const args = ['forecast', '--kubeconfig', file('kubeconfig'), '--plain-http', registry.host, '--cluster'];
    expect((await ranCommandLineIn({ environment }, ...args)).code).toBe(1);
    expect((await ranCommandLineIn({ environment }, ...args, '-p', file('policies.yaml'))).code).toBe(64);
  });

  it.each<[string, string[], RegExp]>([
    ['no policies', [], /give either a folder/i],
    ['two kinds of them', ['-p', 'x', '--cluster'], /give either a folder/i],
    ['a context that is not there', ['--cluster', '--context', 'other'], /no context "other"; it has test, broken/],
    ['a time that is none', ['--cluster', '--at', 'tomorrow'], /--at tomorrow: expected a time/],
    ['a time ahead that is none', ['--cluster', '--within', 'soon'], /--within soon/],
  ])('wrong usage: %s', async (_, args, said) => {
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([64, expect.stringMatching(said)]);
  });
});
