import type { Artifact } from '../../../../src/domain/artifact/artifact.ts';
import { parseRevision } from '../../../../src/domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { Finding } from '../../../../src/domain/decision/finding.ts';
import { absentCommit } from '../../../../src/engine/source/absent-commit.ts';
import { evaluate } from '../../../../src/evaluate/index.ts';
import { evidenceFromFile } from '../../../../src/fetch/index.ts';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { mergeTrust } from '../../../../src/select/select.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { runVerificationJob } from '../../../../src/verify/index.ts';
import { toOutcome } from '../../../../src/verify/verified.ts';
import { commitOf, gitId, signedCommit } from '../../../world/git/object.ts';
import { sshLine, sshSignature } from '../../../world/git/ssh.ts';
import type { SigningKey } from '../../../world/keys.ts';
import { createWorld } from '../../../world/world.ts';

export const NOW = Date.UTC(2026, 5, 1);
export const world = createWorld({ now: NOW });
export const REPOSITORY = 'https://github.com/acme/app';
export const alice = world.key('ed25519');
export const bob = world.key('p256');
export const stranger = world.key('ed25519');

export const doc = (kind: string, name: string, spec: unknown): unknown => ({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
export const signer = (name: string, ...identities: readonly unknown[]): unknown => doc('Signer', name, { identities });
export const policy = (...require: readonly object[]): unknown => doc('ClusterArtifactPolicy', 'source', { artifacts: [{ git: 'https://github.com/acme/*' }], require: require.map((one, index) => ({ name: `r${index}`, ...one })) });
export const SIGNED_BY_ALICE = policy({ signature: { by: ['alice'] } });
export const ALICE = signer('alice', { key: { data: sshLine(alice) } });
export const BOB = signer('bob', { key: { data: bob.publicKeyPem } });

/** A commit that the key signs by SSH. */
export function sshCommit(key: SigningKey, payload = commitOf(), format: 'sha1' | 'sha256' = 'sha1'): Buffer {
  return signedCommit(payload, sshSignature({ key, payload }), format === 'sha1' ? 'gpgsig' : 'gpgsig-sha256');
}

export interface Asked {
  readonly documents: readonly unknown[];
  /** The commit; default: the first object. */
  readonly id?: string;
  /** Raw objects, or files of any other evidence. */
  readonly objects: readonly Uint8Array[];
  readonly now?: number;
}

/** Judges a commit as the server does, from the text of policies and the bytes of files on. */
export async function judge({ documents, objects, id, now = NOW }: Asked): Promise<readonly Finding[]> {
  const text = documents.map((document) => JSON.stringify(document)).join('\n---\n');
  const { set, problems } = compilePolicies([{ path: 'git.yaml', text }], { trust: createTrustReader() });
  if (set === undefined) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  const digest = parseRevision(id ?? gitId('commit', objects[0] ?? Buffer.alloc(0)));
  if (digest === undefined) throw new Error('no commit id');
  const artifact: Artifact = { kind: 'git', usage: 'source', path: 'artifacts[0]', raw: `git+${REPOSITORY}`, name: REPOSITORY, digest, resolvedFromTag: false };
  const policies = set.candidates(artifact);
  const read = objects.map((bytes, index) => evidenceFromFile(`object ${index}`, bytes));
  const evidence: readonly UnverifiedEvidence[] = read.flatMap((batch) => batch.evidence);
  const raw = await runVerificationJob({ artifact, evidence, trust: mergeTrust(policies), now });
  const outcomes = raw.map((one) => toOutcome(one, one.source));
  const absent = absentCommit(artifact, { proofs: outcomes.flatMap(({ verified }) => verified), evidence });
  return policies.flatMap((one) => one.requirements.map((requirement) => evaluate(requirement, {
    artifact, policy: one, now, proofs: outcomes.flatMap(({ verified }) => verified), related: outcomes.flatMap(({ related = [] }) => related),
    problems: [...read.flatMap((batch) => batch.problems), ...outcomes.flatMap((outcome) => outcome.problems), ...(absent === undefined ? [] : [absent])],
  })));
}

/** The code of the one finding, and what it says. */
export async function verdict(asked: Asked): Promise<{ readonly code: string; readonly text: string }> {
  const [finding] = await judge(asked);
  if (finding === undefined) throw new Error('no finding');
  return { code: finding.code, text: JSON.stringify([finding.found, finding.expected, finding.cause, finding.fix, finding.evidence]) };
}

/** A generator of numbers that is the same in every run. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What is said of a policy that cannot be loaded. */
export function refusal(documents: readonly unknown[]): string {
  const { set, problems } = compilePolicies([{ path: 'git.yaml', text: documents.map((one) => JSON.stringify(one)).join('\n---\n') }], { trust: createTrustReader() });
  return set === undefined ? problems.map(({ message }) => message).join('; ') : 'loaded';
}
