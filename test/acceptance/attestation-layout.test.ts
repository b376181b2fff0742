import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { asDigest, hash } from '../world/encode.ts';
import type { SigningKey } from '../world/keys.ts';
import { attachReferrer, pushImage } from '../world/registry/attach.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import type { Subject } from '../world/statement.ts';
import { makeStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const [REVIEW, SLSA] = ['https://in-toto.io/attestation/human-review/v0.1', 'https://slsa.dev/provenance/v1'];
const REPOSITORY = 'git+https://github.com/acme/app';
const [COMMIT, OTHER] = ['1'.repeat(40), '2'.repeat(40)];
const world = createWorld({ now: Date.now() });
const people = { reviewer: world.key(), compiler: world.key(), packer: world.key() };
const stranger = world.key();

let registry: TestRegistry;
let server: TestServer;

const API = { apiVersion: 'gatehouse.dev/v1alpha1' };
const STEPS = [{ name: 'review', type: REVIEW, by: ['reviewer'], where: [{ cel: "predicate.result == 'pass'", message: 'not approved' }] }, { name: 'compile', type: SLSA, by: ['compiler'] }, { name: 'pack', type: SLSA, by: ['packer'] }];
const LAYOUTS = {
  sources: { steps: STEPS },
  run: { steps: STEPS.slice(1), sameRun: true },
  loose: { steps: STEPS, chained: false },
};

function policies(): string {
  const signers = Object.entries(people).map(([name, key]) => ({ ...API, kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: key.publicKeyPem } }] } }));
  const layouts = Object.entries(LAYOUTS).map(([name, layout]) => ({ ...API, kind: 'ClusterArtifactPolicy', metadata: { name }, spec: { artifacts: [{ image: `${registry.host}/${name}/**` }], require: [{ name: 'chain', layout }] } }));
  const plain = { ...API, kind: 'ClusterArtifactPolicy', metadata: { name: 'plain' }, spec: { artifacts: [{ image: `${registry.host}/both/**` }], require: [{ name: 'reviewed', attestation: { type: REVIEW, by: ['reviewer'] } }, { name: 'chain', layout: LAYOUTS.sources }] } };
  return [...signers, ...layouts, plain].map((one) => JSON.stringify(one)).join('\n---\n');
}

/** One piece of evidence; what is left out is as it should be. */
interface Chain {
  readonly reviewed?: Subject;
  readonly reviewer?: SigningKey;
  readonly verdict?: string;
  readonly builtFrom?: string;
  readonly compiled?: string;
  readonly packedFrom?: string;
  readonly packed?: string;
  readonly runs?: readonly [string?, string?];
}

const file = (name: string, content = name): Subject => ({ name, digest: { sha256: hash(content).toString('hex') } });

/** Pushes an image with a review of the commit, the provenance of the binary, and the provenance of the image. */
function push(layout: string, tag: string, chain: Chain = {}): string {
  const digest = asDigest(pushImage(registry, `${layout}/app`, tag, `${layout} ${tag}`));
  const commit = (value: string): Subject => ({ name: REPOSITORY, digest: { gitCommit: value } });
  const provenance = (product: Subject, material: object, run: string | undefined) => makeStatement([product], {
    predicateType: SLSA,
    predicate: { buildDefinition: { buildType: 't', externalParameters: {}, resolvedDependencies: [material] }, runDetails: { builder: { id: 'b' }, metadata: run === undefined ? {} : { invocationId: run } } },
  });
  const { runs: [first, second] = ['run-1', 'run-1'] } = chain;
  const source = commit(chain.builtFrom ?? COMMIT);
  const statements = [
    [chain.reviewer ?? people.reviewer, makeStatement([chain.reviewed ?? commit(COMMIT)], { predicateType: REVIEW, predicate: { result: chain.verdict ?? 'pass' } })],
    [people.compiler, provenance(file('app', chain.compiled), { uri: REPOSITORY, digest: source.digest }, first)],
    [people.packer, provenance({ name: 'image', digest: { sha256: (chain.packed ?? digest).slice(7) } }, file('app', chain.packedFrom), second)],
  ] as const;
  for (const [key, statement] of statements) attachReferrer(registry, `${layout}/app`, digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: keyBundle(world, { key, statement }) }] });
  return `${registry.host}/${layout}/app@${digest}`;
}

const ask = (image: string): Promise<AdmissionAnswer> => server.validate(podReview({ images: [image] }));

beforeAll(async () => {
  registry = await startRegistry();
  server = await startTestServer({ 'chain.yaml': policies() }, { plainHttp: [registry.host] });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

describe('steps about sources and intermediate products, through the webhook', () => {
  test('A08 are bound to the image through the chain', async () => {
    const answer = await ask(push('sources', 'good'));
    expect(answer.status?.message).toBeUndefined();
    expect(answer.allowed).toBe(true);
  });

  test.each<[string, Chain, RegExp]>([
    ['another commit was reviewed than built', { reviewed: { name: REPOSITORY, digest: { gitCommit: OTHER } } }, /step compile: gitCommit:1111/],
    ['a commit was built that nobody reviewed', { builtFrom: OTHER }, /as step review saw it/],
    ['something unrelated was reviewed', { reviewed: file('left-pad') }, /a material that step review was about/],
    ['the review did not approve', { verdict: 'fail' }, /step review: not approved/],
    ['the commit was reviewed by a stranger', { reviewer: stranger }, /step review/],
    ['the binary that was packed is another one', { packedFrom: 'evil' }, /as step compile put it out/],
    ['the binary that was compiled is another one', { compiled: 'other' }, /as step compile put it out/],
    ['the image that was packed is another one', { packed: `sha256:${'0'.repeat(64)}` }, /put out by the last step/],
  ])('A08 deny when %s, although it is attached', async (name, chain, message) => {
    const answer = await ask(push('sources', name.replaceAll(/\W+/g, '-'), chain));
    expect(answer.allowed).toBe(false);
    expect(codes(answer)).toEqual([name.startsWith('the image') ? 'POLICY_LAYOUT_ARTIFACT' : 'POLICY_LAYOUT_STEP']);
    expect(answer.status?.message).toMatch(message);
  });

  test('A08 count for no other requirement: an attestation about a commit is none about the image', async () => {
    const answer = await ask(push('both', 'good'));
    expect(codes(answer)).toEqual(['VERIFY_SUBJECT_MISMATCH', 'POLICY_SATISFIED']);
    expect(answer.status?.message).toMatch(/plain \/ reviewed/);
  });

  test('A08 count for nothing in a layout that is not chained', async () => {
    expect(codes(await ask(push('loose', 'good')))).toEqual(['POLICY_LAYOUT_STEP']);
  });
});

describe('steps of one run, through the webhook', () => {
  test('admit when the invocation ids are the same', async () => expect((await ask(push('run', 'good'))).allowed).toBe(true));

  test.each<[string, Chain]>([
    ['differ', { runs: ['run-1', 'run-2'] }],
    ['differ in case', { runs: ['run-1', 'Run-1'] }],
    ['are missing in one', { runs: ['run-1'] }],
    ['are missing in all', { runs: [] }],
    ['are empty', { runs: ['', ''] }],
  ])('deny when the invocation ids %s', async (name, chain) => {
    const answer = await ask(push('run', name.replaceAll(' ', '-'), chain));
    expect(codes(answer)).toEqual(['POLICY_LAYOUT_STEP']);
    expect(answer.status?.message).toMatch(/run/);
  });
});
