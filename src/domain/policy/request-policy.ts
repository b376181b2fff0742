/** Policies about pipelines: what builds may contain, and not what any artifact must be. */
import type { LabelMatcher, Mode } from './policy.ts';
import type { TrustMaterial } from '../evidence.ts';
import type { Signer, TextMatcher } from './requirement.ts';
import type { Usage } from '../artifact/artifact.ts';
import type { CallerPattern } from '../gate/caller-pattern.ts';

/** A policy about pipelines (kind PipelinePolicy), ready to be asked. */
export interface RequestPolicy {
  readonly name: string;
  /** Absent: every namespace. */
  readonly namespaces?: LabelMatcher;
  readonly mode: Mode;
  readonly requirements: readonly RequestRequirement[];
  /** With what the signers of definitions can be proven. */
  readonly trust: TrustMaterial;
  /** Set: its document cannot be used and never could, for this reason; what it speaks about is undetermined (ADR 0043). */
  readonly broken?: string;
}

/**
 * One thing that a policy demands. A new kind is a member here, a part in `policy/pipeline/` and a judge in
 * `evaluate/request/`; while one is missing nothing compiles. `name` is shown in messages.
 */
export type RequestRequirement =
  | RequestersRequirement
  | DefinitionsRequirement
  | RequiredTasksRequirement
  | ParametersRequirement
  | ImagesRequirement
  | HygieneRequirement
  | ServiceAccountsRequirement
  | JailRequirement
  | PublishRequirement
  | CallersRequirement
  | ReceiptsRequirement
  | WritersRequirement
  | ReservedRequirement;

/** Only these may start builds. */
export interface RequestersRequirement {
  readonly kind: 'requesters';
  readonly name: string;
  /** Users as the API server names them, compared exactly: `system:serviceaccount:ci:triggers`. */
  readonly users: ReadonlySet<string>;
  /** Groups as the API server names them, compared exactly; one of them is enough. */
  readonly groups: ReadonlySet<string>;
}

/** Where definitions may come from, and who must have signed them. */
export interface DefinitionsRequirement {
  readonly kind: 'definitions';
  readonly name: string;
  /** Absent: nobody needs to have signed. */
  readonly signedBy?: { readonly by: readonly Signer[]; readonly threshold: number; readonly maxAge?: number };
  readonly inline: 'deny' | 'allow';
  /** Absent: from everywhere. */
  readonly sources?: readonly AllowedSource[];
  readonly pinned: boolean;
  readonly classes: TaskClasses;
}

/**
 * A place from which definitions may come. Patterns are tried on the canonical name of the image (bundle), on the repository (git), on the
 * URL as requested (http), and on `CATALOG/NAME` (hub; `URL/CATALOG/NAME` where the request names a hub of its own).
 */
export type AllowedSource =
  | { readonly kind: 'bundle' | 'git' | 'http' | 'hub'; readonly pattern: TextMatcher }
  /** A namespace of this cluster. Local definitions come from the namespace of the run, which needs no source. */
  | { readonly kind: 'cluster'; readonly namespace: string };

/** Tasks that every run must have, by the name of the verified definition. */
export interface RequiredTasksRequirement {
  readonly kind: 'requiredTasks';
  readonly name: string;
  readonly require: readonly { readonly task: TextMatcher; readonly before: readonly TaskClass[]; readonly first: boolean }[];
  readonly signedBy?: DefinitionsRequirement['signedBy'];
  readonly classes: TaskClasses;
}

export type TaskClass = 'fetch' | 'build' | 'test' | 'publish';
export const TASK_CLASSES: readonly TaskClass[] = ['fetch', 'build', 'test', 'publish'];

/** What each task is: by name of the verified definition first, else by a label of it; unclassified counts as `build`. */
export interface TaskClasses {
  readonly label: string;
  readonly definitions: readonly { readonly class: TaskClass; readonly task: TextMatcher }[];
  /** Classes whose tasks run user code, and therefore in the jail. */
  readonly userCode: ReadonlySet<TaskClass>;
}

/** Parameters that whoever asks may set. */
export interface ParametersRequirement {
  readonly kind: 'parameters';
  readonly name: string;
  readonly deny: readonly TextMatcher[];
  readonly allow: ReadonlyMap<string, TextMatcher>;
  readonly others: 'allow' | 'deny';
}

/** Images that are not known yet, or are named by tag. */
export interface ImagesRequirement {
  readonly kind: 'images';
  readonly name: string;
  readonly deferred: 'deny' | 'allowIfPodsAreGated';
  readonly unpinned: 'deny' | 'allow';
  /** Whether bundles are pinned is said by `definitions` of the same policy, which speaks about them. */
  readonly definitionsElsewhere?: boolean;
}

/** Things that a build must not ask for; the rules are those of `evaluate/request/hygiene/`. */
export interface HygieneRequirement {
  readonly kind: 'hygiene';
  readonly name: string;
  readonly rules: readonly HygieneRule[];
  readonly classes: TaskClasses;
}

/** Rules in the order in which messages name them. */
export const HYGIENE_RULES = [
  'privileged', 'hostNamespaces', 'hostPath', 'mountPaths', 'debug', 'secrets', 'sharedWorkspaces', 'resolverParameters',
  'capabilities', 'privilegeEscalation', 'runAsRoot', 'seccomp', 'podSettings',
] as const;
export type HygieneRule = (typeof HYGIENE_RULES)[number];

/** Accounts that builds may run as, by name, in the namespace of the run. */
export interface ServiceAccountsRequirement {
  readonly kind: 'serviceAccounts';
  readonly name: string;
  readonly accounts: ReadonlySet<string>;
}

/** User code runs only where it can reach nobody. */
export interface JailRequirement {
  readonly kind: 'jail';
  readonly name: string;
  readonly networkPolicy: 'required' | 'off';
  readonly hermetic: 'required' | 'off';
  /** Kinds of network policies that are not read: undetermined, unless they are accepted as they are. */
  readonly otherPolicies: 'judge' | 'accept';
  /** CIDRs of the API server that executors of Argo may reach, and nothing else. */
  readonly apiServer: readonly string[];
  readonly classes: TaskClasses;
  readonly signedBy?: DefinitionsRequirement['signedBy'];
}

/** What publishes must leave evidence. */
export interface PublishRequirement {
  readonly kind: 'publish';
  readonly name: string;
  readonly results: 'required' | 'off';
  readonly provenance: 'required' | 'off';
  /** For what runs have built a publish summary may be had; absent: under this policy for nothing. */
  readonly summary?: SummaryRules;
  readonly classes: TaskClasses;
  readonly signedBy?: DefinitionsRequirement['signedBy'];
}

/** Whose provenance a publish summary rests on. */
export interface SummaryRules {
  readonly by: readonly Signer[];
  readonly threshold: number;
  readonly maxAge?: number;
  /** Build level that the provenance must reach, where these signers are Tekton Chains, and that the summary says; absent: none is. */
  readonly level?: 1 | 2;
  /** The builder that the provenance must name; absent: any that these signers sign for. */
  readonly builder?: TextMatcher;
}

/** Only these may ask the gate. Without it everybody with a token of a configured issuer may. */
export interface CallersRequirement {
  readonly kind: 'callers';
  readonly name: string;
  /** Empty: nobody. */
  readonly callers: readonly CallerPattern[];
  /** What they may ask about, by its use; absent: everything. */
  readonly usedAs?: ReadonlySet<Usage>;
}

/** Whatever a task takes in by its parameters has a receipt of the gate, for that digest and that run, or was made in that run. */
export interface ReceiptsRequirement {
  readonly kind: 'receipts';
  readonly name: string;
  readonly classes: TaskClasses;
  readonly signedBy?: DefinitionsRequirement['signedBy'];
}

/** Only an engine writes what it executes, and only it makes what belongs to a run; its settings are not weakened. In every policy. */
export interface WritersRequirement {
  readonly kind: 'writers';
  readonly name: string;
}

/** Labels and annotations by which an engine, Tekton Chains and Gatehouse know things are nobody else's to write. In every policy. */
export interface ReservedRequirement {
  readonly kind: 'reserved';
  readonly name: string;
}
