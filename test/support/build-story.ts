/** A build in a factory, from fetch to publish: a run with its TaskRuns, what they took in and made, and provenance as Chains signs it. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attestationLayer, attestationReferrer } from '../world/cosign.ts';
import { signForTekton } from '../world/definition.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { makeStatement, slsaProvenanceV1 } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import type { AskingPod, GateServer } from './gate.ts';
import { startGate } from './gate.ts';
import type { Factory } from './factory-server.ts';
import type { HttpAnswer } from './server.ts';
import type { Json } from './pipelines.ts';

const BUILDER = 'https://tekton.dev/chains/v2';

/** What `POST /v1/publish` answers. */
export interface Publication {
  readonly status: number;
  readonly retryAfter?: string | undefined;
  readonly code?: string;
  readonly message?: string;
  readonly decision?: string;
  readonly summary?: string;
  readonly pushed?: boolean;
  readonly referrer?: string;
  readonly problem?: { readonly code: string };
  readonly findings?: readonly { readonly code: string; readonly verdict: string; readonly found?: readonly string[] }[];
}

/** Codes of what is not satisfied, or of what the question was refused with. */
export function publishCodes({ code, findings = [] }: Publication): string[] {
  return code === undefined ? findings.filter(({ verdict }) => verdict !== 'satisfied').map((one) => one.code) : [code];
}

/** What differs from the good build. */
export interface StoryOptions {
  /** Class of the task that asks, by its definition: `announce` publishes, `compile` builds, `fetch-source` fetches. */
  readonly asks?: 'announce' | 'compile' | 'fetch-source';
  /** Parameters of the building task, given the receipt that the fetching one had. */
  readonly inputs?: (receipt: string, good: string) => readonly Json[];
  /** Results of the building task, given the digest of the product. */
  readonly results?: (url: string, digest: string) => readonly Json[];
  /** Changes the TaskRun that built. */
  readonly built?: (taskRun: Json) => Json;
  /** Whether the run lists the TaskRun that built. */
  readonly listed?: false;
  /** By whose key and of which run the provenance is; `none`: there is none. */
  readonly provenance?: 'none' | { readonly by?: 'stranger'; readonly invocation?: (run: string, task: string) => string; readonly builder?: string };
  /** Where the provenance is kept: beside the image, or in annotations of the run. */
  readonly kept?: 'registry' | 'annotations';
}

/** One build, ready to be published. */
export interface Story {
  readonly run: string;
  /** Name of the run; its TaskRuns are NAME-fetch, NAME-build and NAME-publish. */
  readonly name: string;
  readonly task: string;
  /** The TaskRuns that built and that publish, as their engine would have made them. */
  readonly made: { readonly build: Json; readonly publish: Json };
  /** Reference by digest of what it built. */
  readonly product: string;
  readonly publisher: AskingPod;
  /** The receipt that the fetching task had. */
  readonly receipt: string;
  publish(more?: Json, as?: AskingPod): Promise<Publication>;
  /** Signs the provenance now and puts it beside the image. */
  sign(): Promise<void>;
}

/** The factory in which builds take place. */
export interface StoryWorld {
  readonly gate: GateServer;
  /** By which receipts and summaries are signed. */
  readonly signing: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  build(options?: StoryOptions): Promise<Story>;
  close(): Promise<void>;
}

const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;

/** Starts the factory: signed tasks, a policy that gives summaries in namespace `ci`, and one of deployments that demands them. */
export async function startStories(more: { readonly policy?: Json; readonly kinds?: Factory['kinds']; readonly tasks?: Readonly<Record<string, readonly Json[]>>; readonly documents?: (host: string) => string } = {}): Promise<StoryWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-story-'));
  const signing = generateKeyPairSync('ed25519');
  writeFileSync(join(folder, 'key-1.pem'), signing.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const world = createWorld({ now: Date.now() });
  const [team, chains, stranger] = [world.key(), world.key(), world.key()];
  const gate = await startGate({
    ...(more.kinds === undefined ? {} : { kinds: more.kinds }),
    policies: () => ({
      factory: {
        namespaces: { matchLabels: { factory: 'true' } }, definitions: { signedBy: ['team'] }, images: { unpinned: 'allow' },
        classes: { definitions: { fetch: ['fetch-*'], publish: ['announce'] } }, jail: { networkPolicy: 'off', hermetic: 'off' },
        publish: { results: 'off', provenance: 'off', summary: { by: ['chains'], builder: BUILDER, level: 2 } }, ...more.policy,
      },
    }),
    namespaces: { ci: { factory: 'true' }, prod: {}, elsewhere: {} },
    config: { gate: { receipts: { keys: folder, verifier: 'https://gate.example' } }, 'cache.absenceTTL': '0s' },
    documents: (host) => document('Signer', 'team', { identities: [{ key: { data: team.publicKeyPem } }] })
      + document('Signer', 'chains', { identities: [{ key: { data: chains.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'deployed', {
        artifacts: [{ image: `${host}/products/**` }], require: [{ name: 'built', provenance: { by: ['chains'], builder: BUILDER, run: 'admitted' } }],
      }) + (more.documents?.(host) ?? ''),
  });
  for (const [name, params] of Object.entries({ 'fetch-source': [], compile: [], announce: [], ...more.tasks })) {
    const task = { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name, namespace: 'ci' }, spec: { ...(params.length === 0 ? {} : { params }), steps: [{ name: 's', image: gate.good }] } };
    gate.stands(signForTekton(task, team));
  }

  const parts = { fetch: 'fetch-source', build: 'compile', publish: 'announce' };
  gate.stands(signForTekton({
    apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name: 'release', namespace: 'ci' },
    spec: { tasks: Object.entries(parts).map(([name, task]) => ({ name, taskRef: { name: task, kind: 'Task' } })) },
  }, team));

  async function build(options: StoryOptions = {}): Promise<Story> {
    const { asks = 'announce', provenance = {}, kept = 'registry' } = options;
    const [id, run, task] = [randomUUID().slice(0, 8), randomUUID(), randomUUID()];
    const name = `release-${id}`;
    const image = makeImage();
    const repository = `products/app-${id}`;
    await push(gate.registry, repository, image);
    const url = `${gate.registry.host}/${repository}`;
    const begun = Math.floor(Date.now() / 1000) * 1000 - 600_000;
    const taskRun = (part: string, definition: string, { uid = randomUUID(), at = 0, params = [], results = [], pod }: Made = {}): Json => ({
      apiVersion: 'tekton.dev/v1', kind: 'TaskRun',
      metadata: {
        name: `${name}-${part}`, namespace: 'ci', uid, creationTimestamp: stamp(begun + at),
        labels: { 'tekton.dev/pipelineRun': name, 'tekton.dev/pipelineTask': part },
        ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name, uid: run, controller: true }],
      },
      // What builds is user code: no token of an account is mounted.
      spec: { taskRef: { name: definition, kind: 'Task' }, params, ...(part === 'build' ? { podTemplate: { automountServiceAccountToken: false } } : {}) },
      status: {
        results, ...(pod === undefined ? {} : { podName: pod }),
        ...(pod !== undefined && part === 'publish' ? {} : { completionTime: stamp(begun + at + 60_000), conditions: [{ type: 'Succeeded', status: 'True' }] }),
      },
    });
    const lists = (parts: readonly string[]): void => gate.stands({
      apiVersion: 'tekton.dev/v1', kind: 'PipelineRun',
      metadata: { name, namespace: 'ci', uid: run, ...(kept === 'annotations' && provenance !== 'none' ? { annotations: annotations() } : {}) },
      spec: { pipelineRef: { name: 'release' } },
      status: { childReferences: parts.map((part) => ({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: `${name}-${part}`, pipelineTaskName: part })) },
    });
    const says = provenance === 'none' ? {} : provenance;
    const layer = attestationLayer(world, makeStatement(image.digest, slsaProvenanceV1({
      builder: says.builder ?? BUILDER, invocationId: says.invocation?.(run, task) ?? run,
    })), { key: says.by === 'stranger' ? stranger : chains });
    const annotations = (): Json => ({ [`chains.tekton.dev/signature-pipelinerun-${run}`]: Buffer.from(layer.bytes).toString('base64') });
    const sign = (): Promise<void> => pushReferrer(gate.registry, repository, attestationReferrer(image, [layer]));
    if (provenance !== 'none' && kept === 'registry') await sign();

    const podOf = (part: string, uid: string): AskingPod =>
      gate.pod({ name: `${name}-${part}-pod`, owner: { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: `${name}-${part}`, uid, controller: true } });
    // The fetching task asks while it runs.
    const fetching = randomUUID();
    lists(['fetch']);
    gate.stands(taskRun('fetch', 'fetch-source', { uid: fetching, pod: `${name}-fetch-pod` }));
    const { receipt = '' } = await gate.admit(podOf('fetch', fetching), { artifacts: [{ kind: 'image', uri: gate.good }] });
    const now = Date.now() - begun;
    const inputs = options.inputs?.(receipt, gate.good) ?? inputsOf(receipt, gate.good);
    const results = options.results?.(url, image.digest) ?? [{ name: 'IMAGE_URL', value: `${url}:v1` }, { name: 'IMAGE_DIGEST', value: image.digest }];
    const built = taskRun('build', 'compile', { uid: task, at: now, params: inputs, results, pod: `${name}-build-pod` });
    gate.stands(options.built?.(built) ?? built);
    const publishing = randomUUID();
    const publishes = taskRun('publish', asks, {
      uid: publishing, at: now + 60_000, pod: `${name}-publish-pod`,
      params: [{ name: 'IMAGE_URL', value: url }, { name: 'IMAGE_DIGEST', value: image.digest }],
    });
    gate.stands(publishes);
    lists(['fetch', ...(options.listed === false ? [] : ['build']), 'publish']);
    const publisher = podOf('publish', publishing);
    const product = `${url}@${image.digest}`;
    return {
      run, name, task, product, publisher, receipt, sign, made: { build: fresh(built), publish: fresh(publishes) },
      publish: async (question = {}, as = publisher) => read(await gate.call(as, 'POST', '/v1/publish', { artifact: { kind: 'image', uri: product }, ...question })),
    };
  }

  return {
    gate, build, signing,
    async close() {
      await gate.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Made {
  readonly uid?: string;
  /** Milliseconds after the run began. */
  readonly at?: number;
  readonly params?: readonly Json[];
  readonly results?: readonly Json[];
  readonly pod?: string;
}

/** Parameters by which a task takes in an image with its receipt. */
export function inputsOf(receipt: string, reference: string): readonly Json[] {
  const [url = '', digest = ''] = reference.split('@');
  return [{ name: 'BASE_URL', value: url }, { name: 'BASE_DIGEST', value: digest }, ...(receipt === '' ? [] : [{ name: 'BASE_RECEIPT', value: receipt }])];
}

/** As it is before anything was executed of it. */
function fresh({ status: _, metadata, ...rest }: Json): Json {
  const { uid: _uid, creationTimestamp: _at, ...named } = metadata as Json;
  return { ...rest, metadata: named };
}

function stamp(at: number): string {
  return new Date(Math.ceil(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

function read({ status, text, headers }: HttpAnswer): Publication {
  return { status, retryAfter: headers?.['retry-after'] as string | undefined, ...(JSON.parse(text) as object) };
}
