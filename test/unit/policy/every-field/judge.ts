import { stringify } from 'yaml';
import type { ArtifactRef } from '../../../../src/domain/artifact/artifact.ts';
import type { Digest } from '../../../../src/domain/artifact/digest.ts';
import type { IndexFact } from '../../../../src/domain/artifact/package-index.ts';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { LayersFact } from '../../../../src/domain/policy/examined-requirement.ts';
import type { CertificateStatuses } from '../../../../src/domain/certificate-status.ts';
import type { PolicyProblem } from '../../../../src/domain/policy/policy.ts';
import type { EvidenceBatch, TrustReader } from '../../../../src/domain/ports.ts';
import type { GateQuestion } from '../../../../src/domain/gate/question.ts';
import type { ReviewRequest } from '../../../../src/domain/decision/review.ts';
import type { Decision } from '../../../../src/domain/decision/decision.ts';
import { createAdmit } from '../../../../src/engine/admit.ts';
import type { AdmitPorts } from '../../../../src/engine/admit.ts';
import { createConditionRunner, runExamination } from '../../../../src/examine/index.ts';
import { denialText } from '../../../../src/explain/index.ts';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { verifierHere } from '../../../support/offline.ts';
import { DIGEST, NOW, trust } from './world.ts';
import type { Doc } from './world.ts';

/** A set of documents and one artifact with everything that is known of it. */
export interface Scene {
  readonly documents: readonly Doc[];
  readonly artifact: ArtifactRef;
  /** The artifact is asked about at the gate. */
  readonly question?: GateQuestion;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly evidence: readonly UnverifiedEvidence[];
  /** Evidence of other digests. */
  readonly others?: Readonly<Record<string, readonly UnverifiedEvidence[]>>;
  /** What further places hold, one after the other. */
  readonly later?: readonly EvidenceBatch[];
  readonly layers?: LayersFact;
  /** What the index of packages says. */
  readonly index?: IndexFact;
  /** The index that lists the artifact. */
  readonly parent?: Digest;
  /** What authorities say of revoked certificates; default: nobody asks them. */
  readonly certificates?: CertificateStatuses;
  /** What TUF repositories publish; default: nothing. */
  readonly tufRoot?: TrustReader['tufRoot'];
}

/** What the compiler said, and if there was a set, what the engine said under it. */
export interface Answer {
  /** The text that the compiler was given. */
  readonly yaml: string;
  readonly problems: readonly PolicyProblem[];
  readonly generation: string | undefined;
  /** `admit POLICY_SATISFIED`, `deny POLICY_CONDITION`; `refused` when the documents do not compile. */
  readonly verdict: string;
  /** What the user is told: the denial, or nothing. */
  readonly message: string;
  /** What he is told beside an admission. */
  readonly notes: readonly string[];
}

const conditions = createConditionRunner();
const REVIEW: Omit<ReviewRequest, 'namespace' | 'artifacts'> = {
  surface: 'webhook',
  uid: 'u',
  operation: 'CREATE',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  resource: { group: '', version: 'v1', resource: 'pods' },
  subResource: '',
  name: 'app',
  user: { username: 'alice', groups: [] },
  dryRun: false,
  object: null,
  oldObject: null,
};

/**
 * Writes the documents as YAML, compiles them, and asks the product's engine about the artifact; verification and
 * examination run in this thread. Throws what the engine calls a fault.
 */
export async function judge(scene: Scene): Promise<Answer> {
  const yaml = scene.documents.map((one) => stringify(one, { aliasDuplicateObjects: false, lineWidth: 0 })).join('---\n');
  const { set, problems } = compilePolicies([{ path: 'p.yaml', text: yaml }], {
    trust: scene.tufRoot === undefined ? trust : { ...trust, tufRoot: scene.tufRoot },
  });
  if (set === undefined) return { yaml, problems, generation: undefined, verdict: 'refused', message: '', notes: [] };
  const evidence = new Map([[DIGEST, scene.evidence], ...Object.entries(scene.others ?? {})]);
  const { layers, index, parent, certificates } = scene;
  const ports: AdmitPorts = {
    clock: { now: () => NOW },
    policies: { current: () => ({ ready: true, set }) },
    source: {
      open: (artifact) => {
        const later = [...(scene.later ?? [])];
        return {
          batches: [{ evidence: evidence.get(artifact.digest) ?? [], problems: [] }],
          fetchedAt: NOW,
          next: () => Promise.resolve(later.shift()),
        };
      },
      diagnose: () => Promise.resolve([]),
      parentIndex: () => Promise.resolve(parent),
      ...(index === undefined ? {} : { index: () => Promise.resolve(index) }),
      ...(layers === undefined ? {} : { layers: () => Promise.resolve(layers) }),
    },
    resolver: { resolve: () => Promise.resolve({ ok: true, digest: DIGEST }) },
    verifier: verifierHere,
    ...(certificates === undefined ? {} : { certificates }),
    examiner: { known: () => undefined, examine: (examination) => Promise.resolve(runExamination(examination, conditions)) },
    namespaces: { labels: () => Promise.resolve(scene.labels) },
    recorder: { record: () => undefined },
    unmatched: 'deny',
    newId: () => '01JD0000000000000000000000',
    onFault: (fault) => {
      throw fault;
    },
  };
  const asked = scene.question === undefined ? {} : { surface: 'gate' as const, question: scene.question };
  const ask = async (unmatched: AdmitPorts['unmatched']): Promise<Decision> =>
    createAdmit({ ...ports, unmatched })(
      { ...REVIEW, ...asked, namespace: scene.namespace, artifacts: [scene.artifact] },
      { deadline: NOW + 60_000, signal: new AbortController().signal },
    );
  const closed = await ask('deny');
  // To the cluster, what only a policy of a namespace speaks about is unmatched besides (test/acceptance/unmatched.test.ts):
  // what that policy itself says is seen where the unmatched is allowed.
  const ofNamespace = closed.findings.some(({ policy, code }) => policy !== undefined || code === 'INPUT_DIGEST_MISSING')
    && set.policies.every(({ namespace }) => namespace !== undefined);
  const decision = ofNamespace ? await ask('allow') : closed;
  const codes = decision.findings.map(({ code }) => code).filter((code) => !ofNamespace || code !== 'SELECT_NO_POLICY');
  return {
    yaml,
    problems,
    generation: set.generation,
    verdict: [decision.outcome, ...codes].join(' '),
    message: decision.verdict === 'satisfied' ? '' : denialText(decision),
    notes: decision.notes,
  };
}
