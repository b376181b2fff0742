// A build in a factory, from question to deployment, with the jail on and receipts required; and every twin that differs in one thing is denied
// by a code of its own: a receipt, a TaskRun, a caller, a publication, an image that is deployed.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inputsOf, publishCodes, startStories } from '../support/build-story.ts';
import type { Story, StoryOptions, StoryWorld } from '../support/build-story.ts';
import { gateCodes } from '../support/gate.ts';
import type { AskingPod } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { CONTROLLER } from '../support/pipelines.ts';
import type { Json } from '../support/pipelines.ts';
import { serviceAccountClaims } from '../support/tokens.ts';
import { resigned } from '../unit/vouch/support.ts';
import type { StatementJson } from '../unit/vouch/support.ts';

const foreign = `sha256:${'7'.repeat(64)}`;
let world: StoryWorld;
/** The good story, and another one of the same pipeline. */
let [good, other]: [Story, Story] = [undefined as never, undefined as never];
/** The publish summary of the other one. */
let summary = '';

const DENY_ALL: Json = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'deny-all', namespace: 'ci' }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } };

beforeAll(async () => {
  world = await startStories({
    tasks: { 'compile-by-default': [{ name: 'BASE_DIGEST', default: foreign }], 'compile-by-nothing': [{ name: 'BASE_DIGEST', default: '' }] },
    kinds: [{ groupVersion: 'networking.k8s.io/v1', resource: 'networkpolicies' }],
    policy: { receipts: 'required', callers: { serviceAccounts: ['ci/fetcher'] }, jail: { networkPolicy: 'required', hermetic: 'off' } },
  });
  world.gate.api.put('/apis/networking.k8s.io/v1/namespaces/ci/networkpolicies', DENY_ALL);
  [good, other] = [await world.build(), await world.build()];
  ({ summary = '' } = await other.publish());
});
afterAll(() => world.close());

/** What /validate says of an object that the engine (or somebody else) makes: nothing, or all codes that are told. */
async function made(object: Json, user = CONTROLLER): Promise<string[]> {
  const { allowed, status } = await world.gate.ask(object, { user });
  const codes = (status?.message ?? '').match(/\b(?:POLICY|VERIFY|INPUT|FETCH|SELECT)_[A-Z_]+/g) ?? ['denied'];
  return allowed ? [] : [...new Set(codes)];
}

const deployment = (image: string): Json => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app', namespace: 'prod' },
  spec: { selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'app', image }] } } },
});

/** The building TaskRun of the good story with other parameters. */
const building = (params: readonly Json[], story = good): Json => ({ ...story.made.build, spec: { ...(story.made.build['spec'] as Json), params } });
/** The same with another receipt for the same image. */
const showing = (receipt: string): Promise<string[]> => made(building(inputsOf(receipt, world.gate.good)));
/** The good receipt with its statement changed, by whoever has our key. */
const changed = (change: (statement: StatementJson) => void): string =>
  resigned(good.receipt, world.signing, change);
const asked = async (pod: AskingPod, uri = world.gate.good): Promise<string[]> => [...new Set(gateCodes(await world.gate.admit(pod, { artifacts: [{ kind: 'image', uri }] })))];
const podOf = (story: Story, part: string, uid: string, more: Parameters<StoryWorld['gate']['pod']>[0] = {}): AskingPod =>
  world.gate.pod({ name: `${story.name}-${part}-pod`, owner: { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: `${story.name}-${part}`, uid, controller: true }, ...more });
const published = async (options: StoryOptions): Promise<string[]> => [...new Set(publishCodes(await (await world.build(options)).publish()))];

/** While these documents are among the policies. */
async function under(documents: readonly Json[], judge: () => Promise<string[]>): Promise<string[]> {
  const file = join(world.gate.server.policyFolder, 'more.yaml');
  const text = documents.map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n');
  try {
    expect(await judge()).toEqual([]);
    writeFileSync(file, text);
    await until(async () => (await judge()).length > 0);
    return await judge();
  } finally {
    rmSync(file, { force: true });
    await until(async () => (await judge()).length === 0);
  }
}
const revoking = (entry: Json): readonly Json[] => [{ kind: 'RevocationList', metadata: { name: 'incident' }, spec: { revocations: [{ ...entry, reason: 'incident 7' }] } }];

/** Puts a text beside an image, as whoever may push to its repository can. */
function beside(reference: string, text: string): void {
  const { registry } = world.gate;
  const [name = '', digest = ''] = reference.split('@');
  const repository = name.split('/').slice(1).join('/');
  const [config, layer] = ['{}', text].map((content) => ({ digest: registry.pushBlob(repository, content), size: Buffer.byteLength(content) }));
  const bytes = Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', artifactType: 'application/vnd.in-toto+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...config }, layers: [{ mediaType: 'application/vnd.dsse.envelope.v1+json', ...layer }],
    subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: registry.getManifest(repository, digest)?.length ?? 0 },
  }));
  registry.pushManifest(repository, `sha256:${sha256Hex(bytes)}`, bytes);
}

test('gate story: fetched with a receipt, built in the jail, published by a later task, and deployed because of it', async () => {
  // The fetching task has asked, and its receipt lets the building one take the image in.
  expect(good.receipt).not.toBe('');
  expect(await made(good.made.build)).toEqual([]);
  // What builds is user code: its pod starts where it reaches nobody, and is told nothing.
  expect(await made(podOfBuild())).toEqual([]);
  expect(await asked(podOf(good, 'build', good.task))).toEqual(['POLICY_CALLER_JAILED']);
  // The publishing task takes in what the run has made, for which no receipt can exist.
  expect(await made(good.made.publish)).toEqual([]);
  expect(await made(deployment(good.product))).toEqual(['POLICY_RUN_UNPROVEN']);
  expect(await good.publish()).toMatchObject({ decision: 'admit', pushed: true });
  expect(await made(deployment(good.product))).toEqual([]);
});

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

/** The pod of the building TaskRun as its engine makes it. */
function podOfBuild(spec: Json = {}): Json {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name: `${good.name}-build-pod`, namespace: 'ci', labels: { 'tekton.dev/taskRun': `${good.name}-build` },
      ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: `${good.name}-build`, uid: good.task, controller: true }],
    },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'step-s', image: world.gate.good }], ...spec },
  };
}

const STRICTER = (): readonly Json[] => [{
  kind: 'ClusterArtifactPolicy', metadata: { name: 'stricter' },
  spec: { artifacts: [{ image: world.gate.good.split('@')[0] }], usedAs: ['baseImage'], require: [{ name: 'by chains', signature: { by: ['chains'] } }] },
}];

/** A run that has taken in what was good then, and asks for its summary again and again. */
function afterwards(): () => Promise<string[]> {
  const story = world.build();
  return async () => [...new Set(publishCodes(await (await story).publish({ dryRun: true })))];
}

/** A TaskRun whose parameters carry something else, or whose receipt is another one. */
const TAKING: readonly [string, string, () => Promise<string[]>][] = [
  ['no receipt', 'POLICY_RECEIPT_MISSING', () => showing('')],
  ['the receipt of another run', 'POLICY_RECEIPT_RUN', () => showing(other.receipt)],
  ['a receipt of no run', 'POLICY_RECEIPT_RUN', () => showing(changed(({ predicate }) => void delete predicate['gatehouse_run']))],
  ['a widened subject', 'POLICY_RECEIPT_DIGEST', () => showing(changed(({ subject }) => void subject.push({ digest: { sha256: '7'.repeat(64) } })))],
  ['another digest', 'POLICY_RECEIPT_DIGEST', () => made(building(inputsOf(good.receipt, world.gate.evil)))],
  ['a receipt for another use', 'POLICY_RECEIPT_USAGE', () => showing(changed(({ predicate }) => void (predicate['gatehouse_usage'] = 'publish')))],
  ['a publish summary as receipt', 'POLICY_RECEIPT_PURPOSE', () => showing(summary)],
  ['a receipt that has ended', 'POLICY_RECEIPT_EXPIRED', () => showing(changed(({ predicate }) => void Object.assign(predicate, { timeVerified: inHours(-7), gatehouse_expires: inHours(-1) })))],
  ['a receipt from ahead', 'POLICY_RECEIPT_EARLY', () => showing(changed(({ predicate }) => void Object.assign(predicate, { timeVerified: inHours(1), gatehouse_expires: inHours(2) })))],
  ['a receipt that was changed', 'VERIFY_RECEIPT_INVALID', () => showing(good.receipt.replace(/"sig":"..../, '"sig":"AAAA'))],
  ['a receipt by a foreign key', 'VERIFY_RECEIPT_UNTRUSTED', () => showing(byStranger(good.receipt))],
  ['a receipt that is none', 'VERIFY_RECEIPT_MALFORMED', () => showing('admitted')],
  ['a tag in place of the digest', 'POLICY_RECEIPT_DIGEST', () => made(building([{ name: 'BASE_URL', value: `${world.gate.good.split('@')[0]}:1` }, { name: 'BASE_DIGEST', value: '' }, { name: 'BASE_RECEIPT', value: good.receipt }]))],
  ['the product of another run', 'POLICY_RECEIPT_MISSING', () => made({ ...good.made.publish, spec: other.made.publish['spec'] })],
  ['a pod with a way out of the jail', 'POLICY_JAIL_POD', () => made(podOfBuild({ hostNetwork: true }))],
  ['another owner', 'POLICY_RECEIPT_RUN', () => made(building(inputsOf(good.receipt, world.gate.good), other))],
  ['an owner that is not there', 'POLICY_OWNER', () => made({ ...good.made.build, metadata: { ...(good.made.build['metadata'] as Json), ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: good.name, uid: other.run, controller: true }] } })],
  ['somebody who claims the run by hand', 'POLICY_RESERVED, POLICY_OWNER, POLICY_RECEIPT_RUN', () => made(good.made.build, 'alice')],
  ['a receipt whose id is revoked', 'VERIFY_RECEIPT_REVOKED', () => under(revoking({ receipt: idOf(good.receipt) }), () => showing(good.receipt))],
  ['a receipt whose key is revoked', 'VERIFY_RECEIPT_REVOKED', () => under(revoking({ key: keyOf(good.receipt) }), () => showing(good.receipt))],
  ['a receipt whose subject is revoked', 'VERIFY_RECEIPT_REVOKED', () => under(revoking({ digest: world.gate.good.split('@')[1] }), () => showing(good.receipt))],
  ['policies that have become stricter since', 'VERIFY_SIGNER_UNTRUSTED', () => under(STRICTER(), () => showing(good.receipt))],
];

/** Somebody else who asks, or asks for something else. */
const ASKING: readonly [string, string, () => Promise<string[]>][] = [
  ['user code', 'POLICY_CALLER_JAILED', () => asked(podOf(good, 'build', good.task))],
  ['a caller who is none of the policy', 'POLICY_CALLER', () => asked(world.gate.pod({ serviceAccount: 'builder' }))],
  ['a pod that claims the TaskRun of another', 'POLICY_CALLER_RUN', () => asked(podOf(good, 'publish', taskOf(good), { name: 'thief' }))],
  ['an image that nobody has signed', 'FETCH_NONE_FOUND', () => asked(good.publisher, world.gate.evil)],
  ['an image without a digest', 'INPUT_DIGEST_MISSING', () => asked(good.publisher, `${world.gate.good.split('@')[0]}:1`)],
  ['a token for another audience', 'INPUT_TOKEN_AUDIENCE', () => refused(world.gate.pod({ audience: 'vault' }))],
  ['a token that has ended', 'INPUT_TOKEN_EXPIRED', () => refused({ ...good.publisher, token: world.gate.issuer.sign({ ...serviceAccountClaims({}), exp: Math.floor(Date.now() / 1000) - 60 }) })],
  ['a token by another key', 'INPUT_TOKEN_INVALID', () => refused({ ...good.publisher, token: world.gate.issuer.sign(serviceAccountClaims({}), { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }) })],
];

/** Something else is to be published. */
const PUBLISHING: readonly [string, string, () => Promise<string[]>][] = [
  ['a digest that the run never made', 'POLICY_PUBLISH_RESULT', () => published({ results: (url) => [{ name: 'IMAGE_URL', value: url }, { name: 'IMAGE_DIGEST', value: foreign }] })],
  ['what only a fetching task names as its result', 'POLICY_PUBLISH_RESULT', () => published({ built: defined('fetch-source') })],
  ['the product of another run', 'POLICY_PUBLISH_RESULT', async () => publishCodes(await good.publish({}, other.publisher))],
  ['a run that has taken something in without a receipt', 'POLICY_PUBLISH_INPUT', () => published({ inputs: (_receipt, image) => inputsOf('', image) })],
  ['a task that names as its result what it took in', 'POLICY_PUBLISH_INPUT', () => published({
    inputs: (_receipt, image) => inputsOf('', image),
    results: (url, digest) => [
      { name: 'IMAGE_URL', value: url }, { name: 'IMAGE_DIGEST', value: digest },
      { name: 'base_IMAGE_URL', value: world.gate.good.split('@')[0] }, { name: 'base_IMAGE_DIGEST', value: world.gate.good.split('@')[1] },
    ],
  })],
  ['a run whose task took something in by default', 'POLICY_PUBLISH_INPUT', () => published({ inputs: () => [], built: executing('compile-by-default', foreign) })],
  ['a run that has taken in what is revoked by now', 'POLICY_PUBLISH_INPUT', () => under(revoking({ digest: world.gate.good.split('@')[1] }), afterwards())],
  ['a run that has taken in what policies refuse by now', 'POLICY_PUBLISH_INPUT', () => under(STRICTER(), afterwards())],
  ['a task of class build that asks', 'POLICY_CALLER_JAILED', () => published({ asks: 'compile' })],
  ['provenance by another builder', 'POLICY_PUBLISH_PENDING', () => published({ provenance: { builder: 'https://evil.example' } })],
  ['provenance by somebody else', 'POLICY_PUBLISH_PENDING', () => published({ provenance: { by: 'stranger' } })],
];

/** Something else lies beside the image that is deployed. */
const DEPLOYING: readonly [string, string, () => Promise<string[]>][] = [
  ['nothing', 'POLICY_RUN_UNPROVEN', async () => made(deployment((await world.build()).product))],
  ['a receipt of the gate', 'POLICY_RECEIPT_PURPOSE', () => lying((story) => resignedFor(story.receipt, story))],
  ['the summary of another image', 'POLICY_RUN_UNPROVEN', () => lying(() => summary)],
  ['a summary of another run', 'POLICY_RUN_OTHER', () => lying((story) => resignedFor(summary, story))],
  ['a summary by a foreign key', 'POLICY_RUN_UNPROVEN', () => lying((story) => byStranger(resignedFor(summary, story, story.run)))],
];

describe.each([['takes in', TAKING], ['asks', ASKING], ['publishes', PUBLISHING], ['deploys', DEPLOYING]] as const)('gate story: who %s', (_, twins) => {
  test.each(twins)('gate story: %s is denied by %s', async (_name, code, judge) => {
    expect(await judge()).toEqual(code.split(', '));
  });
});

test('gate story: the good twins of all, once more', async () => {
  expect(await showing(good.receipt)).toEqual([]);
  expect(await showing(changed(() => undefined))).toEqual([]);
  expect(await asked(good.publisher)).toEqual([]);
  expect(await published({})).toEqual([]);
  expect(await published({ inputs: () => [], built: executing('compile-by-nothing', '') })).toEqual([]);
  expect(await lying((story) => resignedFor(summary, story, story.run))).toEqual([]);
});

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The same statement signed by a key that is none of ours, which is named. */
function byStranger(text: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keyid = `sha256:${sha256Hex(publicKey.export({ type: 'spki', format: 'der' }))}`;
  const envelope = JSON.parse(resigned(text, { privateKey }, () => undefined)) as { signatures: Json[] };
  return JSON.stringify({ ...envelope, signatures: envelope.signatures.map((one) => ({ ...one, keyid })) });
}

/** A summary or receipt of ours as if it were about this image. */
function resignedFor(text: string, { product }: Story, run?: string): string {
  return resigned(text, world.signing, (statement) => {
    statement.subject = [{ digest: { sha256: product.split('@sha256:')[1] } }];
    statement.predicate['resourceUri'] = `oci://${product.split('@')[0]}`;
    if (run !== undefined) statement.predicate['gatehouse_run'] = run;
  });
}

async function lying(text: (story: Story) => string): Promise<string[]> {
  const story = await world.build();
  beside(story.product, text(story));
  return made(deployment(story.product));
}

async function refused(pod: AskingPod): Promise<string[]> {
  const { status, text } = await world.gate.call(pod, 'POST', '/v1/admit', { artifacts: [{ kind: 'image', uri: world.gate.good }] });
  return status === 401 || status === 403 ? [(JSON.parse(text) as { code: string }).code] : [];
}

function predicateOf(text: string): Json {
  const { payload } = JSON.parse(text) as { payload: string };
  return (JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as { predicate: Json }).predicate;
}
const idOf = (text: string): string => String(predicateOf(text)['gatehouse_id']);
const keyOf = (text: string): string => (JSON.parse(text) as { signatures: { keyid: string }[] }).signatures[0]?.keyid ?? '';

/** Uid of the publishing TaskRun of a story. */
function taskOf({ name }: Story): string {
  const all = world.gate.api.objects.get('/apis/tekton.dev/v1/namespaces/ci/taskruns') ?? [];
  const found = all.map(({ metadata }) => metadata as { name: string; uid: string }).find((one) => one.name === `${name}-publish`);
  return found?.uid ?? '';
}

const defined = (name: string) => (taskRun: Json): Json => ({ ...taskRun, spec: { ...(taskRun['spec'] as Json), taskRef: { name, kind: 'Task' } } });
/** The building TaskRun by a definition with this default, and with what its engine says it executes of it. */
const executing = (name: string, value: string) => (taskRun: Json): Json => {
  const taskSpec = { params: [{ name: 'BASE_DIGEST', default: value }], steps: [{ name: 's', image: world.gate.good }] };
  return { ...defined(name)(taskRun), status: { ...(taskRun['status'] as Json), taskSpec } };
};
