/** What a request is about besides the artifacts it lets in: a build, a pod of one, or something on which builds rely. */
import type { Usage } from '../artifact/artifact.ts';
import type { BuildEngine, BuildRequest, OwnerClaim, Requester } from './build-request.ts';
import type { BuildContainer, PodSettings } from './task.ts';
import type { GateQuestion } from '../gate/question.ts';

/** What policies about pipelines are asked about. A new kind is a member, its reader in `extract/`, and the judges that speak of it. */
export type Matter = BuildMatter | PodMatter | StatusMatter | NetworkPolicyMatter | EngineSettingsMatter | QuestionMatter;

interface MatterOf<About extends string> {
  readonly about: About;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly namespace: string;
  readonly name: string;
  readonly requester: Requester;
}

/** A run, or a definition that is stored. */
export interface BuildMatter extends MatterOf<'build'> {
  readonly request: BuildRequest;
}

/** A pod that is made, or whose labels, annotations or images change. Whether it belongs to a run is for the facts to say. */
export interface PodMatter extends MatterOf<'pod'> {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly before?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    /** The controlling owner as it was claimed before: who removes it hides whose pod it is. */
    readonly owner?: OwnerClaim;
  };
  /** The controlling owner as the pod claims it. */
  readonly owner?: OwnerClaim;
  /** Every owner reference, controlling or not, that it did not have before. Absent: none. */
  readonly newOwners?: readonly OwnerClaim[];
  readonly settings: PodSettings;
  readonly containers: readonly BuildContainer[];
  /** Container names whose image an UPDATE replaces, and by what, when it changes nothing else. */
  readonly imagesReplaced?: readonly { readonly container: string; readonly image: string; readonly path: string }[];
}

/** A write to what an engine executes or believes (`status.taskSpec`, `status.storedTemplates`, resolved data). */
export interface StatusMatter extends MatterOf<'status'> {
  readonly engine: BuildEngine;
  readonly kind: string;
  /** Fields that it sets or changes and that are executed, by JSON path. */
  readonly executed: readonly string[];
}

/** A NetworkPolicy, or one of another kind of a namespace, that is made, changed or removed. */
export interface NetworkPolicyMatter extends MatterOf<'networkPolicy'> {
  /** The kind, where it is another than NetworkPolicy of networking.k8s.io; named as in the fact `otherNetworkPolicies`. */
  readonly otherKind?: string;
  /** As it would be; absent when it is removed. */
  readonly policy?: unknown;
  readonly before?: unknown;
}

/** A question to the gate: who asks, and for which run. What it asks about is judged as artifacts. */
export interface QuestionMatter extends MatterOf<'question'> {
  readonly question: GateQuestion;
  /** What the artifacts of the question are to be used as, each once. */
  readonly usages?: readonly Usage[];
}

/** A ConfigMap by which an engine is set. */
export interface EngineSettingsMatter extends MatterOf<'engineSettings'> {
  readonly data: Readonly<Record<string, string>>;
  readonly before: Readonly<Record<string, string>>;
}
