// Questions to the gate by the engine's front door: policies as YAML, a proven caller, artifacts as a question names them, and the decision.
import type { ArtifactRef } from '../../../../src/domain/artifact/artifact.ts';
import type { Decision } from '../../../../src/domain/decision/decision.ts';
import type { GateCaller, RunOfCaller } from '../../../../src/domain/gate/caller.ts';
import type { GateQuestion } from '../../../../src/domain/gate/question.ts';
import type { AskedArtifact } from '../../../../src/intake/gate-artifacts.ts';
import { readAsked } from '../../../../src/intake/gate-artifacts.ts';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { questionReview } from '../../../../src/surfaces/gate/review.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import type { Asking, Json, Surroundings } from '../../../support/pipelines.ts';
import { reviewOf } from '../../../support/pipelines.ts';
import { harness, lookup, source } from '../../engine/support.ts';
import { KEYS, signers } from './signed-by.ts';
import { keyProof } from '../support.ts';

export const PIN = `sha256:${'1'.repeat(64)}`;
export const IMAGE = { kind: 'image', uri: `ghcr.io/acme/base@${PIN}` } as const;

/** The account `ci/fetcher`, in this pod. */
export const FETCHER: GateCaller = { kind: 'serviceAccount', namespace: 'ci', name: 'fetcher', uid: 'u-1', pod: { name: 'build-1-pod', uid: 'pod-uid-1' } };
export const WORKLOAD: GateCaller = { kind: 'spiffe', id: 'spiffe://acme.test/ns/ci/fetch', trustDomain: 'acme.test', namespace: 'ci' };
export const JOB: GateCaller = {
  kind: 'ci', issuer: 'https://token.actions.githubusercontent.com', subject: 'repo:acme/app:ref:refs/heads/main', run: 'github:123/9/1', namespace: 'ci',
  claims: { repository_id: '123', repository: 'acme/app' },
};
export const OF_RUN: RunOfCaller = { found: 'run', run: { kind: 'PipelineRun', namespace: 'ci', name: 'release', uid: 'run-1', task: { name: 'build-1', uid: 'uid-1' } } };

/** A policy of the cluster over everything that ghcr.io holds; all of it is signed here. */
export function artifactPolicy(more: object = {}, name = 'artifacts'): string {
  return JSON.stringify({
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name },
    spec: { artifacts: [{ image: 'ghcr.io/**' }, { git: '**' }, { package: '**' }], require: [{ name: 'signed', signature: { by: ['platform-team'] } }], ...more },
  });
}

/** What was looked up for the artifacts of questions. */
export interface LookedUp {
  readonly opened: string[];
  readonly resolved: string[];
}

/** Asks an engine with these documents. */
export function gateOf(documents: readonly string[], { cluster, labels = { factory: 'true' }, ports = {} }: Surroundings = {}) {
  const lookedUp: LookedUp = { opened: [], resolved: [] };
  const { set, problems } = compilePolicies([{ path: 'p.yaml', text: [signers(), ...documents].join('\n---\n') }], { trust: createTrustReader() });
  if (set === undefined) throw new Error(problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const engine = harness({
    policies: { current: () => ({ ready: true, set }) }, namespaces: { labels: async () => labels },
    source: source((artifact) => (lookedUp.opened.push(artifact.raw), lookup([{ evidence: [{ format: 'cosign-simple', source: 'good', bytes: new Uint8Array(), digest: 'good' }], problems: [] }]))),
    resolver: { resolve: async (ref) => (lookedUp.resolved.push(ref.raw), { ok: true, digest: PIN as never }) },
    verifier: {
      known: () => undefined,
      verify: async (job) => job.evidence.map((one) => ({ evidenceDigest: one.digest, source: one.source, problems: [], verified: [keyProof(KEYS['platform-team'].keyId, { source: one.source, artifactDigest: job.artifact.digest })] })),
    },
    ...(cluster === undefined ? {} : { facts: cluster }), ...ports,
  });
  const ask = (artifacts: readonly AskedArtifact[], asked: Partial<GateQuestion> = {}, dryRun = false): Promise<Decision> => {
    const refs = artifacts.map((one, index): ArtifactRef => {
      const read = readAsked(one, `artifacts[${index}]`);
      if (!read.ok) throw new Error(read.problem.message);
      return read.artifact;
    });
    return engine.admit(questionReview({ asks: 'admit', caller: FETCHER, run: { found: 'none' }, ...asked }, refs, { dryRun, uid: 'q' }));
  };
  const make = (it: string | Json, asking?: Asking): Promise<Decision> => engine.admit({ ...reviewOf(it, asking), artifacts: undefined as never });
  return { ask, make, lookedUp, problems, faults: engine.faults };
}

/** Codes of what is not satisfied: of the request by themselves, of artifacts with their place. */
export function refusals({ findings }: Decision): string[] {
  return findings.filter(({ verdict }) => verdict !== 'satisfied').map(({ code, path, ofRequest }) => (ofRequest === true ? code : `${code} ${path}`));
}
