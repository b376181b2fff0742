/** Mistakes of build tasks that ask the gate, as it answers them. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCargo } from '../../world/packages/cargo.ts';
import { startNpm } from '../../world/packages/npm.ts';
import { createWorld } from '../../world/world.ts';
import { inputsOf, startStories } from '../build-story.ts';
import type { StoryOptions } from '../build-story.ts';
import { startGate } from '../gate.ts';
import type { AskingPod, GateServer } from '../gate.ts';
import type { Json } from '../pipelines.ts';
import { createTokenIssuer, serviceAccountClaims } from '../tokens.ts';
import type { Mistake, MistakeGroup } from './mistake.ts';

const CALLER = { artifact: { none: 'nobody is let in yet, so nothing is asked about' }, policy: { none: 'it happens before any policy is asked' } } as const;
const TOKEN = { ...CALLER, path: { none: 'the header is the place, and is named' } } as const;
const UNREPEATED = { none: 'nothing of a token is repeated' } as const;
const UNTOLD = { none: 'who is let in is not told to those who are not' } as const;
const BEFORE = { policy: { none: 'it happens before any policy is asked' } } as const;
const RECEIPT = { policy: { none: 'a receipt is judged by what it says, and no policy is asked' } } as const;

/** The gate with what stands around it. */
interface GateWorld {
  readonly gate: GateServer;
  readonly stories: Awaited<ReturnType<typeof startStories>>;
  readonly npm: Awaited<ReturnType<typeof startNpm>>;
  readonly cargo: Awaited<ReturnType<typeof startCargo>>;
  readonly job: (team: string) => string;
  close(): Promise<void>;
}

const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const ofPackages = (name: string, pattern: string, requirement: Json): string =>
  document('ClusterArtifactPolicy', name, { artifacts: [{ package: pattern }], require: [{ name: 'r', ...requirement }] });

async function start(): Promise<GateWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-messages-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const world = createWorld({ now: Date.now() });
  const ci = createTokenIssuer('https://ci.example');
  const [npm, cargo] = await Promise.all([startNpm(world), startCargo()]);
  const key = file('key-1.pem', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  const gate = await startGate({
    policies: () => ({
      factory: {
        namespaces: { matchLabels: { factory: 'true' } }, images: { unpinned: 'allow' }, receipts: 'required',
        callers: { serviceAccounts: ['factory/fetcher'], usedAs: ['baseImage'] },
      },
    }),
    namespaces: { ci: {}, factory: { factory: 'true' } },
    config: {
      plainHttp: ['127.0.0.1'], unmatched: 'deny', packages: [{ ecosystem: 'npm', url: npm.url }, { ecosystem: 'cargo', url: cargo.url }],
      gate: {
        receipts: { keys: key, verifier: 'https://gate.example' },
        callers: { ci: [{ issuer: ci.issuer, kind: 'generic', jwksFile: file('ci.json', JSON.stringify(ci.jwks())), namespace: 'ci', claims: { team: 'a' } }] },
      },
    },
    documents: () => document('Signer', 'npm-registry', { identities: [{ key: { data: npm.key.publicKeyPem } }] })
      + ofPackages('crates', 'pkg:cargo/checked-*', { registry: { checksum: 'accepted' } })
      + ofPackages('silent', 'pkg:cargo/silent-*', { registry: { by: ['npm-registry'] } })
      + ofPackages('attested', 'pkg:npm/@attested/*', { provenance: { by: ['alice'] } })
      + ofPackages('npm-kept', 'pkg:npm/@kept/*', { registry: { noDowngrade: true } }),
  });
  const stories = await startStories();
  return {
    gate, stories, npm, cargo,
    job: (team) => ci.sign({ aud: 'gatehouse', sub: `job-${team}`, team }),
    async close() {
      await Promise.all([gate.close(), stories.close()]);
      await Promise.all([npm.close(), cargo.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let started: Promise<GateWorld> | undefined;
const world = (): Promise<GateWorld> => (started ??= start());

/** What is read of an answer: its message where a question is judged, otherwise the answer. */
function told(text: string): string {
  const { receipt: _, ...answer } = JSON.parse(text) as { message?: string; findings?: unknown; receipt?: unknown };
  const { message = '', findings } = answer;
  return findings === undefined || message === '' ? JSON.stringify(answer, null, 2) : message;
}

async function sent(gate: GateServer, token: string | undefined, body: unknown, path = 'admit'): Promise<string> {
  return told((await gate.server.gate('POST', `/v1/${path}`, body, token === undefined ? {} : { authorization: `Bearer ${token}` })).text);
}

const image = (uri: string, more: Json = {}): Json => ({ artifacts: [{ kind: 'image', uri, ...more }] });
const packaged = (uri: string, digest: string): Json => ({ artifacts: [{ kind: 'package', uri, digest }] });
const factory = (gate: GateServer, serviceAccount = 'fetcher'): AskingPod => gate.pod({ namespace: 'factory', serviceAccount });

/** A token of a pod with these changes, known to the API server as the good one is. */
function token({ api, issuer, pod }: GateServer, claims: Json): string {
  const asking = pod();
  const known = api.tokens.get(asking.token);
  const signed = issuer.sign({ ...serviceAccountClaims({ uid: (known?.user as { uid: string }).uid, pod: { name: asking.pod, uid: asking.podUid } }), ...claims });
  if (known !== undefined) api.tokens.set(signed, known);
  return signed;
}

async function published(options: StoryOptions): Promise<string> {
  const { stories } = await world();
  const story = await stories.build(options);
  const { text } = await stories.gate.call(story.publisher, 'POST', '/v1/publish', { artifact: { kind: 'image', uri: story.product } });
  return told(text);
}

type Marks = Omit<Mistake, 'row' | 'mistake' | 'says'>;
const asked = (row: string, mistake: string, marks: Marks, says: (world: GateWorld) => Promise<string>): Mistake =>
  ({ row, mistake, ...marks, says: async () => says(await world()) });

export const GATE: MistakeGroup = {
  title: 'The gate',
  rows: [
    asked('G1', 'no token', { ...TOKEN, fixMust: /send Authorization: Bearer with a token issued for this gate/ }, ({ gate }) => sent(gate, undefined, image(gate.good))),
    asked('G2', 'a token for another audience', { ...TOKEN, found: UNREPEATED, fixMust: /ask with a token for the audience of this gate/ }, ({ gate }) => sent(gate, token(gate, { aud: ['https://kubernetes.default.svc'] }), image(gate.good))),
    asked('G3', 'a token that has expired', { ...TOKEN, found: /the token has expired/, expected: { none: 'one that has not is all that is expected' }, fixMust: /ask with a fresh token/ }, ({ gate }) => sent(gate, token(gate, { exp: 1 }), image(gate.good))),
    asked('G4', 'a token of an issuer that nobody named', { ...TOKEN, found: /the issuer of the token is not configured/, expected: UNTOLD, fixMust: /have an administrator add the issuer to gate.callers/ },
      ({ gate }) => sent(gate, createTokenIssuer('https://unknown.example').sign({ aud: 'gatehouse', sub: 'job' }), image(gate.good))),
    asked('G5', 'a job of another team', { ...TOKEN, found: /leaves out by its claims/, expected: UNTOLD, fixMust: /have an administrator let the claims of the token in/ }, ({ gate, job }) => sent(gate, job('b'), image(gate.good))),
    asked('G6', 'a misspelt field in the question', { artifact: { none: 'the question cannot be read' }, ...BEFORE, path: 'artifact', fixMust: /OpenAPI document/ }, ({ gate }) => sent(gate, gate.pod().token, { artifact: { kind: 'image', uri: gate.good } })),
    asked('G7', 'a digest that is none', { artifact: { none: 'the question cannot be read' }, ...BEFORE, path: 'artifacts[0]', fixMust: /docs\/concepts\/gate.md/ }, ({ gate }) => sent(gate, gate.pod().token, image(gate.good, { digest: 'ABC' }))),
    asked('G8', 'an image by name alone', { artifact: 'acme/app', ...BEFORE, path: 'artifacts[0]', fixMust: /name it with the digest of what you have/ }, ({ gate }) => sent(gate, gate.pod().token, image(gate.good.split('@')[0] ?? ''))),
    asked('G9', 'an image that nobody has signed', { artifact: 'acme/app@', policy: 'policy images / signed', path: 'artifacts[0]', fixMust: /alice/ }, ({ gate }) => sent(gate, gate.pod().token, image(gate.evil))),
    asked('G10', 'an account that may not ask', { artifact: { none: 'the caller is what is refused' }, policy: 'policy factory', path: /ServiceAccount|caller|question/i, fixMust: /ask as one of the callers of the policy/ },
      ({ gate }) => sent(gate, factory(gate, 'builder').token, image(gate.good))),
    asked('G11', 'a use that the policy does not let a caller have', { artifact: 'acme/app@', policy: 'policy factory', path: 'artifacts[0]', fixMust: /with the use that it has/ },
      ({ gate }) => sent(gate, factory(gate).token, image(gate.good, { usedAs: 'publish' }))),
    asked('G12', 'what no policy speaks about', { artifact: 'pkg:gem/rails@1.0.0', policy: { none: 'there is none, which is what is told' }, path: 'artifacts[0]', fixMust: /ask the owner of the policies to add one/ },
      ({ gate }) => sent(gate, gate.pod().token, packaged('pkg:gem/rails@1.0.0', `sha256:${'0'.repeat(64)}`))),
    asked('G13', 'a package without evidence', { artifact: '@attested/lib@1.0.0', policy: 'policy attested / r', path: 'artifacts[0]', fixMust: /have its publisher publish from a build with attestations/, fixMustNot: /cosign/ },
      ({ gate, npm }) => sent(gate, gate.pod().token, packaged('pkg:npm/@attested/lib@1.0.0', npm.publish({ name: '@attested/lib', version: '1.0.0', attested: [] })))),
    asked('G14', 'a package with other bytes than its index lists', { artifact: 'pkg:cargo/checked-a@1.0.0', policy: 'policy crates / r', path: 'artifacts[0]', fixMust: /fetch the package anew from that index/ }, ({ gate, cargo }) => {
      cargo.publish('checked-a', '1.0.0');
      return sent(gate, gate.pod().token, packaged('pkg:cargo/checked-a@1.0.0', `sha256:${'0'.repeat(64)}`));
    }),
    asked('G15', 'a package that was yanked', { artifact: 'pkg:cargo/checked-b@1.0.0', policy: 'policy crates / r', path: 'artifacts[0]', fixMust: /take a version that is not yanked/ },
      ({ gate, cargo }) => sent(gate, gate.pod().token, packaged('pkg:cargo/checked-b@1.0.0', cargo.publish('checked-b', '1.0.0', { yanked: true })))),
    asked('G16', 'a version that proves less than the one before', { artifact: '@kept/lib@1.0.1', policy: 'policy npm-kept / r', path: 'artifacts[0]', fixMust: /use the earlier version/ }, ({ gate, npm }) => {
      npm.publish({ name: '@kept/lib', version: '1.0.0', attested: ['provenance'], time: '2026-01-01T00:00:00.000Z' });
      return sent(gate, gate.pod().token, packaged('pkg:npm/@kept/lib@1.0.1', npm.publish({ name: '@kept/lib', version: '1.0.1', attested: [], time: '2026-01-02T00:00:00.000Z' })));
    }),
    asked('G17', 'a proof that the ecosystem does not have', { artifact: 'pkg:cargo/silent-crate@1.0.0', policy: 'policy silent / r', path: 'artifacts[0]', fixMust: /have the owner of policy silent (?:accept|demand)/ },
      ({ gate, cargo }) => sent(gate, gate.pod().token, packaged('pkg:cargo/silent-crate@1.0.0', cargo.publish('silent-crate', '1.0.0')))),
    asked('G18', 'a receipt that is cut short', { artifact: { none: 'a receipt that cannot be read names none' }, ...RECEIPT, path: 'receipt', found: /is no JSON/, expected: /as the gate gave it/, fixMust: /exactly as the gate gave it/ },
      async ({ gate }) => sent(gate, gate.pod().token, { receipt: (await receipt(gate)).slice(0, -1) }, 'verify-receipt')),
    asked('G19', 'the receipt of another image', { artifact: /"found": "sha256:/, ...RECEIPT, path: { none: 'the receipt is the place' }, fixMust: /hand over the receipt of this very digest/ },
      async ({ gate }) => sent(gate, gate.pod().token, { receipt: await receipt(gate), artifact: { kind: 'image', uri: gate.evil } }, 'verify-receipt')),
    asked('G20', 'a build without a receipt of its base image', { artifact: /found {4}sha256:/, policy: 'policy factory', path: 'spec.params[1]', fixMust: /ask the gate before the artifact is used, and hand the receipt over beside its digest/ },
      ({ gate }) => taken(gate)),
    asked('G21', 'publishing from a task that fetches', { artifact: { none: 'the caller is what is refused' }, policy: 'policy factory / publish', path: 'Question ci/release', fixMust: /a task of class publish that runs in the same run/ }, () => published({ asks: 'fetch-source' })),
    asked('G22', 'publishing what no task of the run has made', { artifact: /expected sha256:/, policy: 'policy factory / publish', path: 'Question ci/release', fixMust: /publish a digest that a task of this run has among its results/ }, () => published({ results: () => [] })),
    asked('G23', 'publishing with an input that the gate was not asked about', { artifact: /BASE_DIGEST: sha256:/, policy: 'policy factory / publish', path: 'spec.params[1]', fixMust: /ask the gate before every input is used/ },
      () => published({ inputs: (_receipt, good) => inputsOf('', good) })),
  ],
  async close() {
    await (await started)?.close();
    started = undefined;
  },
};

/** The receipt of the good image. */
async function receipt(gate: GateServer): Promise<string> {
  return String((await gate.admit(gate.pod(), image(gate.good))).receipt);
}

/** A TaskRun of the factory that takes an image in, and has no receipt of it. */
async function taken(gate: GateServer): Promise<string> {
  const owner = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'bare', uid: 'uid-bare', controller: true };
  const taskSpec = { steps: [{ name: 's', image: gate.good }] };
  gate.stands({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'bare', namespace: 'factory', uid: 'uid-bare' }, spec: { pipelineSpec: { tasks: [{ name: 'fetch', taskSpec }] } } });
  const run = {
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'bare-build', namespace: 'factory', uid: 'uid-bare-build', ownerReferences: [owner], labels: { 'tekton.dev/pipelineTask': 'fetch' } },
    spec: { taskSpec, params: inputsOf('', gate.good) },
  };
  return (await gate.ask(run, { user: 'system:serviceaccount:tekton-pipelines:tekton-pipelines-controller' })).status?.message ?? '';
}
