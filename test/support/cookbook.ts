import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Artifact } from '../../src/domain/artifact.ts';
import type { Examination, Examined, RequestFacts } from '../../src/domain/content.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { LayersFact } from '../../src/domain/examined-requirement.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { parseImageReference } from '../../src/domain/image-reference.ts';
import { evaluate } from '../../src/evaluate/index.ts';
import { createConditionRunner, runExamination } from '../../src/examine/index.ts';
import { denialText } from '../../src/explain/index.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { toOutcome } from '../../src/verify/verified.ts';
import { keylessBundle } from '../world/bundle.ts';
import { bundleEvidence } from '../world/domain.ts';
import { asDigest, sha256Hex } from '../world/encode.ts';
import { makeStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

/** A ```json scenario block: what is attached to an image, and which codes the answer has. */
export interface Scenario {
  readonly image: string;
  readonly evidence: readonly {
    readonly by: { readonly san: string; readonly issuer: string; readonly claims?: Readonly<Record<string, string>> };
    /** RFC 3339; default: an hour before now. */
    readonly signedAt?: string;
    readonly predicateType: string;
    readonly predicate: unknown;
  }[];
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
const REQUEST: RequestFacts = { namespace: 'default', name: 'app', operation: 'CREATE', group: '', kind: 'Pod', username: 'alice', groups: [] };
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
    return [{ title, scenario: JSON.parse(content) as Scenario, message: next?.language === 'text' ? next.content.trimEnd() : undefined }];
  });
  return { name, policy, recipes };
}

/** Mints what the scenario says, judges it under the page's policy, and gives the codes and the denial as kubectl shows it. */
export function run(page: Page, scenario: Scenario): { readonly codes: readonly string[]; readonly message: string } {
  const world = createWorld({ now: NOW });
  const { set, problems } = compilePolicies([{ path: page.name, text: page.policy }], { trust: { ...createTrustReader(), publicGood: world.trustedRoot() } });
  if (set === undefined) throw new Error(JSON.stringify(problems));
  const artifact = artifactOf(scenario.image);
  const evidence = scenario.evidence.map(({ by, signedAt, predicateType, predicate }, index) => {
    const statement = makeStatement(artifact.digest, { predicateType, predicate });
    return bundleEvidence(keylessBundle(world, { identity: by, statement, at: signedAt === undefined ? NOW - 3_600_000 : Date.parse(signedAt) }), `referrer ${index + 1}`);
  });
  const findings = set.candidates(artifact).flatMap((policy) => {
    const outcomes = runVerificationJob({ artifact, evidence, trust: policy.trust, now: NOW }).map((raw, index) => toOutcome(raw, evidence[index]?.source ?? ''));
    const examine = (examination: Examination): Examined => runExamination(examination, conditions);
    const question = { artifact, policy, now: NOW, proofs: outcomes.flatMap(({ verified }) => verified), problems: outcomes.flatMap((outcome) => outcome.problems), examine, request: REQUEST, layers: layersOf(scenario, artifact) };
    return policy.requirements.map((requirement) => evaluate(requirement, question));
  });
  return { codes: findings.map(({ code }) => code), message: denialText(decisionOf(artifact, findings)).split('\n').slice(0, -1).join('\n') };
}

function layersOf({ layers = [] }: Scenario, { digest }: Artifact): LayersFact {
  return { ok: true, images: [{ digest, layers: layers.map(({ mediaType, annotations = {} }, index) => ({ mediaType, annotations, digest: asDigest(`sha256:${sha256Hex(String(index))}`) })) }] };
}

function artifactOf(image: string): Artifact {
  const parsed = parseImageReference(image);
  if (!parsed.ok) throw new Error(image);
  return { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: image, name: parsed.reference.name, digest: asDigest(`sha256:${sha256Hex(image)}`), resolvedFromTag: true };
}

function decisionOf(artifact: Artifact, findings: readonly Finding[]): Decision {
  const request = { surface: 'webhook', uid: 'u', operation: 'CREATE', group: '', kind: 'Pod', namespace: 'default', name: 'app', user: 'alice', dryRun: false } as const;
  return { id: '01JD0000000000000000000000', at: NOW, durationMs: 1, outcome: 'deny', verdict: 'violated', findings, artifacts: [artifact], notes: [], policyGeneration: 'g', request };
}
