// Every recording of a real Tekton, review by review, against a factory with all its gates: what a controller sends is admitted, and a denial
// comes at the review where the recordings show that it is final and is seen, with the code that makes it so.
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { ClusterFacts, DefinitionSource } from '../../src/domain/ports.ts';
import type { Decision } from '../../src/domain/decision/decision.ts';
import type { AdmitPorts } from '../../src/engine/admit.ts';
import { JSON_LIMITS, parseJson, readAdmissionReview } from '../../src/intake/index.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { toAdmissionResponse } from '../../src/respond/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { createVerifier } from '../../src/verify/index.ts';
import { clusterOf } from '../support/pipelines.ts';
import type { Json } from '../support/pipelines.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';
import { failed, harness, lookup, source } from '../unit/engine/support.ts';
import { standing } from '../unit/evaluate/request/builds.ts';
import { createWorld } from '../world/world.ts';

interface Line { readonly seq: number; readonly review: { readonly request: Request }; readonly response?: { readonly status: { readonly code: number } } }
interface Request {
  readonly uid: string; readonly operation: string; readonly namespace: string; readonly name: string; readonly subResource?: string; readonly dryRun?: boolean;
  readonly kind: { readonly kind: string }; readonly resource: { readonly group: string; readonly resource: string }; readonly userInfo: { readonly username: string };
  readonly object: Json | null; readonly oldObject: Json | null;
}

const FILES = hasSharedData ? readdirSync(sharedData('tekton-recorded')).filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length)) : [];

const linesOf = (file: string): Line[] => readFileSync(sharedData(`tekton-recorded/${file}.jsonl`), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Line);

const FLAGS = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'feature-flags', namespace: 'tekton-pipelines' }, data: { 'enable-api-fields': 'alpha' } };
const denyAll = (namespace: string): Json => ({
  apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'deny-all', namespace }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
});

const MODE = 'experimental.tekton.dev/execution-mode';
const NO_TOKEN = { automountServiceAccountToken: false };
const isToken = (name: unknown): boolean => typeof name === 'string' && name.startsWith('kube-api-access');

/** The same object as Tekton makes it where runs are hermetic and take no token: nothing of it was so when it was recorded. */
function jailed(source: Json | null): Json | null {
  if (source === null) return null;
  const { kind, apiVersion } = source as { kind: string; apiVersion: string };
  const metadata = source['metadata'] as { annotations?: Json; ownerReferences?: { kind: string }[] };
  const spec = (source['spec'] ?? {}) as Record<string, unknown>;
  const asked = { ...source, metadata: { ...metadata, annotations: { ...metadata.annotations, [MODE]: 'hermetic' } } };
  if (kind === 'TaskRun' || (kind === 'PipelineRun' && apiVersion === 'tekton.dev/v1beta1')) return { ...asked, spec: { ...spec, podTemplate: NO_TOKEN } };
  if (kind === 'PipelineRun') return { ...asked, spec: { ...spec, taskRunTemplate: { ...(spec['taskRunTemplate'] as Json | undefined), podTemplate: NO_TOKEN } } };
  if (kind !== 'Pod' || !metadata.ownerReferences?.some((owner) => owner.kind === 'TaskRun')) return source;
  const container = (one: Record<string, unknown>): Json => ({
    ...one,
    env: [...((one['env'] ?? []) as Json[]), ...(String(one['name']).startsWith('step-') ? [{ name: 'TEKTON_HERMETIC', value: '1' }] : [])],
    volumeMounts: ((one['volumeMounts'] ?? []) as { name: string }[]).filter(({ name }) => !isToken(name)),
  });
  const list = (name: string): Json => (Array.isArray(spec[name]) ? { [name]: (spec[name] as Record<string, unknown>[]).map(container) } : {});
  const volumes = ((spec['volumes'] ?? []) as { name: string }[]).filter(({ name }) => !isToken(name));
  return { ...asked, spec: { ...spec, ...NO_TOKEN, ...list('containers'), ...list('initContainers'), volumes } };
}

const verifier = createVerifier({ workers: 1 });
afterAll(() => verifier.close());

/** The bundles of all recordings: what resolvers brought out of them, by name. */
function bundlesOf(lines: readonly Line[]): DefinitionSource {
  const brought = lines.flatMap(({ review: { request: { object } } }) => {
    const { data, refSource } = (object?.['status'] ?? {}) as { data?: string; refSource?: { entryPoint?: string } };
    return data === undefined || data === '' ? [] : [{ name: refSource?.entryPoint, content: Buffer.from(data, 'base64') }];
  });
  return {
    bundle: async ({ digest }, { name }) => {
      const found = brought.find((one) => one.name === name);
      if (found === undefined || digest === undefined) return { ok: false, problem: { code: 'FETCH_NOT_FOUND', source: name } };
      return { ok: true, content: found.content, digest: digest as Digest };
    },
  };
}

const BUNDLES = bundlesOf(FILES.flatMap(linesOf));

/** What the policy says besides; in YAML of flow style. */
const factory = (more: string): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {mode: enforce, namespaces: {matchLabels: {factory: "true"}}, requesters: {groups: [developers]}, serviceAccounts: [default], hygiene: baseline,
  parameters: {deny: ["*_FLAGS"], others: allow}, images: {deferred: allowIfPodsAreGated, unpinned: allow}${more}}
`;

interface Replaying {
  /** Facts that cannot be had for a review. */
  readonly broken?: (line: Line) => readonly (keyof ClusterFacts)[];
  /** No NetworkPolicy closes the namespace. */
  readonly open?: boolean;
  readonly ports?: Partial<AdmitPorts>;
  /** What stands in the namespace besides. */
  readonly more?: (namespace: string) => readonly Json[];
  /** Reviews that never came. */
  readonly without?: (line: Line) => boolean;
}

interface Answer { readonly line: Line; readonly decision: Decision; readonly response: ReturnType<typeof toAdmissionResponse>['response'] }

/** The TaskRuns of pods of which only the pods were recorded (n8h). */
function unrecorded(lines: readonly Line[]): Json[] {
  if (lines.some(({ review: { request } }) => request.resource.group !== '')) return [];
  return lines.flatMap(({ review: { request: { object, namespace } } }) => {
    const [{ apiVersion, name, uid }] = (object?.['metadata'] as { ownerReferences: [{ apiVersion: string; name: string; uid: string }] }).ownerReferences;
    return [{ apiVersion, kind: 'TaskRun', metadata: { name, namespace, uid }, spec: { taskSpec: { steps: [{ name: 'build', image: 'build' }] } } }];
  });
}

/** Answers to all reviews of a recording, in a cluster that holds what was stored until then; what was denied when it was recorded was not. */
async function replay(file: string, policies: string, { broken = () => [], open = false, ports = {}, more = () => [], without = () => false }: Replaying = {}): Promise<Answer[]> {
  const { set, problems } = compilePolicies([{ path: 'policies.yaml', text: policies }], { trust: createTrustReader() });
  if (set === undefined) throw new Error(problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const stored = new Map<string, Json>();
  const answers: Answer[] = [];
  const lines = linesOf(file).filter((line) => !without(line));
  for (const run of unrecorded(lines)) stored.set(`tekton.dev/TaskRun ${String((run['metadata'] as Json)['name'])}`, run);
  for (const line of lines) {
    const { request } = line.review;
    const { namespace, operation, subResource = '', kind, resource } = request;
    const object = jailed(request.object);
    const review = { ...line.review, request: { ...request, object, oldObject: jailed(request.oldObject) } };
    const json = parseJson(new TextEncoder().encode(JSON.stringify(review)), JSON_LIMITS);
    const read = json.ok ? readAdmissionReview(json.value) : json;
    if (!read.ok) throw new Error(read.message);
    const engine = harness({
      policies: { current: () => ({ ready: true, set }) }, namespaces: { labels: async () => ({ factory: 'true' }) }, unmatched: 'allow', verifier, definitions: BUNDLES, ...standing(), ...ports,
      facts: clusterOf([FLAGS, ...(open ? [] : [denyAll(namespace)]), ...more(namespace), ...stored.values()], broken(line)),
    });
    const decision = await engine.admit({ ...read.review, artifacts: undefined as never }, 30_000);
    answers.push({ line, decision, response: toAdmissionResponse(decision, { apiVersion: 'admission.k8s.io/v1', uid: request.uid }).response });
    const key = `${resource.group}/${kind.kind} ${namespace}/${request.name || String((object?.['metadata'] as Json | undefined)?.['name'])}`;
    if (request.dryRun === true || line.response !== undefined) continue;
    if (operation === 'DELETE') stored.delete(key);
    else if (object !== null && (subResource === '' || subResource === 'status')) stored.set(key, object);
  }
  return answers;
}

const said = ({ line: { seq, review: { request } }, decision }: Answer): string =>
  `${seq} ${request.userInfo.username.split(':').at(-1)} ${request.operation} ${request.resource.resource}${request.subResource === undefined ? '' : `/${request.subResource}`}: `
  + decision.findings.filter(({ verdict, code }) => verdict !== 'satisfied' && code !== 'SELECT_NO_POLICY').map(({ code, path, found = [] }) => `${code} ${path} ${found.join('|')}`).join('; ');

/** Recordings whose tasks have sidecars: no jail has any, so their code is that of testers, and the jail that of builds. */
const withSidecar = (file: string): boolean => file === 'h-sidecar' || file.startsWith('n10');
const JAIL = ', jail: {networkPolicy: required, hermetic: required}, definitions: {inline: allow, pinned: false}';

describe.skipIf(!hasSharedData)('a factory that is well set up stands in nobody\'s way', () => {
  test.each(FILES)('%s: whatever a real controller sends is admitted, with the jail on', async (file) => {
    const answers = await replay(file, factory(`${JAIL}${withSidecar(file) ? ', classes: {userCode: [test]}' : ''}`));
    expect(answers.filter(({ response }) => !response.allowed).map(said)).toEqual([]);
    expect(answers.some(({ decision }) => decision.findings.some(({ requirement }) => requirement === 'jail'))).toBe(true);
  });
});

const seqs = (answers: readonly Answer[], of: (answer: Answer) => boolean = () => true): number[] => answers.filter((one) => !one.response.allowed && of(one)).map(({ line }) => line.seq);
const isByController = ({ line }: Answer): boolean => line.review.request.userInfo.username.endsWith(':tekton-pipelines-controller');
const isA = (resource: string, operation = 'CREATE') => ({ line: { review: { request } } }: Answer): boolean =>
  request.resource.resource === resource && request.operation === operation && (request.subResource ?? '') === '';
/** Where the recording webhook denied. */
const deniedThen = (file: string): number[] => linesOf(file).filter(({ response }) => response !== undefined).map(({ seq }) => seq);
const FINAL = { code: 400, reason: 'BadRequest', details: undefined };
const statuses = (answers: readonly Answer[]) => answers.filter(({ response }) => !response.allowed).map(({ response: { status } }) => ({ code: status?.code, reason: status?.reason, details: status?.details }));

const key = createWorld({ now: 0 }).key().publicKeyPem;
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const TEAM = document('Signer', 'team', { identities: [{ key: { data: key } }], mayCertify: [{ definition: '**' }, { image: '**' }] });
const NOP = (more: object = {}): string => TEAM + document('ClusterArtifactPolicy', 'nop', { ...more, artifacts: [{ image: 'ghcr.io/tektoncd/pipeline/nop' }], require: [{ name: 'signed', signature: { by: ['team'] } }] });

describe.skipIf(!hasSharedData)('a definition that nobody has signed', () => {
  const unsigned = `${TEAM}${factory(', definitions: {signedBy: [team], inline: allow, pinned: false}')}`;

  test.each(FILES)('%s: is refused where it is stored, asked for, or tried out, for good; nothing that runs already is touched', async (file) => {
    const answers = await replay(file, unsigned);
    for (const one of answers.filter(({ response }) => !response.allowed)) {
      expect(one.line.review.request, said(one)).toMatchObject({ operation: 'CREATE', resource: { group: 'tekton.dev' } });
    }
    expect(new Set(statuses(answers).map((one) => JSON.stringify(one))).size).toBeLessThanOrEqual(1);
    for (const status of statuses(answers)) expect(status).toEqual(FINAL);
  });

  test.each(FILES.filter((file) => /^(?:i[1-5]|n4|n5)/.test(file)))('%s: every dry run of it, and none of what the controller does besides', async (file) => {
    const answers = await replay(file, unsigned);
    const dryRuns = answers.filter(({ line }) => line.review.request.dryRun === true).map(({ line }) => line.seq);
    expect(seqs(answers, isByController)).toEqual(dryRuns);
    expect(dryRuns).toEqual(expect.arrayContaining(deniedThen(file)));
  });
});

describe.skipIf(!hasSharedData)('a pod that no policy jails', () => {
  test.each(FILES.filter((file) => !withSidecar(file)))('%s: is refused when the controller makes it, and nothing else is', async (file) => {
    const answers = await replay(file, factory(JAIL), { open: true });
    const pods = answers.filter((one) => isA('pods')(one) && isByController(one)).map(({ line }) => line.seq);
    expect(seqs(answers)).toEqual(pods);
    // Any code is final for a pod, and 403 is never sent again by the client library (n6h).
    for (const status of statuses(answers)) expect(status).toEqual({ code: 403, reason: 'Forbidden', details: undefined });
    if (file.startsWith('j')) expect(pods).toEqual(deniedThen(file));
  });
});

describe.skipIf(!hasSharedData)('a cluster that does not answer', () => {
  const ALL = ['object', 'networkPolicies', 'otherNetworkPolicies', 'pods', 'resolutions'] as const;
  const policyOf = (file: string): string => factory(`${JAIL}${withSidecar(file) ? ', classes: {userCode: [test]}' : ''}`);

  test.each(FILES)('%s: whatever is made then is told to come again; what changes, ends or reports what was made is not kept from it', async (file) => {
    const answers = await replay(file, policyOf(file), { broken: () => ALL });
    for (const one of answers.filter(({ response }) => !response.allowed)) {
      expect(one.line.review.request.operation, said(one)).toBe('CREATE');
      expect(one.response.status).toMatchObject({ code: 503, reason: 'ServiceUnavailable', details: { retryAfterSeconds: 2 } });
    }
  });

  test.each([
    ['n3c-taskrun-denied-503-retry-after', 'taskruns'], ['n4c-dryrun-denied-503-retry-after', 'tasks'], ['n6d-pod-denied-503-retry-after', 'pods'], ['n8g-pod-webhook-timeout-once', 'pods'],
  ])('%s: for as long as it does not, and then the same request passes', async (file, resource) => {
    const then = deniedThen(file);
    const answers = await replay(file, policyOf(file), { broken: ({ seq }) => (then.includes(seq) ? ALL : []) });
    expect(then.length).toBeGreaterThan(0);
    expect(seqs(answers)).toEqual(then);
    expect(seqs(answers, isA(resource))).toEqual(then);
    for (const status of statuses(answers)) expect(status).toMatchObject({ code: 503, details: { retryAfterSeconds: 2 } });
  });
});

describe.skipIf(!hasSharedData)('somebody who may start nothing', () => {
  test.each(FILES)('%s: is told so at once and for good (n9), and no controller is', async (file) => {
    const answers = await replay(file, factory(', definitions: {inline: allow, pinned: false}').replace('developers', 'release-engineers'));
    const runs = answers.filter((one) => (isA('taskruns')(one) || isA('pipelineruns')(one)) && one.line.review.request.userInfo.username === 'alice');
    expect(seqs(answers)).toEqual(runs.map(({ line }) => line.seq));
    for (const status of statuses(answers)) expect(status).toEqual(FINAL);
  });
});

describe.skipIf(!hasSharedData)('the image of the engine that stops sidecars and holds volumes', () => {
  const off = { source: source(() => lookup([failed({ code: 'FETCH_TIMEOUT', source: 'registry' })])) };
  const isStop = (one: Answer): boolean => one.decision.artifacts.some(({ usage }) => usage === 'sidecarStop');

  test.each(FILES.filter((file) => file.startsWith('n10')))('%s: unsigned, it is refused at each stop with 403 and the same words; with the registry away it is told to come again', async (file) => {
    const stops = deniedThen(file);
    const answers = await replay(file, NOP({ usedAs: ['sidecarStop'] }));
    expect(seqs(answers)).toEqual(expect.arrayContaining(stops));
    expect(seqs(answers)).toEqual(answers.filter(isStop).map(({ line }) => line.seq));
    for (const status of statuses(answers)) expect(status).toEqual({ code: 403, reason: 'Forbidden', details: undefined });
    const texts = new Set(answers.filter(isStop).map(({ line, response }) => `${line.review.request.name} ${response.status?.message}`));
    expect(texts.size).toBe(new Set(answers.filter(isStop).map(({ line }) => line.review.request.name)).size);
    const without = await replay(file, NOP({ usedAs: ['sidecarStop'] }), { ports: off });
    expect(seqs(without)).toEqual(seqs(answers));
    for (const status of statuses(without)) expect(status).toMatchObject({ code: 503, details: { retryAfterSeconds: 2 } });
  });

  test.each(FILES.filter((file) => file.startsWith('n11')))('%s: the StatefulSet of the affinity assistant as well', async (file) => {
    const ours = (one: Answer): boolean => one.decision.artifacts.some(({ name }) => name.endsWith('/nop'));
    const answers = await replay(file, NOP(), { ports: off });
    expect(seqs(answers, isA('statefulsets')).length).toBeGreaterThan(0);
    expect(seqs(answers)).toEqual(answers.filter(ours).map(({ line }) => line.seq));
    for (const status of statuses(answers)) expect(status).toMatchObject({ code: 503, details: { retryAfterSeconds: 2 } });
  });
});

describe.skipIf(!hasSharedData)('a namespace into which resolvers have brought very much', () => {
  /** One task at so many commits: all that differs is a line of its script. */
  const brought = (namespace: string): Json[] => Array.from({ length: 400 }, (_, index) => ({
    apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name: `git-${index}`, namespace },
    status: {
      data: Buffer.from(JSON.stringify({
        apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'build' }, spec: { steps: [{ name: 'build', image: 'docker.io/library/bash:5.2', script: `echo commit ${index}` }] },
      })).toString('base64'),
      refSource: { uri: 'git+https://github.com/acme/tasks', digest: { sha1: String(index).padStart(40, '0') }, entryPoint: 'build.yaml' },
    },
  }));
  const isData = ({ review: { request } }: Line): boolean => request.resource.resource === 'resolutionrequests' && (request.object?.['status'] as Json | undefined)?.['data'] !== undefined;

  test.each(['d-taskrun-bundle', 'f-pipelinerun-bundle', 'm-stepaction-bundle'])('%s: what it brought now is found among it', async (file) => {
    const answers = await replay(file, factory(JAIL), { more: brought });
    expect(answers.filter(({ response }) => !response.allowed).map(said)).toEqual([]);
  });

  test('d-taskrun-bundle: what it did not bring is refused among few, and not known among too many', async () => {
    const dryRun = (answers: readonly Answer[]) => answers.filter(isA('tasks')).map(({ response }) => response.status?.code);
    expect(dryRun(await replay('d-taskrun-bundle', factory(JAIL), { without: isData, more: (namespace) => brought(namespace).slice(0, 20) }))).toEqual([400]);
    expect(dryRun(await replay('d-taskrun-bundle', factory(JAIL), { without: isData, more: brought }))).toEqual([503]);
  });
});
