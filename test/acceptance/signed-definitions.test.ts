// Signed definitions by the front door: policies, objects and a cluster as YAML, a registry over HTTP, and the real verification.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import type { Decision } from '../../src/domain/decision/decision.ts';
import type { AdmitPorts } from '../../src/engine/admit.ts';
import { createEvidenceSource } from '../../src/fetch/index.ts';
import type { RegistrySource } from '../../src/fetch/index.ts';
import { createVerifier } from '../../src/verify/index.ts';
import { runVerificationJob } from '../../src/verify/run.ts';
import { toOutcome } from '../../src/verify/verified.ts';
import { clusterOf, CONTROLLER, judgedBy } from '../support/pipelines.ts';
import type { Asking, Json } from '../support/pipelines.ts';
import { sharedData } from '../support/shared.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { keyBundle } from '../world/bundle.ts';
import { signForGatehouse, signForTekton } from '../world/definition.ts';
import { makeKey } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { pushReferrer } from '../world/push.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.UTC(2026, 5, 1) });
const team = makeKey();
const other = makeKey();
const stranger = makeKey();

const verifier: AdmitPorts['verifier'] = {
  known: () => undefined,
  verify: async (job) => (await runVerificationJob(job)).map((raw, index) => toOutcome(raw, job.evidence[index]?.source ?? '')),
};

const signer = (name: string, pem: string): string => stringify({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: pem } }] },
});

/** The policies of a factory: these signers, and one policy about definitions. */
function factory(definitions: Json, keys: Readonly<Record<string, string>> = { team: team.publicKeyPem, other: other.publicKeyPem }): string {
  const policy = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory' }, spec: { definitions } };
  return [...Object.entries(keys).map(([name, pem]) => signer(name, pem)), stringify(policy)].join('---\n');
}

/** What the policy says of definitions. */
function said({ findings }: Decision): string[] {
  return findings.filter(({ requirement }) => requirement === 'definitions').map(({ code }) => code);
}

const SATISFIED = ['POLICY_SATISFIED'];
const SIGNED = factory({ signedBy: ['team'] });

interface Around {
  readonly policies?: string;
  readonly cluster?: readonly Json[];
  readonly ports?: Partial<AdmitPorts>;
}

async function judge(it: Json, { policies = SIGNED, cluster = [], ports = {} }: Around = {}, asking: Asking = {}): Promise<string[]> {
  return said(await judgedBy(policies, { cluster: clusterOf(cluster), ports: { verifier, ...ports } })(it, asking));
}

const put = (object: Json, change: (copy: Shape) => void): Json => {
  const copy = structuredClone(object) as unknown as Shape;
  change(copy);
  return copy as unknown as Json;
};

interface Shape {
  apiVersion: string;
  kind: string;
  status?: Json;
  metadata: { name: string; namespace?: string; generateName?: string; labels?: Record<string, string>; annotations: Record<string, string> };
  spec: Record<string, never> & { params: Record<string, unknown>[]; steps: Record<string, unknown>[]; tasks: Record<string, unknown>[]; description: string; extra: unknown };
}

describe('signatures that tkn has published', () => {
  const published = (name: string): Json => parse(readFileSync(sharedData(`tekton-signed/${name}`), 'utf8')) as Json;
  const policies = factory({ signedBy: ['tkn'] }, { tkn: readFileSync(sharedData('tekton-signed/cosign.pub'), 'utf8') });
  const TASK = published('task-signed.yaml');
  const PIPELINE = published('pipeline-signed.yaml');

  const EITHER: readonly [string, (it: Shape) => void][] = [
    ['a label added', (it) => { it.metadata.labels = { team: 'evil' }; }],
    ['the class of it', (it) => { it.metadata.labels = { 'gatehouse.dev/class': 'publish' }; }],
    ['an annotation added', (it) => { it.metadata.annotations['argocd.argoproj.io/tracking-id'] = 'x'; }],
    ['another name', (it) => { it.metadata.name = 'other'; }],
    ['a name with something behind it', (it) => { it.metadata.name += '2'; }],
    ['a generated name beside it', (it) => { it.metadata.generateName = 'test-'; }],
    ['another kind', (it) => { it.kind = it.kind === 'Task' ? 'Pipeline' : 'Task'; it.spec = {} as never; }],
    ['another version that would be signed otherwise', (it) => { it.apiVersion = 'tekton.dev/v1'; it.spec.description = 'x'; }],
    ['a field that nobody knows', (it) => { it.spec.extra = {}; }],
    ['a description', (it) => { it.spec.description = 'harmless'; }],
    ['a parameter added', (it) => { it.spec.params = [...(it.spec.params ?? []), { name: 'x' }]; }],
    ['a workspace added', (it) => { Object.assign(it.spec, { workspaces: [{ name: 'w' }] }); }],
    ['the first character of the signature', (it) => { const s = it.metadata.annotations['tekton.dev/signature'] ?? ''; it.metadata.annotations['tekton.dev/signature'] = `M${s.slice(1, 10)}${s[10] === 'A' ? 'B' : 'A'}${s.slice(11)}`; }],
    ['the signature cut short', (it) => { it.metadata.annotations['tekton.dev/signature'] = (it.metadata.annotations['tekton.dev/signature'] ?? '').slice(0, 40); }],
    ['the signature with a space', (it) => { it.metadata.annotations['tekton.dev/signature'] += ' '; }],
    ['an empty signature', (it) => { it.metadata.annotations['tekton.dev/signature'] = ''; }],
    ['no signature', (it) => { delete it.metadata.annotations['tekton.dev/signature']; }],
  ];
  const TWINS: readonly [string, Json, (it: Shape) => void][] = [
    ...EITHER.flatMap(([name, change]): [string, Json, (it: Shape) => void][] => [[`task: ${name}`, TASK, change], [`pipeline: ${name}`, PIPELINE, change]]),
    ['task: another image', TASK, (it) => { it.spec.steps[0]!['image'] = 'gcr.io/kaniko-project/executor:v0.14.1'; }],
    ['task: arguments in another order', TASK, (it) => { (it.spec.steps[0]!['args'] as string[]).reverse(); }],
    ['task: an argument more', TASK, (it) => { (it.spec.steps[0]!['args'] as string[]).push('--insecure'); }],
    ['task: another command', TASK, (it) => { it.spec.steps[0]!['command'] = ['/bin/sh']; }],
    ['task: a script instead', TASK, (it) => { it.spec.steps[0]!['script'] = 'curl evil'; }],
    ['task: parameters in another order', TASK, (it) => { it.spec.params.reverse(); }],
    ['task: another default', TASK, (it) => { it.spec.params[0]!['default'] = '/tmp/Dockerfile'; }],
    ['task: another type of a parameter', TASK, (it) => { it.spec.params[0]!['type'] = 'array'; }],
    ['task: a step more', TASK, (it) => { it.spec.steps.push({ name: 'x', image: 'a' }); }],
    ['task: a value of an environment', TASK, (it) => { it.spec.steps[0]!['env'] = [{ name: 'DOCKER_CONFIG', value: '/' }]; }],
    ['task: limits of resources', TASK, (it) => { it.spec.steps[0]!['resources'] = { limits: { cpu: '1' } }; }],
    ['task: privileged', TASK, (it) => { it.spec.steps[0]!['securityContext'] = { privileged: true }; }],
    ['task: a field in a step that nobody knows', TASK, (it) => { it.spec.steps[0]!['imagePullpolicy'] = 'Always'; }],
    ['pipeline: a task more', PIPELINE, (it) => { it.spec.tasks.push({ name: 'x', taskRef: { name: 'evil' } }); }],
    ['pipeline: a task less', PIPELINE, (it) => { it.spec.tasks.pop(); }],
    ['pipeline: tasks in another order', PIPELINE, (it) => { it.spec.tasks.reverse(); }],
    ['pipeline: another task', PIPELINE, (it) => { it.spec.tasks[0]!['taskRef'] = { name: 'evil' }; }],
    ['pipeline: a task of the cluster', PIPELINE, (it) => { it.spec.tasks[0]!['taskRef'] = { name: 'build-docker-image-from-git-source', kind: 'ClusterTask' }; }],
    ['pipeline: a task that is passed over', PIPELINE, (it) => { it.spec.tasks[0]!['when'] = [{ input: 'a', operator: 'in', values: ['b'] }]; }],
    ['pipeline: a failure that is ignored', PIPELINE, (it) => { it.spec.tasks[0]!['onError'] = 'continue'; }],
    ['pipeline: another value', PIPELINE, (it) => { it.spec.tasks[0]!['params'] = [{ name: 'pathToDockerFile', value: 'evil' }]; }],
  ];

  test.each([['task', TASK], ['pipeline', PIPELINE]])('the %s is admitted as it was signed, in any namespace, and with what a cluster adds', async (_, it) => {
    expect(await judge(it, { policies })).toEqual(SATISFIED);
    const applied = put(it, (copy) => { copy.metadata.namespace = 'ci'; Object.assign(copy.metadata, { uid: 'u', generation: 1, creationTimestamp: '2026-06-01T00:00:00Z' }); });
    expect(await judge(applied, { policies })).toEqual(SATISFIED);
  });

  test('the pipeline is admitted also with the defaults that Tekton puts into it, without which Tekton itself does not verify it', async () => {
    const applied = put(PIPELINE, (copy) => { for (const task of copy.spec.tasks) (task['taskRef'] as Record<string, string>)['kind'] = 'Task'; });
    expect(await judge(applied, { policies })).toEqual(SATISFIED);
  });

  test('the task is admitted also as a cluster that knows v1 gives it, to a run that refers to it', async () => {
    const stored = put(TASK, (copy) => {
      copy.apiVersion = 'tekton.dev/v1';
      copy.metadata.namespace = 'ci';
      for (const step of copy.spec.steps) { delete step['resources']; step['computeResources'] = {}; }
    });
    const run: Json = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'r', namespace: 'ci' }, spec: { taskRef: { name: 'test-task' } } };
    expect(await judge(run, { policies, cluster: [stored] })).toEqual(SATISFIED);
    expect(await judge(run, { policies, cluster: [put(stored, (copy) => { copy.spec.steps[0]!['image'] = 'evil'; })] })).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });

  test('there are at least twenty twins of each', () => {
    for (const it of [TASK, PIPELINE]) expect(TWINS.filter(([, of]) => of === it).length).toBeGreaterThanOrEqual(20);
  });

  test.each(TWINS)('not admitted: %s', async (_, it, change) => {
    const codes = await judge(put(it, change), { policies });
    expect(codes).toHaveLength(1);
    expect(['VERIFY_SIGNATURE_INVALID', 'POLICY_DEFINITION_CHANGED', 'POLICY_DEFINITION_UNSIGNED', 'VERIFY_MALFORMED']).toContain(codes[0]);
  });

  test('not admitted in a namespace that its author did not name, where he named one', async () => {
    const named = signForTekton(put(TASK, (copy) => { copy.metadata.namespace = 'dev'; delete copy.metadata.annotations['tekton.dev/signature']; }), team);
    expect(await judge(named, {})).toEqual(SATISFIED);
    expect(await judge(put(named, (copy) => { copy.metadata.namespace = 'ci'; }))).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });
});

const IMAGE = `ghcr.io/acme/tools@sha256:${'ab'.repeat(32)}`;
const task = (name: string, more: Json = {}): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name }, spec: { params: [{ name: 'p' }], steps: [{ name: 's', image: IMAGE, script: 'true' }], ...more } });
const stored = (it: Json, change: (copy: Shape) => void = () => undefined): Json => put(it, (copy) => { copy.metadata.namespace = 'ci'; change(copy); });
const taskRun = (spec: Json): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'r', namespace: 'ci' }, spec });

describe('what Tekton verifies nowhere', () => {
  const RUN = taskRun({ taskRef: { name: 'build' } });

  test.each<[string, Json, string[]]>([
    ['signed by the team', stored(signForTekton(task('build'), team)), SATISFIED],
    ['signed by somebody else', stored(signForTekton(task('build'), stranger)), ['VERIFY_SIGNATURE_INVALID']],
    ['signed and changed', stored(signForTekton(task('build'), team), (it) => { it.spec.steps[0]!['script'] = 'false'; }), ['VERIFY_SIGNATURE_INVALID']],
    ['not signed', stored(task('build')), ['POLICY_DEFINITION_UNSIGNED']],
  ])('a local task: %s', async (_, it, expected) => {
    expect(await judge(it)).toEqual(expected);
    expect(await judge(RUN, { cluster: [it] })).toEqual(expected);
  });

  test('a StepAction that a task refers to', async () => {
    const action = (key: SigningKey): Json => stored(signForTekton({ apiVersion: 'tekton.dev/v1beta1', kind: 'StepAction', metadata: { name: 'fetch' }, spec: { image: IMAGE } }, key));
    const refers = stored(signForTekton(task('build', { steps: [{ name: 's', ref: { name: 'fetch' } }] }), team));
    expect(await judge(action(team))).toEqual(SATISFIED);
    expect(await judge(RUN, { cluster: [refers, action(team)] })).toEqual(SATISFIED);
    expect(await judge(RUN, { cluster: [refers, action(stranger)] })).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });

  test('what was applied client-side is verified by its author’s text, whatever defaults came to it', async () => {
    const signed = signForTekton(task('build', { params: [{ name: 'p', type: 'string' }, { name: 'q' }] }), team);
    const applied = stored(signed, (it) => {
      it.spec.params[1]!['type'] = 'string';
      it.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'] = JSON.stringify(signed);
    });
    expect(await judge(applied)).toEqual(SATISFIED);
    expect(await judge(put(applied, (it) => { delete it.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']; }))).toEqual(['VERIFY_SIGNATURE_INVALID']);
    const changed = put(applied, (it) => { it.spec.steps[0]!['image'] = 'evil'; });
    expect(await judge(changed)).toEqual(['VERIFY_SIGNATURE_INVALID']);
    expect(await judge(put(applied, (it) => { it.metadata.labels = { 'gatehouse.dev/class': 'publish' }; }))).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });
});

describe('signatures of ours', () => {
  const template = (by: Parameters<typeof signForGatehouse>[2]): Json => stored(signForGatehouse({ apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', metadata: { name: 'build' }, spec: { entrypoint: 'main', templates: [{ name: 'main', container: { image: IMAGE } }] } }, world, by));

  test('an Argo template, by a bundle over canonical JSON', async () => {
    expect(await judge(template([{ key: team }]))).toEqual(SATISFIED);
    expect(await judge(template([{ key: stranger }]))).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
    expect(await judge(put(template([{ key: team }]), (it) => { (it.spec as never as { entrypoint: string }).entrypoint = 'other'; }))).toEqual(['POLICY_DEFINITION_CHANGED']);
    const workflow: Json = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w', namespace: 'ci' }, spec: { workflowTemplateRef: { name: 'build' } } };
    expect(await judge(workflow, { cluster: [template([{ key: team }])] })).toEqual(SATISFIED);
    expect(await judge(workflow, { cluster: [template([{ key: stranger }])] })).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
  });

  test('of two teams, where two are demanded', async () => {
    const policies = factory({ signedBy: ['team', 'other'], threshold: 2 });
    const signed = (by: readonly SigningKey[]): Json => stored(signForGatehouse(task('build'), world, by.map((key) => ({ key }))));
    expect(await judge(signed([team, other]), { policies })).toEqual(SATISFIED);
    expect(await judge(signed([team, team]), { policies })).toEqual(['POLICY_THRESHOLD']);
    expect(await judge(signed([team, stranger]), { policies })).toEqual(['POLICY_THRESHOLD']);
    // One in the way of Tekton and one of ours are two as well.
    const both = stored(signForGatehouse(signForTekton(task('build'), team), world, [{ key: other }]));
    expect(await judge(both, { policies })).not.toEqual(SATISFIED);
    expect(await judge(stored(signForTekton(signForGatehouse(task('build'), world, [{ key: other }]), team)), { policies })).toEqual(SATISFIED);
  });
});

describe('what a resolver has brought, as Tekton has it admitted', () => {
  const signed = signForTekton(put(task('build'), (it) => { it.metadata.namespace = 'author'; }), team);
  const dryRun = (content: Json, change: (it: Shape) => void = () => undefined): Json => put(content, (it) => {
    it.metadata.name = '8a3b6c1e-0d8e-4b7e-9a57-0a6f7d5b9f11';
    it.metadata.namespace = 'ci';
    it.spec.params[0]!['type'] = 'string';
    change(it);
  });
  const resolution = (text: string, more: Json = {}): Json => ({
    apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name: 'git-1', namespace: 'ci' },
    status: { data: Buffer.from(text).toString('base64'), refSource: { uri: 'git+https://github.com/acme/pipelines.git', digest: { sha1: 'a'.repeat(40) }, entryPoint: 'task.yaml', ...more } },
  });
  const asked: Asking = { user: CONTROLLER, groups: ['system:serviceaccounts'], dryRun: true, namespace: 'ci' };
  const brought = (it: Json, ...resolutions: Json[]): Promise<string[]> => judge(it, { cluster: resolutions }, asked);

  test.each([['YAML', stringify(signed)], ['JSON', JSON.stringify(signed)]])('is verified over its raw bytes, in %s', async (_, text) => {
    expect(await brought(dryRun(signed), resolution(text))).toEqual(SATISFIED);
    expect(await brought(dryRun(signed), resolution(stringify(signForTekton(task('other'), team))), resolution(text))).toEqual(SATISFIED);
  });

  test('and must say what was brought', async () => {
    const evil = dryRun(signed, (it) => { it.spec.steps[0]!['image'] = 'evil'; });
    expect(await brought(evil, resolution(stringify(signed)))).toEqual(['POLICY_DEFINITION_CHANGED']);
    expect(await brought(dryRun(signed, (it) => { it.metadata.labels = { 'gatehouse.dev/class': 'publish' }; }), resolution(stringify(signed)))).toEqual(['POLICY_DEFINITION_CHANGED']);
    expect(await brought(dryRun(signed))).toEqual(['POLICY_DEFINITION_CHANGED']);
  });

  test('and be signed', async () => {
    const foreign = signForTekton(task('build'), stranger);
    expect(await brought(dryRun(foreign), resolution(stringify(foreign)))).toEqual(['VERIFY_SIGNATURE_INVALID']);
    expect(await brought(dryRun(task('build')), resolution(stringify(task('build'))))).toEqual(['POLICY_DEFINITION_UNSIGNED']);
  });

  test('nobody else makes it so: a dry run by a person is judged by what he sends', async () => {
    expect(await judge(dryRun(signed), { cluster: [resolution(stringify(signed))] }, { ...asked, user: 'alice' })).toEqual(['VERIFY_SIGNATURE_INVALID']);
    expect(await judge(dryRun(signed), { cluster: [resolution(stringify(signed))] }, { ...asked, dryRun: false })).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });

  test('what was brought in a form that readers could take for two things was not brought', async () => {
    const text = stringify(signed);
    for (const changed of [`${text}---\n${text}`, `${text}kind: Task\n`, text.replace('kind: Task', 'kind: &k Task\nx: *k'), '\u0000', '']) {
      expect(await brought(dryRun(signed), resolution(changed))).toEqual(['POLICY_DEFINITION_CHANGED']);
    }
  });

  test('resolutions that cannot be looked at leave it open', async () => {
    const decision = await judgedBy(SIGNED, { cluster: clusterOf([], ['resolutions']), ports: { verifier } })(dryRun(signed), asked);
    expect(said(decision)).toEqual(['POLICY_FACT_UNKNOWN']);
    expect(decision.outcome).toBe('deny');
  });

  test('the same from threads, and from their memory', async () => {
    const threads = createVerifier({ workers: 1 });
    try {
      const around = { cluster: [resolution(stringify(signed))], ports: { verifier: threads } };
      expect(await judge(dryRun(signed), around, asked)).toEqual(SATISFIED);
      expect(await judge(dryRun(signed), around, asked)).toEqual(SATISFIED);
      expect(threads.stats()).toMatchObject({ verifications: 2 });
      expect(await judge(dryRun(signed, (it) => { it.spec.steps[0]!['image'] = 'evil'; }), around, asked)).toEqual(['POLICY_DEFINITION_CHANGED']);
    } finally {
      await threads.close();
    }
  });

  test('a verification that cannot be made now leaves it open', async () => {
    const broken: AdmitPorts['verifier'] = { known: () => undefined, verify: async (job) => job.evidence.map(({ digest, source }) => ({ evidenceDigest: digest, source, verified: [], problems: [{ code: 'ENGINE_OVERLOADED', source }] })) };
    expect(await judge(dryRun(signed), { cluster: [resolution(stringify(signed))], ports: { verifier: broken } }, asked)).toEqual(['POLICY_FACT_UNKNOWN']);
  });
});

describe('recorded dry runs of Tekton', () => {
  interface Recorded { readonly review: { readonly request: { readonly operation: string; readonly dryRun?: boolean; readonly namespace: string; readonly userInfo: { readonly username: string }; readonly object: Json | null; readonly resource: { readonly resource: string } } } }
  const FILES = ['d-taskrun-bundle', 'e-taskrun-cluster-resolver', 'f-pipelinerun-bundle', 'm-stepaction-bundle'];

  test.each(FILES)('%s: each says what some ResolutionRequest brought, and nothing else does', async (file) => {
    const requests = readFileSync(sharedData(`tekton-recorded/${file}.jsonl`), 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as Recorded).review.request);
    const resolutions = new Map<string, Json>();
    const seen: string[] = [];
    for (const { operation, dryRun = false, namespace, userInfo, object, resource } of requests) {
      if (resource.resource === 'resolutionrequests' && object !== null) resolutions.set(String((object['metadata'] as { name: string }).name), object);
      if (!dryRun || operation !== 'CREATE' || object === null) continue;
      const asking: Asking = { user: userInfo.username, dryRun: true, namespace };
      const cluster = [...resolutions.values()];
      // Nobody has signed these; that they are found is what is seen.
      expect(await judge(object, { cluster }, asking)).toContain('POLICY_DEFINITION_UNSIGNED');
      const changed = put(object, (it) => { it.spec.description = 'x'; });
      expect(await judge(changed, { cluster }, asking)).toContain('POLICY_DEFINITION_CHANGED');
      seen.push(resource.resource);
    }
    expect(seen.length).toBeGreaterThan(0);
  });
});

describe('references that are resolved later', () => {
  const refers = (resolver: string, params: Readonly<Record<string, string>>): Json => taskRun({ taskRef: { resolver, params: Object.entries(params).map(([name, value]) => ({ name, value })) } });
  const COMMIT = 'a'.repeat(40);
  const git = refers('git', { url: 'https://github.com/acme/pipelines.git', revision: COMMIT, pathInRepo: 'task.yaml' });
  const brought = (it: Json, more: Json = {}): Json => ({
    apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name: 'git-1', namespace: 'ci' },
    status: { data: Buffer.from(stringify(it)).toString('base64'), refSource: { uri: 'git+https://github.com/acme/pipelines.git', digest: { sha1: COMMIT }, entryPoint: 'task.yaml', ...more } },
  });

  test('are judged when they come, and now if this very commit was resolved before', async () => {
    const [signed, foreign] = [signForTekton(task('build'), team), signForTekton(task('build'), stranger)];
    expect(await judge(git)).toEqual(SATISFIED);
    expect(await judge(git, { cluster: [brought(signed)] })).toEqual(SATISFIED);
    expect(await judge(git, { cluster: [brought(foreign)] })).toEqual(['VERIFY_SIGNATURE_INVALID']);
    for (const more of [{ entryPoint: 'other.yaml' }, { digest: { sha1: 'b'.repeat(40) } }, { uri: 'git+https://github.com/evil/pipelines.git' }]) {
      expect(await judge(git, { cluster: [brought(foreign, more)] })).toEqual(SATISFIED);
    }
  });

  test('to another namespace of the cluster are looked up at once', async () => {
    const policies = factory({ signedBy: ['team'], sources: [{ cluster: 'catalog' }, { cluster: 'other' }] });
    const of = (kind: string, namespace = 'catalog'): Json => refers('cluster', { kind, namespace, name: 'build' });
    const inCatalog = (it: Json): Json => put(it, (copy) => { copy.metadata.namespace = 'catalog'; });
    expect(await judge(of('task'), { policies, cluster: [inCatalog(signForTekton(task('build'), team))] })).toEqual(SATISFIED);
    expect(await judge(of('task'), { policies, cluster: [inCatalog(signForTekton(task('build'), stranger))] })).toEqual(['VERIFY_SIGNATURE_INVALID']);
    expect(await judge(of('task', 'other'), { policies, cluster: [inCatalog(signForTekton(task('build'), team))] })).toEqual(['POLICY_DEFINITION_MISSING']);
    const pipeline = inCatalog(signForTekton({ apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name: 'build' }, spec: { tasks: [] } }, team));
    expect(await judge(of('pipeline'), { policies, cluster: [pipeline] })).toEqual(['POLICY_DEFINITION_MISSING']);
  });
});

describe('definitions in bundles', () => {
  let registry: TestRegistry;
  let source: RegistrySource;
  beforeAll(async () => {
    registry = await startRegistry();
    source = createEvidenceSource({ clock: { now: () => Date.UTC(2026, 5, 1) }, plainHttp: [registry.host], limits: { requestTimeout: 60_000 } });
  });
  afterAll(async () => {
    await source.close();
    await registry.close();
  });

  /** Pushes a bundle of these definitions as `tkn bundle push` does, each in an archive of its own, and gives its reference. */
  function push(repository: string, definitions: readonly Json[], { layer = tarred, names }: { layer?: (bytes: Buffer) => { bytes: Buffer; mediaType: string }; names?: readonly string[] } = {}): { reference: string; digest: Digest; manifest: Buffer } {
    const layers = definitions.map((it, index) => {
      const { metadata, kind, apiVersion } = it as unknown as Shape;
      const { bytes, mediaType } = layer(Buffer.from(index % 2 === 0 ? stringify(it) : JSON.stringify(it)));
      return { mediaType, digest: registry.pushBlob(repository, bytes), size: bytes.length, annotations: { 'dev.tekton.image.name': names?.[index] ?? metadata.name, 'dev.tekton.image.kind': kind.toLowerCase(), 'dev.tekton.image.apiVersion': apiVersion.split('/')[1] ?? '' } };
    });
    const config = Buffer.from('{}');
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: registry.pushBlob(repository, config), size: config.length }, layers }));
    const digest = registry.pushManifest(repository, 'latest', manifest) as Digest;
    registry.putManifest(repository, digest, manifest, 'application/vnd.oci.image.manifest.v1+json');
    return { reference: `${registry.host}/${repository}@${digest}`, digest, manifest };
  }

  const refers = (reference: string, name = 'build'): Json => taskRun({ taskRef: { resolver: 'bundles', params: [{ name: 'bundle', value: reference }, { name: 'name', value: name }, { name: 'kind', value: 'task' }] } });
  const inBundle = (it: Json): Promise<string[]> => judge(it, { ports: { source, definitions: source } });

  test('one that is signed itself', async () => {
    const { reference } = push('acme/tasks', [signForTekton(task('build'), team), signForTekton(task('test'), team), task('plain')]);
    expect(await inBundle(refers(reference))).toEqual(SATISFIED);
    expect(await inBundle(refers(reference, 'test'))).toEqual(SATISFIED);
    expect(await inBundle(refers(reference, 'plain'))).toEqual(['POLICY_DEFINITION_UNSIGNED']);
    expect(await inBundle(refers(reference, 'absent'))).toEqual(['POLICY_DEFINITION_MISSING']);
    expect(await inBundle(refers(push('acme/foreign', [signForTekton(task('build'), stranger)]).reference))).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });

  test('one in an image that is signed', async () => {
    const sign = async (repository: string, key: SigningKey): Promise<string> => {
      const { reference, digest, manifest } = push(repository, [task('build')]);
      await pushReferrer(registry, repository, bundleReferrer({ digest, manifest } as never, keyBundle(world, { digest, key })), { fallbackTag: true });
      return reference;
    };
    expect(await inBundle(refers(await sign('acme/signed', team)))).toEqual(SATISFIED);
    expect(await inBundle(refers(await sign('acme/by-stranger', stranger)))).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
  });

  test.each<[string, (bytes: Buffer) => { bytes: Buffer; mediaType: string }]>([
    ['compressed', (bytes) => ({ bytes: gzipSync(tar(bytes)), mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' })],
    ['in Docker’s types', (bytes) => ({ bytes: gzipSync(tar(bytes)), mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' })],
    ['without an archive', (bytes) => ({ bytes, mediaType: 'application/vnd.tekton.definition' })],
  ])('one that is %s', async (name, layer) => {
    const signed = [signForTekton(task('build'), team)];
    expect(await inBundle(refers(push(`acme/layer-${name.replaceAll(/[^a-z]+/g, '-')}x`, signed, { layer }).reference))).toEqual(SATISFIED);
  });

  test.each<[string, readonly Json[], Parameters<typeof push>[2]]>([
    ['two entries of one name', [signForTekton(task('build'), team), signForTekton(task('build', { description: 'x' }), team)], {}],
    ['an entry whose content has another name', [signForTekton(task('other'), team)], { names: ['build'] }],
    ['more layers than Tekton reads', Array.from({ length: 21 }, (_, index) => (index === 0 ? signForTekton(task('build'), team) : task(`t${index}`))), {}],
    ['an archive that is none', [signForTekton(task('build'), team)], { layer: (bytes) => ({ bytes, mediaType: 'application/vnd.oci.image.layer.v1.tar' }) }],
    ['what unpacks beyond the limit', [signForTekton(task('build'), team)], { layer: () => ({ bytes: gzipSync(Buffer.alloc(3 * 1024 * 1024)), mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }) }],
    ['an archive that begins with a folder', [signForTekton(task('build'), team)], { layer: (bytes) => ({ bytes: tar(bytes, '5'), mediaType: 'application/vnd.oci.image.layer.v1.tar' }) }],
  ])('none is read from %s', async (name, definitions, options) => {
    expect(await inBundle(refers(push(`acme/bad-${name.replaceAll(' ', '-').toLowerCase()}`, definitions, options).reference))).toEqual(['POLICY_DEFINITION_MISSING']);
  });

  test('what cannot be fetched is open', async () => {
    const { reference } = push('acme/flaky', [signForTekton(task('build'), team)]);
    const off = registry.fault({ match: /flaky\/blobs/, behaviour: { kind: 'status', status: 500 } } as never);
    const codes = await inBundle(refers(reference));
    off();
    expect(codes).toEqual(['POLICY_FACT_UNKNOWN']);
  });

  test('the image counts also for what the engine has admitted, if the bundle still holds it', async () => {
    const { reference, digest, manifest } = push('acme/resolved', [task('build')]);
    await pushReferrer(registry, 'acme/resolved', bundleReferrer({ digest, manifest } as never, keyBundle(world, { digest, key: team })), { fallbackTag: true });
    const resolution = (text: string): Json => ({
      apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name: 'bundles-1', namespace: 'ci' },
      status: { data: Buffer.from(text).toString('base64'), refSource: { uri: reference.split('@')[0], digest: { sha256: digest.slice(7) }, entryPoint: 'build' } },
    });
    const asked: Asking = { user: CONTROLLER, dryRun: true, namespace: 'ci' };
    const dry = put(task('build'), (it) => { it.metadata.name = 'random'; it.metadata.namespace = 'ci'; it.spec.params[0]!['type'] = 'string'; });
    const around = (text: string): Around => ({ cluster: [resolution(text)], ports: { source, definitions: source } });
    expect(await judge(dry, around(stringify(task('build'))), asked)).toEqual(SATISFIED);
    // The resolver says that these other bytes come from the signed image.
    expect(await judge(dry, around(JSON.stringify(task('build'))), asked)).toEqual(['POLICY_DEFINITION_UNSIGNED']);
  });
});

/** An archive with one file. */
function tar(content: Buffer, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write('definition');
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\u000000', 257);
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\u0000 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512 + 1024)]);
}

function tarred(bytes: Buffer): { bytes: Buffer; mediaType: string } {
  return { bytes: tar(bytes), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
}
