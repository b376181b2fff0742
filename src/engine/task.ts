import type { Artifact } from '../domain/artifact/artifact.ts';
import type { DependencyAnswer, DependencyQuestion } from '../domain/artifact/dependency.ts';
import type { EvidenceProblem, RelatedEvidence, TrustMaterial, UnverifiedEvidence, VerifiedEvidence } from '../domain/evidence.ts';
import type { LayersFact } from '../domain/policy/examined-requirement.ts';
import type { LayoutProof } from '../domain/policy/layout-requirement.ts';
import type { CompiledPolicy } from '../domain/policy/policy.ts';
import type { Requirement } from '../domain/policy/requirement.ts';
import type { PullScope } from '../domain/decision/review.ts';
import type { RevisionEvidence } from '../domain/artifact/revision.ts';
import { mergeTrust } from '../select/select.ts';
import type { Context } from './context.ts';
import { createDependencies } from './leads/dependencies.ts';
import type { BuildNode } from './leads/dependency-book.ts';
import { createExaminations } from './examinations.ts';
import type { Examinations } from './examinations.ts';
import type { Inquiry } from './inquiry.ts';
import { createRevisions } from './leads/revisions.ts';
import type { RevisionSearch } from './leads/revisions.ts';

/** One artifact to be proven for some policies, within one request. */
export interface Task {
  readonly artifact: Artifact;
  readonly policies: readonly CompiledPolicy[];
  readonly trust: TrustMaterial;
  readonly scope: PullScope;
  readonly context: Context;
  readonly node: BuildNode;
  readonly examinations: Examinations;
  readonly dependencies: Inquiry<DependencyQuestion, DependencyAnswer>;
  readonly revisions: Inquiry<RevisionSearch, RevisionEvidence>;
  /** Layers of the image that is to run; read only when a policy asks about them. */
  readonly layers?: LayersFact | undefined;
  /** Set when `artifact` is an index that is to speak for this platform image. */
  readonly covered?: string;
}

/** What has been proven so far, from whatever places. */
export interface Gathered {
  readonly proofs: VerifiedEvidence[];
  /** Statements about something else, which layouts may bind to the artifact. */
  readonly related: RelatedEvidence[];
  readonly problems: EvidenceProblem[];
  /** All evidence so far: a layout is judged by all of its links together, and some of it may speak about the source. */
  readonly evidence: UnverifiedEvidence[];
  /** Absent until layouts were looked at, and when no policy carries one. */
  layouts?: readonly LayoutProof[] | undefined;
}

/** Opens the task. Without a promise: a decision from memory waits for nothing. */
export function createTask(
  given: Pick<Task, 'artifact' | 'policies' | 'scope' | 'context' | 'node'>,
  layers: LayersFact | undefined,
): Task {
  const { artifact, policies, scope, context, node } = given;
  const trust = mergeTrust(policies);
  return {
    artifact, policies, scope, context, node, layers, trust,
    examinations: createExaminations(context.ports.examiner, context.deadline),
    dependencies: createDependencies(node, scope, context),
    revisions: createRevisions(trust, context),
  };
}

/** Reads the layers of the image that is to run; `undefined` when no policy asks about them, or when time ended first. */
export function layersOf(
  artifact: Artifact,
  policies: readonly CompiledPolicy[],
  scope: PullScope,
  { deadline, ports }: Context,
): Promise<LayersFact | undefined> | LayersFact | undefined {
  if (!policies.some(needsLayers)) return undefined;
  return deadline.race(ports.source.layers?.(artifact, scope, deadline.signal));
}

function needsLayers({ requirements }: CompiledPolicy): boolean {
  return requirements.some(asksForLayers);
}

function asksForLayers(requirement: Requirement): boolean {
  return requirement.kind === 'encryption' || (requirement.kind === 'anyOf' && requirement.of.some(asksForLayers));
}
