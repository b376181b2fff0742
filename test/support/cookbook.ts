import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ArtifactRef } from '../../src/domain/artifact/artifact.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../src/domain/evidence.ts';
import type { LayersFact } from '../../src/domain/policy/examined-requirement.ts';
import { imageArtifact } from '../../src/domain/artifact/image-artifact.ts';
import type { PolicySet } from '../../src/domain/policy/policy.ts';
import type { ReviewRequest } from '../../src/domain/decision/review.ts';
import { createAdmit } from '../../src/engine/admit.ts';
import type { Admit } from '../../src/engine/admit.ts';
import { createConditionRunner, runExamination } from '../../src/examine/index.ts';
import { denialText } from '../../src/explain/index.ts';
import { readEncryption } from '../../src/fetch/oci/layer-encryption.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { toOutcome } from '../../src/verify/verified.ts';
import { keyBundle, keylessBundle } from '../world/bundle.ts';
import { bundleEvidence } from '../world/domain.ts';
import { asDigest, hash, sha256Hex } from '../world/encode.ts';
import { makeStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import { judgedBy } from './pipelines.ts';
import type { Json } from './pipelines.ts';

interface ScenarioEvidence {
  /** A keyless identity, or the name of a Signer of the page, whose key is then replaced by one of ours. */
  readonly by: { readonly san: string; readonly issuer: string; readonly claims?: Readonly<Record<string, string>> } | string;
  /** Name of the statement's subject, where that is the artifact. */
  readonly subjectName?: string;
  /** RFC 3339; default: an hour before now. */
  readonly signedAt?: string;
  /** Default: the image. */
  readonly subject?: { readonly name?: string; readonly digest: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, unknown>> };
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** A ```json scenario block: what is attached to an artifact, and which codes the answer has. */
export interface Scenario {
  /** Exactly one of these: what is judged. */
  readonly image?: string;
  readonly package?: string;
  /** Or an object that builds, and who asks for it; its images are not judged here. */
  readonly object?: Json;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly evidence: readonly ScenarioEvidence[];
  /** What is attached to other images, by their digests. */
  readonly others?: Readonly<Record<string, readonly ScenarioEvidence[]>>;
  /** Layers of the image, where a requirement looks at them. */
  readonly layers?: readonly { readonly mediaType: string; readonly annotations?: Readonly<Record<string, string>> }[];
  readonly codes: readonly string[];
}

export interface Recipe {
  readonly title: string;
  readonly scenario: Scenario;
  /** The ```text block that follows, when the scenario is denied. */
  readonly message: string | undefined;
}

export interface Page {
  readonly name: string;
  readonly policy: string;
  readonly recipes: readonly Recipe[];
}

const FOLDER = fileURLToPath(new URL('../../docs/cookbook/', import.meta.url));
const NOW = Date.UTC(2026, 10, 1, 12);
const REVIEW: ReviewRequest = {
  surface: 'webhook', caller: { proof: 'certificate', credentials: 'all' }, uid: 'u', operation: 'CREATE', kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' }, subResource: '',
  namespace: 'default', name: 'app', user: { username: 'alice', groups: [] }, dryRun: false, object: null, oldObject: null,
};
const conditions = createConditionRunner();
const BLOCK = /^```([a-z]+)( scenario)?\n([\s\S]*?)^```$/gm;

/** All pages of the cookbook with their policies and scenarios. */
export function readCookbook(): readonly Page[] {
  return readdirSync(FOLDER).filter((file) => file.endsWith('.md') && file !== 'README.md').map((name) => readPage(name, readFileSync(FOLDER + name, 'utf8')));
}

function readPage(name: string, text: string): Page {
  const blocks = [...text.matchAll(BLOCK)].map(([, language = '', scenario, content = ''], index, all) => ({ language, scenario: scenario !== undefined, content, before: text.slice(0, all[index]?.index) }));
  const policy = blocks.filter(({ language, content }) => language === 'yaml' && content.includes('apiVersion:')).map(({ content }) => content).join('---\n');
  const recipes = blocks.flatMap(({ scenario, content, before }, index): Recipe[] => {
    if (!scenario) return [];
    const next = blocks[index + 1];
    const title = [...before.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? name;
    return [{ title, scenario: { evidence: [], ...(JSON.parse(content) as Omit<Scenario, 'evidence'> & Partial<Scenario>) }, message: next?.language === 'text' ? next.content.trimEnd() : undefined }];
  });
  return { name, policy, recipes };
}

/** Mints what the scenario says, asks the engine under the page's policy, and gives the codes and the denial as kubectl shows it. */
export async function run(page: Pick<Page, 'name' | 'policy'>, scenario: Scenario): Promise<{ readonly codes: readonly string[]; readonly message: string }> {
  if (scenario.object !== undefined) return runObject(page, scenario.object, scenario);
  const world = createWorld({ now: NOW });
  const key = world.key();
  const { set, problems } = compilePolicies([{ path: page.name, text: withKey(page.policy, scenario, key.publicKeyPem) }], { trust: { ...createTrustReader(), publicGood: world.trustedRoot() } });
  if (set === undefined) throw new Error(JSON.stringify(problems));
  const artifact = artifactOf(scenario);
  const digest = (artifact.digest as Digest | undefined) ?? asDigest(`sha256:${sha256Hex(artifact.raw)}`);
  const mint = (of: Digest, evidence: readonly ScenarioEvidence[]): readonly UnverifiedEvidence[] => evidence.map(({ by, signedAt, subject, subjectName, predicateType, predicate }, index) => {
    const statement = makeStatement(subject === undefined ? of : [subject], { predicateType, predicate }, subjectName === undefined ? {} : { name: subjectName });
    const at = signedAt === undefined ? NOW - 3_600_000 : Date.parse(signedAt);
    const bundle = typeof by === 'string' ? keyBundle(world, { key, statement, at, log: 'v1' }) : keylessBundle(world, { identity: by, statement, at });
    return bundleEvidence(bundle, `referrer ${index + 1}`);
  });
  const others = Object.entries(scenario.others ?? {}).map(([other, evidence]): [string, readonly UnverifiedEvidence[]] => [other, mint(asDigest(other), evidence)]);
  const admit = engine(set, new Map([[digest, mint(digest, scenario.evidence)], ...others]), digest, layersOf(scenario, digest));
  const decision = await admit({ ...REVIEW, artifacts: [artifact] }, { deadline: NOW + 10_000, signal: new AbortController().signal });
  return { codes: decision.findings.map(({ code }) => code), message: denialText(decision).split('\n').slice(0, -1).join('\n') };
}

/** Asks the engine for an object that builds. Codes are of what speaks of the build; one that holds is told once, whatever it is. */
async function runObject({ policy }: Pick<Page, 'policy'>, object: Json, { user = 'alice', groups = [] }: Scenario): Promise<{ readonly codes: readonly string[]; readonly message: string }> {
  const decision = await judgedBy(policy)(object, { user, groups });
  const codes = decision.findings.filter(({ code }) => code !== 'SELECT_NO_POLICY').map(({ code }) => code);
  const wrong = codes.filter((code) => code !== 'POLICY_SATISFIED');
  return { codes: wrong.length === 0 ? ['POLICY_SATISFIED'] : wrong, message: denialText(decision).split('\n').slice(0, -1).join('\n') };
}

/** The product's engine over evidence in memory; verification and examination run in this thread. */
function engine(set: PolicySet, evidence: ReadonlyMap<string, readonly UnverifiedEvidence[]>, digest: Digest, layers: LayersFact): Admit {
  return createAdmit({
    clock: { now: () => NOW },
    policies: { current: () => ({ ready: true, set }) },
    source: {
      open: (artifact) => ({ batches: [{ evidence: evidence.get(artifact.digest) ?? [], problems: [] }], fetchedAt: NOW, next: () => Promise.resolve(undefined) }),
      diagnose: () => Promise.resolve([]),
      parentIndex: () => Promise.resolve(undefined),
      layers: () => Promise.resolve(layers),
    },
    resolver: { resolve: () => Promise.resolve({ ok: true, digest }) },
    verifier: { known: () => undefined, verify: async (job) => (await runVerificationJob(job)).map((raw, index) => toOutcome(raw, job.evidence[index]?.source ?? '')) },
    examiner: { known: () => undefined, examine: (examination) => Promise.resolve(runExamination(examination, conditions)) },
    namespaces: { labels: () => Promise.resolve({}) },
    recorder: { record: () => undefined },
    unmatched: 'deny',
    newId: () => '01JD0000000000000000000000',
    onFault: (fault) => { throw fault; },
  });
}

/** The page with our key in the place of those of the Signers that a scenario signs for. */
function withKey(policy: string, { evidence }: Scenario, pem: string): string {
  const names = new Set(evidence.map(({ by }) => by));
  const ours = pem.trim().split('\n').join('\n          ');
  return policy.split(/^---\n/m).map((document) => (names.has(/metadata: *\{name: ([a-z-]+)\}/.exec(document)?.[1] ?? '') ? document.replace(/-----BEGIN[\s\S]*?END PUBLIC KEY-----/, ours) : document)).join('---\n');
}

function layersOf({ layers = [] }: Scenario, digest: Digest): LayersFact {
  return { ok: true, images: [{ digest, layers: layers.map(({ mediaType, annotations = {} }, index) => ({ mediaType, encryption: readEncryption(annotations), digest: asDigest(`sha256:${sha256Hex(String(index))}`) })) }] };
}

function artifactOf({ image = '', package: name }: Scenario): ArtifactRef {
  if (name !== undefined) return { kind: 'package', usage: 'dependency', path: 'arguments[0]', raw: name, name, digest: asDigest(`sha512:${hash(name, 'sha512').toString('hex')}`) };
  const made = imageArtifact(image, 'spec.containers[0].image', 'container');
  if (!made.ok) throw new Error(image);
  return made.artifact;
}
