/** What an engine of a command is made of, and what it gives. Types alone. */
import type { ArtifactRef } from '../../../domain/artifact/artifact.ts';
import type { Decision } from '../../../domain/decision/decision.ts';
import type { Finding } from '../../../domain/decision/finding.ts';
import type { Inspection } from '../../../domain/decision/inspection.ts';
import type { LostPolicy, PolicyProblem } from '../../../domain/policy/policy.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import type { ServerConfig } from '../../../platform/config/config.ts';
import type { CloneOptions } from '../names/clone.ts';

/** What the local engine is made of, as the flags say it. */
export interface LocalOptions {
  readonly policies: readonly string[];
  readonly evidence: readonly string[];
  readonly offline: boolean;
  readonly plainHttp: readonly string[];
  /** Where ecosystems of packages are asked, besides what the configuration says; absent: nowhere. */
  readonly packages?: ServerConfig['packages'] | undefined;
  /** Stores of evidence that are asked, in place of those of the configuration; absent: none. */
  readonly clone?: CloneOptions | undefined;
  readonly evidenceStores?: ServerConfig['evidenceStores'] | undefined;
  readonly registryCAs: readonly { readonly host: string; readonly file: string }[];
  /** Token services that may receive the credentials of a registry besides itself. */
  readonly authHosts?: readonly { readonly host: string; readonly services: readonly string[] }[];
  readonly dockerConfig?: string | undefined;
  readonly namespacesFile?: string | undefined;
  /** Objects that are judged together: each is part of the cluster in which the others are judged. */
  readonly objects?: readonly LocalObject[];
  /** The server's configuration: what becomes of artifacts that no policy speaks about, kinds of others, and engines of builds. */
  readonly config?: ServerConfig | undefined;
}

/** Of which cluster a forecast is, by which policies, and for when; times in milliseconds. */
export interface ForecastOptions extends LocalOptions {
  /** The policies are those of the cluster; `policies` is not looked at. */
  readonly cluster: boolean;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Absent: all. */
  readonly namespace?: string | undefined;
  readonly now: number;
  /** How far ahead ends of trust are looked at. */
  readonly ahead: number;
  /** For each object. */
  readonly timeoutMs: number;
  readonly unmatched?: 'deny' | 'warn' | 'allow' | undefined;
  readonly progress?: ((done: number, of: number) => void) | undefined;
}

/** An object of the cluster that a command makes up, by the name under which it is looked up; of a cluster's own the namespace is empty. */
export interface LocalObject {
  readonly object: JsonObject;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** An engine in this process. */
export interface LocalEngine {
  admit(review: ReviewRequest, budget: { readonly deadline: number; readonly signal: AbortSignal }): Promise<Decision>;
  /** What the policies do not cover and will be needed, for people. */
  readonly notes: readonly string[];
  /** True when a policy says who may start runs. */
  readonly asksWho: boolean;
  close(): Promise<void>;
}

/** What comes of a policy that is tried: what is wrong with its text, or else what is found under it. */
export interface Judgement {
  readonly problems: readonly PolicyProblem[];
  readonly findings: readonly Finding[];
}

/** What was found of an artifact, and policies judged by exactly that. */
export interface Inspected {
  readonly inspection: Inspection;
  /** `review` is about the same artifact; nobody is asked. Only for one that has a digest. */
  judge(policy: string, review: ReviewRequest): Promise<Judgement>;
}

/** An inspector in this process. */
export interface LocalInspector {
  inspect(ref: ArtifactRef, signal: AbortSignal): Promise<Inspected>;
  /** PEM of every key that evidence was tried with, by id. */
  readonly keys: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** Two sets of policies that are compared, as engines over the same evidence. */
export interface Comparison {
  readonly before: Pick<LocalEngine, 'admit'>;
  readonly after: Pick<LocalEngine, 'admit'>;
  readonly changes: {
    readonly changes: readonly { readonly kind: string; readonly name: string; readonly change: 'added' | 'removed' | 'changed' }[];
    readonly looser: readonly LostPolicy[];
  };
  close(): Promise<void>;
}
