// What a build reads when the gate refuses it: doing what the fix says gets the same thing admitted, and what a build cannot do names who can.
// For every code of the gate, its receipts and packages; over HTTPS.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { GATE_REASONS } from '../../src/domain/decision/catalogue/gate-reasons.ts';
import type { ReceiptOrder } from '../../src/domain/gate/receipt.ts';
import { createReceipts } from '../../src/vouch/index.ts';
import { inputsOf, startStories } from '../support/build-story.ts';
import type { Story, StoryOptions, StoryWorld } from '../support/build-story.ts';
import { startGate } from '../support/gate.ts';
import type { AskingPod, GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { CONTROLLER } from '../support/pipelines.ts';
import type { Json } from '../support/pipelines.ts';
import { startTestServer } from '../support/server.ts';
import { createTokenIssuer, serviceAccountClaims } from '../support/tokens.ts';
import { resigned } from '../unit/vouch/support.ts';
import { attestationReferrer } from '../world/cosign.ts';
import { startCargo } from '../world/packages/cargo.ts';
import type { CargoIndex } from '../world/packages/cargo.ts';
import { startNpm } from '../world/packages/npm.ts';
import type { NpmRegistry } from '../world/packages/npm.ts';
import { pushReferrer } from '../world/push.ts';
import { createWorld } from '../world/world.ts';

const world = createWorld({ now: Date.now() });
const [ci, unknown] = [createTokenIssuer('https://ci.example'), createTokenIssuer('https://unknown.example')];
const folder = mkdtempSync(join(tmpdir(), 'fixes-'));
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const document = (kind: string, name: string, spec: unknown): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const ofPackages = (name: string, pattern: string, requirement: Json): string =>
  document('ClusterArtifactPolicy', name, { artifacts: [{ package: pattern }], require: [{ name: 'r', ...requirement }] });

let [npm, cargo] = [undefined as unknown as NpmRegistry, undefined as unknown as CargoIndex];
/** The gate that refuses, one whose administrator has obeyed, and a factory in which runs build and publish. */
let [gate, mended] = [undefined as unknown as GateServer, undefined as unknown as GateServer];
let stories = undefined as unknown as StoryWorld;
let ahead = 0;

beforeAll(async () => {
  [npm, cargo] = await Promise.all([startNpm(world), startCargo()]);
  file('key-1.pem', pem);
  const jobs = { issuer: ci.issuer, kind: 'generic', jwksFile: file('ci.json', JSON.stringify(ci.jwks())), namespace: 'ci' };
  const config = {
    plainHttp: ['127.0.0.1'], unmatched: 'allow', packages: [{ ecosystem: 'npm', url: npm.url }, { ecosystem: 'cargo', url: cargo.url }],
  };
  const receipts = { keys: join(folder, 'key-1.pem'), verifier: 'https://gate.example' };
  const free = { ci: {}, factory: { factory: 'true' } };
  gate = await startGate({
    policies: () => ({
      factory: {
        namespaces: { matchLabels: { factory: 'true' } }, images: { unpinned: 'allow' }, receipts: 'required',
        callers: { serviceAccounts: ['factory/fetcher'], usedAs: ['baseImage'] },
      },
    }),
    namespaces: free,
    config: { ...config, gate: { receipts, callers: { ci: [{ ...jobs, claims: { team: 'a' } }] } } },
    documents: () => document('Signer', 'npm-registry', { identities: [{ key: { data: npm.key.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'files', { artifacts: [{ blob: '*.txt' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] })
      + ofPackages('crates', 'pkg:cargo/checked-*', { registry: { checksum: 'accepted' } })
      + ofPackages('npm-kept', 'pkg:npm/@kept/*', { registry: { noDowngrade: true } }),
  });
  const more = { issuer: unknown.issuer, kind: 'generic', jwksFile: file('unknown.json', JSON.stringify(unknown.jwks())), namespace: 'ci' };
  mended = await startGate({
    policies: () => ({}), namespaces: free, overrides: { gateClock: { now: () => Date.now() + ahead } },
    config: { ...config, gate: { callerPerMinute: 3, callers: { ci: [{ ...jobs, claims: { team: ['a', 'b'] } }, more] } } },
  });
  stories = await startStories();
});
afterAll(async () => {
  await Promise.all([gate.close(), mended.close(), stories.close()]);
  await Promise.all([npm.close(), cargo.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** What was answered, whichever way; `codes` is empty for what is good. */
interface Said {
  readonly codes: readonly string[];
  /** All that is told, as text. */
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfter?: string | undefined;
}

type Finding = { readonly code: string; readonly verdict: string };

/** Reads an answer of the gate: refused with a code, a receipt that does not count, or findings. */
function said(text: string, headers: Readonly<Record<string, unknown>> = {}): Said {
  const body = JSON.parse(text) as Json & { code?: string; findings?: Finding[]; artifacts?: { findings: Finding[] }[] };
  const findings = [...(body.findings ?? []), ...(body.artifacts ?? []).flatMap((one) => one.findings)];
  const codes = body.code === undefined ? findings.filter(({ verdict }) => verdict !== 'satisfied').map(({ code }) => code) : [body.code];
  return { codes: [...new Set(codes)], text, body, retryAfter: headers['retry-after'] as string | undefined };
}

async function send(server: GateServer, token: string | undefined, path: string, body: unknown): Promise<Said> {
  const { text, headers } = await server.server.gate('POST', `/v1/${path}`, body, token === undefined ? {} : { authorization: `Bearer ${token}` });
  return said(text, headers);
}

const ask = (body: unknown, pod: AskingPod = gate.pod()): Promise<Said> => send(gate, pod.token, 'admit', body);
const image = (uri: string, more: Json = {}): Json => ({ artifacts: [{ kind: 'image', uri, ...more }] });
const packaged = (uri: string, digest: string): Json => ({ artifacts: [{ kind: 'package', uri, digest }] });
const withToken = (token: string | undefined, server = gate): Promise<Said> => send(server, token, 'admit', image(server.good));

/** A token of a pod with these changes, known to the API server as the good one is. */
function token(claims: Json = {}, options = {}): string {
  const pod = gate.pod();
  const known = gate.api.tokens.get(pod.token);
  const changed = gate.issuer.sign({ ...serviceAccountClaims({ uid: (known?.user as { uid: string }).uid, pod: { name: pod.pod, uid: pod.podUid } }), ...claims }, options);
  if (known !== undefined) gate.api.tokens.set(changed, known);
  return changed;
}

const job = (issuer: typeof ci, team: string): string => issuer.sign({ aud: 'gatehouse', sub: `job-${team}`, team });

const receiptOf = ({ body }: Said): string => String(body['receipt']);
const verify = (receipt: string, more: Json = {}): Promise<Said> => send(gate, gate.pod().token, 'verify-receipt', { receipt, ...more });
const fresh = async (more: Json = {}): Promise<string> => receiptOf(await ask(image(gate.good, more)));

/** A receipt by this key, of this moment, as the gate would have signed it. */
function signed(at: number, key = pem): string {
  const { issuer, take } = createReceipts({ verifier: 'https://gate.example', version: '1', lastsMs: 3_600_000, now: Date.now });
  take([{ name: 'key', text: key }]);
  const [name = '', digest = ''] = gate.good.split('@');
  const order: ReceiptOrder = {
    purpose: 'gate', id: 'x', at, subjects: [{ name: `oci://${name}`, digest }], resource: `oci://${name}`, usage: 'baseImage', caller: 'x', policies: '0'.repeat(64), inputs: [], levels: [],
  };
  const issued = issuer.issue(order);
  return issued.state === 'signed' ? issued.text : '';
}

/** What an API server is answered about an object of a cluster. */
async function reviewed(object: Json, server = gate): Promise<Said> {
  const { allowed, status } = await server.ask(object, { user: CONTROLLER });
  const text = status?.message ?? '';
  return { codes: allowed ? [] : [...new Set(text.match(/(?<=\[)[A-Z]+_[A-Z_]+(?=\])/g) ?? [])], text, body: {} };
}

async function published(options: StoryOptions): Promise<Said> {
  const story = await stories.build(options);
  const { text, headers } = await stories.gate.call(story.publisher, 'POST', '/v1/publish', { artifact: { kind: 'image', uri: story.product } });
  return said(text, headers);
}

/** TaskRun and PipelineRun of the factory, whose pod asks, and a later TaskRun of that run that takes the image in. */
function run(name: string): { readonly pod: () => AskingPod; readonly thief: () => AskingPod; readonly taking: (receipt?: string) => Json } {
  const owner = (kind: string, of: string): Json => ({ apiVersion: 'tekton.dev/v1', kind, name: of, uid: `uid-${of}`, controller: true });
  const metadata = (of: string, owned?: Json): Json =>
    ({ name: of, namespace: 'factory', uid: `uid-${of}`, ...(owned === undefined ? {} : { ownerReferences: [owned], labels: { 'tekton.dev/pipelineTask': 'fetch' } }) });
  const taskSpec = { steps: [{ name: 's', image: gate.good }] };
  gate.stands({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: metadata(name), spec: { pipelineSpec: { tasks: [{ name: 'fetch', taskSpec }] } } });
  gate.stands({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: metadata(`${name}-fetch`, owner('PipelineRun', name)), spec: { taskSpec }, status: { podName: `${name}-pod` } });
  const podOf = (pod: string): AskingPod => gate.pod({ namespace: 'factory', name: pod, owner: owner('TaskRun', `${name}-fetch`) });
  return {
    pod: () => podOf(`${name}-pod`), thief: () => podOf(`${name}-thief`),
    taking: (receipt = '') => ({
      apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: metadata(`${name}-build`, owner('PipelineRun', name)), spec: { taskSpec, params: inputsOf(receipt, gate.good) },
    }),
  };
}

let built = undefined as unknown as Story;

interface Case {
  /** What the fix must say for that which `obey` does. */
  readonly fix: RegExp;
  /** Further words that the answer must have, by which the fix can be obeyed. */
  readonly says?: RegExp;
  readonly refused: () => Promise<Said>;
  /** Does what was said, given what was said. */
  readonly obey: (told: Said) => Promise<Said>;
}

const labelled = (labels: Json): Json => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ci', labels },
  spec: { containers: [{ name: 'c', image: `${gate.registry.host}/nobody/app@${gate.good.split('@')[1]}` }] },
});

const deployed = (product: string): Json => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app', namespace: 'prod' },
  spec: { selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'app', image: product }] } } },
});

const CASES: Readonly<Record<keyof typeof GATE_REASONS, Case>> = {
  INPUT_QUESTION_INVALID: {
    fix: /what the OpenAPI document at \/v1\/openapi.json describes/, says: /artifact\b/,
    refused: () => ask({ artifact: { kind: 'image', uri: gate.good } }),
    async obey() {
      const { text } = await gate.call(undefined, 'GET', '/v1/openapi.json');
      const described = JSON.parse(text) as { paths: Record<string, { post: { requestBody: { content: Record<string, { schema: { required: string[] } }> } } }> };
      const [required = ''] = described.paths['/v1/admit']?.post.requestBody.content['application/json']?.schema.required ?? [];
      return ask({ [required]: [{ kind: 'image', uri: gate.good }] });
    },
  },
  INPUT_ARTIFACT_INVALID: {
    fix: /as docs\/concepts\/gate.md shows for its kind/, says: /artifacts\[0\].*expected sha256:/,
    refused: () => ask(image(gate.good, { digest: 'ABC' })), obey: () => ask(image(gate.good)),
  },
  INPUT_DIGEST_MISSING: {
    fix: /name it with the digest of what you have/, refused: () => ask(image(gate.good.split('@')[0] ?? '')), obey: () => ask(image(gate.good)),
  },
  INPUT_TOKEN_MISSING: { fix: /send Authorization: Bearer with a token issued for this gate/, refused: () => withToken(undefined), obey: () => withToken(token()) },
  INPUT_TOKEN_INVALID: {
    fix: /as it was issued, from the pod that it was issued for/, refused: () => withToken(token().slice(0, -8).concat('AAAAAAAA')), obey: () => withToken(token()),
  },
  INPUT_TOKEN_ALGORITHM: {
    fix: /sign with one of the algorithms that are named/, says: /expected one of the algorithms .*ES256/,
    refused: () => withToken(token({}, { alg: 'HS256' })), obey: () => withToken(token({}, { alg: 'ES256' })),
  },
  INPUT_TOKEN_EXPIRED: { fix: /ask with a fresh token/, refused: () => withToken(token({ exp: 1 })), obey: () => withToken(token()) },
  INPUT_TOKEN_AUDIENCE: {
    fix: /a token for the audience of this gate/,
    refused: () => withToken(token({ aud: ['https://kubernetes.default.svc'] })),
    obey: ({ text }) => withToken(token({ aud: [/for the audience (\S+?)"/.exec(text)?.[1] ?? ''] })),
  },
  INPUT_TOKEN_ISSUER: {
    fix: /have an administrator add the issuer to gate.callers/, refused: () => withToken(job(unknown, 'x')), obey: () => withToken(job(unknown, 'x'), mended),
  },
  INPUT_TOKEN_CLAIMS: {
    fix: /have an administrator let the claims of the token in \(gate.callers.ci\)/, refused: () => withToken(job(ci, 'b')), obey: () => withToken(job(ci, 'b'), mended),
  },
  INPUT_TOKEN_UNCHECKED: {
    fix: /retry; when it lasts, have an administrator check/,
    async refused() {
      gate.api.refusals.set('/apis/authentication.k8s.io/v1/tokenreviews', 500);
      const told = await withToken(token());
      gate.api.refusals.delete('/apis/authentication.k8s.io/v1/tokenreviews');
      return told;
    },
    obey: () => withToken(token()),
  },
  ENGINE_BUDGET: {
    fix: /retry after the time that is named/, says: /may have .*; ask again in \d+ s/,
    async refused() {
      const asking = job(ci, 'a');
      for (let times = 0; times < 3; times += 1) expect((await withToken(asking, mended)).codes).toEqual([]);
      return withToken(asking, mended);
    },
    async obey({ retryAfter }) {
      ahead += Number(retryAfter) * 1000;
      return withToken(job(ci, 'a'), mended);
    },
  },

  POLICY_CALLER: {
    fix: /ask as one of the callers of the policy/, says: /"expected":\["[^"]*factory[:/]fetcher"\]/,
    refused: () => ask(image(gate.good), gate.pod({ namespace: 'factory', serviceAccount: 'builder' })),
    obey: () => ask(image(gate.good), gate.pod({ namespace: 'factory', serviceAccount: 'fetcher' })),
  },
  POLICY_CALLER_JAILED: {
    fix: /fetch in a task before the build, and hand over what was admitted/,
    async refused() {
      const { publisher } = await stories.build({ asks: 'compile' });
      return send(stories.gate, publisher.token, 'admit', image(stories.gate.good));
    },
    // Every story fetches in a task before, and hands the receipt over to the task that builds.
    obey: () => published({}),
  },
  POLICY_CALLER_RUN: {
    fix: /ask from a pod that the engine made for the run/, refused: () => ask(image(gate.good), run('stolen').thief()), obey: () => ask(image(gate.good), run('stolen').pod()),
  },

  VERIFY_RECEIPT_MALFORMED: { fix: /exactly as the gate gave it/, refused: async () => verify((await fresh()).slice(0, -1)), obey: async () => verify(await fresh()) },
  VERIFY_RECEIPT_UNTRUSTED: {
    fix: /ask this gate for the receipt/,
    refused: () => verify(signed(Date.now(), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)), obey: async () => verify(await fresh()),
  },
  VERIFY_RECEIPT_INVALID: {
    fix: /exactly as the gate gave it/,
    async refused() {
      const envelope = JSON.parse(await fresh()) as { payload: string };
      const payload = Buffer.from(envelope.payload, 'base64').toString('utf8').replace('"baseImage"', '"dependency"');
      return verify(JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') }));
    },
    obey: async () => verify(await fresh()),
  },
  VERIFY_RECEIPT_REVOKED: {
    fix: /ask the gate anew/, says: /incident 7/,
    async refused() {
      const answer = await ask(image(gate.good));
      writeFileSync(join(gate.server.policyFolder, 'revoked.yaml'), document('RevocationList', 'incidents', { revocations: [{ receipt: answer.body['id'], reason: 'incident 7' }] }));
      await until(async () => (await verify(receiptOf(answer))).codes.length > 0);
      return verify(receiptOf(answer));
    },
    obey: async () => verify(await fresh()),
  },
  POLICY_RECEIPT_MISSING: {
    fix: /ask the gate before the artifact is used, and hand the receipt over beside its digest/, says: /BASE_RECEIPT/,
    refused: () => reviewed(run('bare').taking()),
    obey: async () => reviewed(run('bare').taking(receiptOf(await ask(image(gate.good), run('bare').pod())))),
  },
  POLICY_RECEIPT_EXPIRED: { fix: /ask the gate anew/, says: /"expected":"until 20/, refused: () => verify(signed(Date.now() - 7_200_000)), obey: async () => verify(await fresh()) },
  POLICY_RECEIPT_EARLY: { fix: /ask the gate anew; .*have an administrator compare the clocks/, refused: () => verify(signed(Date.now() + 600_000)), obey: async () => verify(await fresh()) },
  POLICY_RECEIPT_RUN: {
    fix: /ask the gate in this run/, says: /uid-mine/,
    refused: async () => reviewed(run('mine').taking(receiptOf(await ask(image(gate.good), run('other').pod())))),
    obey: async () => reviewed(run('mine').taking(receiptOf(await ask(image(gate.good), run('mine').pod())))),
  },
  POLICY_RECEIPT_DIGEST: {
    fix: /hand over the receipt of this very digest/, says: /"expected":"sha256:/,
    refused: async () => verify(await fresh(), { artifact: { kind: 'image', uri: gate.evil } }),
    obey: async () => verify(await fresh(), { artifact: { kind: 'image', uri: gate.good } }),
  },
  POLICY_RECEIPT_USAGE: {
    fix: /ask the gate for this use/, says: /"expected":"dependency","found":"baseImage"/,
    refused: async () => verify(await fresh(), { usedAs: 'dependency' }), obey: async () => verify(await fresh({ usedAs: 'dependency' }), { usedAs: 'dependency' }),
  },
  POLICY_RECEIPT_PURPOSE: {
    fix: /a publish summary what was built: hand over the other one/, says: /"expected":"https:\/\/gate.example\/publish"/,
    async refused() {
      const { receipt, publisher } = await stories.build();
      return send(stories.gate, publisher.token, 'verify-receipt', { receipt, purpose: 'publish' });
    },
    async obey() {
      const story = await stories.build();
      return send(stories.gate, story.publisher.token, 'verify-receipt', { receipt: (await story.publish()).summary, purpose: 'publish', run: story.run });
    },
  },

  POLICY_PUBLISH_CALLER: { fix: /a task of class publish that runs in the same run, after the one that built/, refused: () => published({ asks: 'fetch-source' }), obey: () => published({ asks: 'announce' }) },
  POLICY_PUBLISH_RESULT: { fix: /publish a digest that a task of this run has among its results/, refused: () => published({ results: () => [] }), obey: () => published({}) },
  POLICY_PUBLISH_INPUT: {
    fix: /ask the gate before every input is used/, says: /a receipt of this run in BASE_RECEIPT/,
    refused: () => published({ inputs: (_receipt, good) => inputsOf('', good) }), obey: () => published({ inputs: inputsOf }),
  },
  POLICY_PUBLISH_PENDING: {
    fix: /retry after the time that is named: Chains signs when the task has ended/,
    refused: () => published({ provenance: 'none' }),
    async obey({ retryAfter }) {
      expect(Number(retryAfter)).toBeGreaterThan(0);
      const story = await stories.build({ provenance: 'none' });
      expect((await story.publish()).code).toBe('POLICY_PUBLISH_PENDING');
      await story.sign();
      return said(JSON.stringify(await story.publish()));
    },
  },

  POLICY_RUN_OTHER: {
    fix: /have a task of class publish of the run that built it ask for its summary/,
    async refused() {
      built = await stories.build();
      const { summary = '' } = await (await stories.build()).publish();
      const [name = '', digest = ''] = built.product.split('@');
      const repository = name.split('/').slice(1).join('/');
      const text = resigned(summary, stories.signing, (statement) => {
        statement.subject = [{ digest: { sha256: digest.slice('sha256:'.length) } }];
        statement.predicate['resourceUri'] = `oci://${name}`;
      });
      const manifest = Buffer.from(stories.gate.registry.getManifest(repository, digest) ?? []);
      const subject = { digest: digest as Digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', manifest };
      await pushReferrer(stories.gate.registry, repository, attestationReferrer(subject, [{ mediaType: 'application/vnd.dsse.envelope.v1+json', bytes: Buffer.from(text), annotations: {} }]));
      return reviewed(deployed(built.product), stories.gate);
    },
    async obey() {
      expect((await built.publish()).pushed).toBe(true);
      return reviewed(deployed(built.product), stories.gate);
    },
  },

  POLICY_VERIFIED_LABEL: {
    fix: /leave the label gatehouse.dev\/verified out/, refused: () => reviewed(labelled({ 'gatehouse.dev/verified': 'true' })), obey: () => reviewed(labelled({})),
  },

  VERIFY_ECOSYSTEM_SILENT: {
    fix: /have the owner of (?:the )?policy (?:\S+ )?(?:accept|demand)/,
    async refused() {
      const path = join(gate.server.policyFolder, 'silent.yaml');
      writeFileSync(path, ofPackages('silent', 'pkg:cargo/silent-*', { registry: { by: ['npm-registry'] } }));
      const question = packaged('pkg:cargo/silent-crate@1.0.0', cargo.publish('silent-crate', '1.0.0'));
      await until(async () => !(await ask(question)).codes.includes('SELECT_NO_POLICY'));
      return ask(question);
    },
    async obey() {
      const question = packaged('pkg:cargo/silent-two@1.0.0', cargo.publish('silent-two', '1.0.0'));
      writeFileSync(join(gate.server.policyFolder, 'silent.yaml'), ofPackages('silent', 'pkg:cargo/silent-*', { registry: { checksum: 'accepted' } }));
      await until(async () => (await ask(question)).codes.length === 0);
      return ask(question);
    },
  },
  POLICY_CHECKSUM: {
    fix: /fetch the package anew from that index/,
    async refused() {
      cargo.publish('checked-a', '1.0.0');
      return ask(packaged('pkg:cargo/checked-a@1.0.0', `sha256:${'0'.repeat(64)}`));
    },
    // What the index lists is what was expected.
    obey: ({ text }) => ask(packaged('pkg:cargo/checked-a@1.0.0', /"expected":\["(sha256:[0-9a-f]{64})"\]/.exec(text)?.[1] ?? '')),
  },
  POLICY_YANKED: {
    fix: /take a version that is not yanked, or have the owner of (?:the )?policy/,
    refused: () => ask(packaged('pkg:cargo/checked-b@1.0.0', cargo.publish('checked-b', '1.0.0', { yanked: true }))),
    obey: () => ask(packaged('pkg:cargo/checked-c@1.0.1', cargo.publish('checked-c', '1.0.1'))),
  },
  POLICY_DOWNGRADE: {
    fix: /use the earlier version/, says: /as version 1\.0\.0 has it/,
    async refused() {
      npm.publish({ name: '@kept/lib', version: '1.0.0', attested: ['provenance'], time: '2026-01-01T00:00:00.000Z' });
      return ask(packaged('pkg:npm/@kept/lib@1.0.1', npm.publish({ name: '@kept/lib', version: '1.0.1', attested: [], time: '2026-01-02T00:00:00.000Z' })));
    },
    obey: ({ text }) => {
      const version = /as version (\S+) has it/.exec(text)?.[1] ?? '';
      return ask(packaged(`pkg:npm/@kept/lib@${version}`, npm.publish({ name: '@kept/lib', version, attested: ['provenance'], time: '2026-01-01T00:00:00.000Z' })));
    },
  },
};

describe('fixes of the gate', () => {
  test.each(Object.entries(CASES))('fixes %s: refused with it, told what helps, and admitted once that was done', async (code, { fix, says = /./, refused, obey }) => {
    const told = await refused();
    expect(told.codes, told.text).toEqual([code]);
    expect(told.text).toMatch(fix);
    expect(told.text).toMatch(says);
    // Nobody at the gate has what pods have, and a package is not signed as images are.
    expect(told.text).not.toMatch(/imagePullSecret|cosign|--evidence/);
    const after = await obey(told);
    expect([after.codes, after.body['decision'] ?? 'admit', after.body['valid'] ?? true], after.text).toEqual([[], 'admit', true]);
  });

  test('fixes POLICY_CALLER: what is asked about is told the fix that the caller is told, and is admitted for the use that it has', async () => {
    const fetcher = gate.pod({ namespace: 'factory', serviceAccount: 'fetcher' });
    const told = await ask(image(gate.good, { usedAs: 'publish' }), fetcher);
    expect(told.codes).toEqual(['POLICY_CALLER']);
    const { artifacts, findings } = told.body as { artifacts: { findings: { fix: string }[] }[]; findings: { fix: string }[] };
    const fixes = [...findings, ...artifacts.flatMap((one) => one.findings)].map(({ fix }) => fix);
    expect(fixes.length).toBe(2);
    for (const fix of fixes) expect(fix).toContain('ask about each artifact with the use that it has');
    expect((await ask(image(gate.good, { usedAs: 'baseImage' }), fetcher)).codes).toEqual([]);
  });

  test.each<[string, string, string, unknown, RegExp]>([
    ['no such path', 'GET', '/v2', undefined, /ask at one of these/],
    ['another method', 'GET', '/v1/admit', undefined, /send the method that is named/],
    ['a decision of nobody', 'GET', '/v1/decisions/01JDXYZ0000000000000000000', undefined, /ask the question anew/],
    ['no JSON', 'POST', '/v1/admit', '{', /./],
    ['several places at once', 'POST', '/v1/admit', { artifacts: [], more: 1 }, /OpenAPI document/],
  ])('fixes: a refusal says what helps, in one line that nothing has to be unescaped in: %s', async (_, method, path, body, fix) => {
    const { status, text } = await gate.call(gate.pod(), method, path, body);
    const refusal = JSON.parse(text) as { code: string; message: string; fix: string };
    expect(status).toBeGreaterThanOrEqual(400);
    expect(refusal.fix).toMatch(fix);
    expect(refusal.message).not.toMatch(/\\u|\n/);
  });

  test('fixes POLICY_FACT_UNKNOWN: without an API server no run is known, and a question that wants no receipt needs none', async () => {
    const issuer = createTokenIssuer('https://kubernetes.example');
    const jwks = file('kubernetes.json', JSON.stringify(issuer.jwks()));
    const alone = await startTestServer({ 'p.yaml': ofPackages('crates', 'pkg:cargo/*', { registry: { checksum: 'accepted' } }) }, {
      plainHttp: ['127.0.0.1'], packages: [{ ecosystem: 'cargo', url: cargo.url }], gate: { callers: { kubernetesIssuer: issuer.issuer, kubernetesJwksFile: jwks } },
    }, { anyGatePort: true });
    const authorization = `Bearer ${issuer.sign(serviceAccountClaims({ pod: { name: 'p', uid: 'p-1' } }))}`;
    const question = packaged('pkg:cargo/alone@1.0.0', cargo.publish('alone', '1.0.0'));
    const asked = async (more: Json): Promise<Said> => said((await alone.gate('POST', '/v1/admit', { ...question, ...more }, { authorization })).text);
    const [told, without] = [await asked({}), await asked({ receipts: 'none' })];
    await alone.close();
    expect(told.codes).toEqual(['POLICY_FACT_UNKNOWN']);
    expect(told.text).toMatch(/have an administrator connect Gatehouse to the API server, or ask without a receipt \(receipts: none\)/);
    expect([without.codes, without.body['decision']]).toEqual([[], 'admit']);
  });

  test('fixes FETCH_UNAUTHORIZED: at the gate nobody has pull secrets, and a pod that does is told of them', async () => {
    const reference = gate.good.replace('/acme/app', '/acme/closed');
    const mend = gate.registry.fault({ path: /acme\/closed/, behaviour: { kind: 'status', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } } });
    const told = await ask(image(reference));
    const pod = await reviewed({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ci' }, spec: { containers: [{ name: 'c', image: reference }] } });
    mend();
    expect([told.codes, pod.codes]).toEqual([['FETCH_UNAUTHORIZED'], ['FETCH_UNAUTHORIZED']]);
    expect(told.text).toMatch(/an administrator of Gatehouse has given it credentials .*\(dockerConfig/);
    expect(told.text).not.toContain('imagePullSecret');
    expect(pod.text).toContain('imagePullSecret');
  });

  test.each<[string, () => Json, string, RegExp]>([
    ['a version that the index does not have', () => packaged('pkg:cargo/checked-gone@1.0.0', `sha256:${'0'.repeat(64)}`), 'FETCH_NOT_FOUND', /check name, version and digest/],
    ['evidence of another form', () => ({ artifacts: [{ kind: 'blob', name: 'a.txt', digest: `sha256:${'0'.repeat(64)}`, evidence: [{ x: 1 }] }] }), 'VERIFY_FORMAT', /hand over a Sigstore bundle/],
    ['a file that nobody has signed', () => ({ artifacts: [{ kind: 'blob', name: 'a.txt', digest: `sha256:${'0'.repeat(64)}` }] }), 'FETCH_NONE_FOUND', /hand over what that makes/],
    ['what no policy speaks about', () => packaged('pkg:gem/rails@1.0.0', `sha256:${'0'.repeat(64)}`), 'SELECT_NO_POLICY', /ask the owner of the policies to add one/],
  ])('fixes: a package or a file is not told what helps an image: %s', async (_, question, code, fix) => {
    const told = await ask(question());
    expect(told.codes, told.text).toEqual([code]);
    expect(told.text).toMatch(fix);
    expect(told.text).not.toMatch(/cosign (?!sign-blob|attest-blob)|push|"fix":"[^"]*\btag\b/);
  });

  test('fixes: what only an administrator or an owner can do names them', () => {
    const theirs = Object.entries(GATE_REASONS).filter(([code, { fix }]) => /gate\.callers|yanked: |clocks of the replicas|the issuer of the token/.test(fix) && code !== 'INPUT_TOKEN_ALGORITHM');
    expect(theirs.length).toBeGreaterThan(3);
    expect(theirs.filter(([, { fix }]) => !/administrator|owner/.test(fix))).toEqual([]);
  });
});
