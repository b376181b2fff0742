/** Who is refused, what the line says that helps, and what becomes of the artifact when it is obeyed: from YAML and bytes to the verdict. */
import { expect } from 'vitest';
import type { ArtifactRef } from '../../../src/domain/artifact/artifact.ts';
import type { CertificateStatus } from '../../../src/domain/certificate-status.ts';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import { REASONS } from '../../../src/domain/decision/reasons.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import type { ReviewRequest, Surface } from '../../../src/domain/decision/review.ts';
import type { UnverifiedEvidence, VerificationJob } from '../../../src/domain/evidence.ts';
import type { UnusableDocument } from '../../../src/domain/unusable-document.ts';
import type { LayersFact } from '../../../src/domain/policy/examined-requirement.ts';
import { createAdmit } from '../../../src/engine/admit.ts';
import { createConditionRunner, runExamination } from '../../../src/examine/index.ts';
import { denialText, reasonText } from '../../../src/explain/index.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { createJobRunner } from '../../../src/verify/job.ts';
import { createProofCore } from '../../../src/verify/run.ts';
import type { AskOpinion } from '../../../src/verify/second-opinion/index.ts';
import { toOutcome } from '../../../src/verify/verified.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import type { KeylessOptions, KeyOptions } from '../../world/bundle.ts';
import { bundleEvidence } from '../../world/domain.ts';
import { digestOf } from '../../world/encode.ts';
import type { SigningKey } from '../../world/keys.ts';
import { makeStatement } from '../../world/statement.ts';
import type { Predicate } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';

export const NOW = Date.UTC(2026, 10, 1, 12);
export const HOUR = 3_600_000;
export const world = createWorld({ now: NOW });
/** Somebody else's Sigstore, genuine and untrusted. */
export const elsewhere = createWorld({ now: NOW });
export const [alice, bob, stranger] = [world.key(), world.key(), world.key()];
export const ISSUER = 'https://token.actions.githubusercontent.com';
/** The workflow that signer `ci` is. */
export const CI = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: ISSUER, claims: {} } as const;
export const NAME = 'registry.example/acme/app';
export const DIGEST: Digest = digestOf(Buffer.from('an image'));
export const OTHER: Digest = digestOf(Buffer.from('another image'));

/** A document of the configuration, as text of JSON, which is YAML. */
export function document(kind: string, name: string, spec: object): string {
  return `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
}

/** A Signer with one key. */
export function keySigner(name: string, key: SigningKey, more: object = {}, spec: object = {}): string {
  return document('Signer', name, { identities: [{ key: { data: key.publicKeyPem, ...more } }], ...spec });
}

/** Signer `ci`, a workflow under trust root `world`. */
export function ciSigner(more: object = {}): string {
  return document('Signer', 'ci', { identities: [{ keyless: { issuer: ISSUER, subject: CI.san, trustRoot: 'world', ...more } }] });
}

/** TrustRoot `world`. */
export function root(more: object = {}): string {
  return document('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot(), ...more } });
}

/** Policy `p` with one requirement, `r`. */
export function policy(requirement: object, more: object = {}): string {
  return document('ClusterArtifactPolicy', 'p', { artifacts: [{ image: `${NAME.slice(0, NAME.lastIndexOf('/'))}/*` }], require: [{ name: 'r', ...requirement }], ...more });
}

/** The usual signers and their root. */
export const SIGNERS = keySigner('alice', alice) + keySigner('bob', bob) + root() + ciSigner();

/** A bundle by a key, alice's unless told otherwise; a signature on the image unless it has a statement. */
export function byKey(options: Partial<KeyOptions> = {}): UnverifiedEvidence {
  const about = options.statement === undefined && options.artifact === undefined && options.digest === undefined ? { digest: DIGEST } : {};
  return bundleEvidence(keyBundle(world, { key: alice, ...about, ...options }));
}

/** A keyless bundle of signer `ci`. */
export function byCi(options: Partial<KeylessOptions> = {}, of = world): UnverifiedEvidence {
  const about = options.statement === undefined && options.artifact === undefined && options.digest === undefined ? { digest: DIGEST } : {};
  return bundleEvidence(keylessBundle(of, { identity: CI, at: NOW - HOUR, ...about, ...options }));
}

/** An attestation about the image by a key, alice's unless told otherwise: what `cosign attest --key KEY` makes. */
export function attested(predicate: Predicate, options: Partial<KeyOptions> & { readonly about?: Digest } = {}): UnverifiedEvidence {
  const { about = DIGEST, ...rest } = options;
  return byKey({ statement: makeStatement(about, predicate), ...rest });
}

/** What is there, and under which policies it is asked for. */
export interface Situation {
  readonly policies: string;
  readonly evidence: readonly UnverifiedEvidence[];
  readonly artifact?: Partial<ArtifactRef>;
  /** Evidence of other images and commits, by their digests. */
  readonly others?: Readonly<Record<string, readonly UnverifiedEvidence[]>>;
  readonly layers?: LayersFact;
  readonly opinion?: AskOpinion;
  /** No trust root can be used. */
  readonly stale?: true;
  /** The policy files are broken, and there is no earlier set. */
  readonly broken?: true;
  /** Policies of the cluster that cannot be used. */
  readonly unusable?: readonly UnusableDocument[];
  readonly surface?: Surface;
  /** What authorities say of certificates that they have issued. */
  readonly status?: CertificateStatus;
}

/** A reason, somebody who meets it, and what it comes to. */
export interface Obeyed {
  readonly refused: Situation;
  /** What the fix line must say for what is then done. */
  readonly fix: RegExp;
  /** Further words that the denial must have. */
  readonly says?: RegExp;
  readonly obeyed: Situation;
  /** The fix line names the owner or an administrator, who has read what `explain` says, and done this. */
  readonly owner?: RegExp;
}

/** What was answered: codes that do not hold, the denial, and its fix lines. */
export interface Answer {
  readonly codes: readonly string[];
  readonly text: string;
  readonly fixes: readonly string[];
  readonly decision: Decision;
}

const conditions = createConditionRunner();

/** Asks the product's engine, over evidence in memory. */
export async function judge(situation: Situation): Promise<Answer> {
  const { policies, evidence, others = {}, opinion, stale, layers, unusable = [], surface = 'webhook', status } = situation;
  const { set, problems } = compilePolicies([{ path: '/etc/gatehouse/policies/p.yaml', text: policies }], { trust: { ...createTrustReader(), publicGood: world.trustedRoot() }, standIns: unusable });
  if (set === undefined) throw new Error(JSON.stringify(problems));
  const run = createJobRunner(createProofCore(...(opinion === undefined ? [] : [opinion])));
  const prepared = (job: VerificationJob): VerificationJob => stale === undefined
    ? job
    : { ...job, trust: { ...job.trust, roots: job.trust.roots.map((one) => ({ ...one, unusable: 'the TUF mirror does not answer' })) } };
  const admit = createAdmit({
    clock: { now: () => NOW },
    policies: { current: () => (situation.broken === undefined ? { ready: true, set } : { ready: false, problems: [] }) },
    source: {
      open: ({ digest }) => ({ batches: [{ evidence: digest === DIGEST ? evidence : others[digest] ?? [], problems: [] }], fetchedAt: NOW, next: () => Promise.resolve(undefined) }),
      diagnose: () => Promise.resolve([]),
      parentIndex: () => Promise.resolve(undefined),
      layers: () => Promise.resolve(layers ?? { ok: true, images: [] }),
    },
    resolver: { resolve: () => Promise.resolve({ ok: true, digest: DIGEST }) },
    verifier: { known: () => undefined, verify: async (job) => (await run(prepared(job))).map((raw, index) => toOutcome(raw, job.evidence[index]?.source ?? '')) },
    examiner: { known: () => undefined, examine: (examination) => Promise.resolve(runExamination(examination, conditions)) },
    namespaces: { labels: () => Promise.resolve({}) },
    recorder: { record: () => undefined },
    ...(status === undefined ? {} : { certificates: { of: () => status, generation: () => 0 } }),
    unmatched: 'deny',
    newId: () => '01JD0000000000000000000000',
    onFault: (fault) => { throw fault; },
  });
  const artifact: ArtifactRef = { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: NAME, name: NAME, digest: DIGEST, ...situation.artifact };
  const decision = await admit({ ...REVIEW, surface, artifacts: [artifact] }, { deadline: NOW + 10_000, signal: new AbortController().signal });
  const text = denialText(decision);
  const codes = [...new Set(decision.findings.filter(({ verdict }) => verdict !== 'satisfied').map(({ code }) => code))];
  return { codes, text, fixes: text.match(/(?<=^ {2}fix: ).*$/gm) ?? [], decision };
}

const REVIEW: ReviewRequest = {
  surface: 'webhook', caller: { proof: 'certificate', credentials: 'all' }, uid: 'u', operation: 'CREATE', kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' }, subResource: '',
  namespace: 'default', name: 'app', user: { username: 'alice', groups: [] }, dryRun: false, object: null, oldObject: null,
};

/** The artifact is refused for this reason, the line says what is then done, by whoever may do it, and it is admitted. */
export async function obey(code: ReasonCode, { refused, fix, says, obeyed, owner }: Obeyed): Promise<void> {
  const before = await judge(refused);
  expect(before.codes).toEqual([code]);
  expect(before.fixes).toEqual([expect.stringMatching(fix)]);
  if (says !== undefined) expect(before.text).toMatch(says);
  // A developer is not told to change what is not his, nor where it lies.
  for (const line of before.fixes) expect(line.replace(/ask (the owner of policy|an administrator).*/, '')).not.toMatch(OWNERS);
  expect(before.text).not.toContain('/etc/gatehouse');
  if (owner !== undefined) {
    if (REASONS[code].verdict === 'violated') expect(reasonText(code)).toMatch(/^owner {4}/m);
    expect(reasonText(code)).toMatch(owner);
  } else expect(obeyed.policies).toBe(refused.policies);
  const after = await judge(obeyed);
  expect(after.codes, after.text).toEqual([]);
}

/** What only owners of policies can do. */
const OWNERS = /in the policy|add the signer|to the policy|mayCertify|maxAge|trustRoot in|raise |secondOpinion/;
