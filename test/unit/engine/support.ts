import type { Artifact } from '../../../src/domain/artifact/artifact.ts';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import type { UnverifiedEvidence, VerificationOutcome } from '../../../src/domain/evidence.ts';
import type { CompiledPolicy, PolicySet } from '../../../src/domain/policy/policy.ts';
import type { EvidenceBatch, EvidenceLookup, EvidenceSource, FetchProblem } from '../../../src/domain/ports.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { createAdmit, type AdmitPorts } from '../../../src/engine/admit.ts';
import type { Keeping } from '../../../src/engine/ports.ts';
import { ARTIFACT, DIGEST, KEY_A, keyIdentity, keyProof, signatureBy, signer } from '../evaluate/support.ts';

export const ALICE = signer('alice', keyIdentity(KEY_A));

/** A policy over every image that wants alice's signature. */
export function policy(more: Partial<CompiledPolicy> = {}): CompiledPolicy {
  return {
    kind: 'ClusterArtifactPolicy', name: 'p', patterns: [{ kind: 'image', source: '**' }], mode: 'enforce', requireDigest: false, indexCoversChildren: false,
    requirements: [signatureBy([ALICE])], trust: { id: 't', keys: [], roots: [] }, content: `c-${more.name ?? 'p'}`, ...more,
  };
}

export function policySet(...policies: CompiledPolicy[]): PolicySet {
  return { generation: 'g1', policies, candidates: () => policies, forRequest: () => [], literalHosts: new Set() };
}

/** One piece of evidence; the fake verifier proves alice's signature from pieces named `good…`. */
export function piece(name: string): UnverifiedEvidence {
  return { format: 'cosign-simple', source: name, bytes: new Uint8Array(), digest: name };
}

export function batch(...evidence: UnverifiedEvidence[]): EvidenceBatch {
  return { evidence, problems: [] };
}

export function failed(problem: FetchProblem): EvidenceBatch {
  return { evidence: [], problems: [problem] };
}

/** A lookup over prepared batches; `known` of them were there before. */
export function lookup(batches: readonly (EvidenceBatch | Promise<EvidenceBatch>)[], known = 0): EvidenceLookup & { asked: number } {
  const seen: EvidenceBatch[] = batches.slice(0, known) as EvidenceBatch[];
  let next = known;
  return {
    batches: seen,
    fetchedAt: 0,
    asked: 0,
    async next() {
      this.asked += 1;
      const upcoming = batches[next];
      next += 1;
      if (upcoming === undefined) return undefined;
      const arrived = await upcoming;
      seen.push(arrived);
      return arrived;
    },
  };
}

/** A source that opens the same lookup every time, and counts. */
export function source(open: (artifact: Artifact, fresh: boolean) => EvidenceLookup, more: Partial<EvidenceSource> = {}): EvidenceSource {
  return {
    open: async (artifact, _scope, options) => open(artifact, options?.fresh === true),
    diagnose: async () => [],
    parentIndex: async () => undefined,
    ...more,
  };
}

export interface Harness {
  readonly decisions: Decision[];
  readonly faults: unknown[];
  admit(review?: Partial<ReviewRequest>, ms?: number, keeping?: Keeping): Promise<Decision>;
}

export function harness(ports: Partial<AdmitPorts>): Harness {
  const decisions: Decision[] = [];
  const faults: unknown[] = [];
  const { clock = Date } = ports;
  const admit = createAdmit({
    clock,
    policies: { current: () => ({ ready: true, set: policySet(policy()) }) },
    source: source(() => lookup([])),
    resolver: { resolve: async () => ({ ok: true, digest: DIGEST }) },
    verifier: { known: () => undefined, verify: async (job) => job.evidence.map((evidence): VerificationOutcome => ({
      evidenceDigest: evidence.digest,
      source: evidence.source,
      verified: evidence.source.startsWith('good') ? [keyProof(KEY_A, { source: evidence.source, artifactDigest: job.artifact.digest })] : [],
      problems: evidence.source.startsWith('good') ? [] : [{ code: 'VERIFY_SIGNATURE_INVALID', source: evidence.source }],
    })) },
    namespaces: { labels: async () => ({}) },
    recorder: { record: (decision) => void decisions.push(decision) },
    unmatched: 'deny',
    newId: () => 'ID',
    onFault: (fault) => void faults.push(fault),
    ...ports,
  });
  return {
    decisions,
    faults,
    admit: async (review = {}, ms = 2000, keeping) => admit({ ...REVIEW, ...review }, { deadline: clock.now() + ms, signal: new AbortController().signal, ...(keeping === undefined ? {} : { keeping }) }),
  };
}

const REVIEW: ReviewRequest = {
  surface: 'cli', caller: { proof: 'certificate', credentials: 'all' }, uid: 'u', operation: 'CREATE', kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' }, subResource: '',
  namespace: 'default', name: 'n', user: { username: 'alice', groups: [] }, dryRun: false, object: null, oldObject: null, artifacts: [ARTIFACT],
};

export const OTHER_DIGEST = `sha256:${'b2'.repeat(32)}` as Digest;
