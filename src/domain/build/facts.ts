/** What rules about builds may ask of the world: the cluster as it is, and what definitions turn out to be. */
import type { Artifact, ArtifactRef } from '../artifact/artifact.ts';
import type { Digest } from '../artifact/digest.ts';
import type { EvidenceProblem, TrustMaterial, VerifiedEvidence } from '../evidence.ts';
import type { Finding } from '../decision/finding.ts';
import type { ReadReceipt, ReceiptPurpose } from '../gate/receipt.ts';
import type { BuildRequest } from './build-request.ts';
import type { DefinitionFact, DefinitionUse } from './definition.ts';

/** A question, by kind. A new kind is a member of both unions and one file in `engine/facts/`. */
export type FactQuestion =
  /** One object of the cluster as it is now. `null`: there is none of that name. */
  | { readonly kind: 'object'; readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string }
  /** A run of an engine as it stands now, read as a request to make it would be. `null`: there is none of that name. */
  | { readonly kind: 'run'; readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string }
  /** All NetworkPolicies of a namespace, as followed; `now`: as they are at this moment, for whatever may take a jail away. */
  | { readonly kind: 'networkPolicies'; readonly namespace: string; readonly now?: true }
  /** Objects of other kinds that open networks, as far as the cluster serves such kinds. */
  | { readonly kind: 'otherNetworkPolicies'; readonly namespace: string }
  /** Pods of a namespace that have not ended, with their labels. */
  | { readonly kind: 'pods'; readonly namespace: string }
  /** ResolutionRequests of a namespace that carry data; those that brought the same from the same place once. */
  | { readonly kind: 'resolutions'; readonly namespace: string }
  /** The content of a definition, and what of its signatures can be proven with this trust; `namespace` is that of the run. */
  | { readonly kind: 'definition'; readonly use: DefinitionUse; readonly namespace: string; readonly trust: TrustMaterial }
  /** A receipt of ours as text, for this purpose, as of `at` (epoch milliseconds; absent: now). */
  | { readonly kind: 'receipt'; readonly text: string; readonly purpose: ReceiptPurpose; readonly at?: number }
  /** What is wrong today with artifacts that a receipt is for, which this caller had by these policies (`policiesDigest`). */
  | { readonly kind: 'artifacts'; readonly artifacts: readonly ArtifactRef[]; readonly caller: string; readonly policies: string }
  /** What can be proven with this trust about an artifact: by its registry, by what was brought along, by annotations of runs. */
  | { readonly kind: 'attestations'; readonly artifact: Artifact; readonly runs: readonly RunPlace[]; readonly trust: TrustMaterial };

/** Where a run of Tekton stands whose annotations may hold evidence. */
export interface RunPlace {
  readonly resource: 'taskruns' | 'pipelineruns';
  readonly namespace: string;
  readonly name: string;
}

/** Kinds of questions. */
export type FactKind = FactQuestion['kind'];

/** What each kind of question is answered with. */
export interface FactValues {
  readonly object: Readonly<Record<string, unknown>> | null;
  readonly run: RunFact | null;
  readonly networkPolicies: readonly unknown[];
  /** `kinds` are those that are served; `objects` all of them that may act on the namespace, each with its kind. */
  readonly otherNetworkPolicies: {
    readonly kinds: readonly string[];
    readonly objects: readonly { readonly kind: string; readonly object: unknown }[];
  };
  readonly pods: readonly PodFact[];
  readonly resolutions: readonly ResolutionFact[];
  readonly definition: DefinitionAnswer;
  readonly receipt: ReadReceipt;
  /** Findings by which they are judged anew; empty: the same policies speak about them as then. */
  readonly artifacts: readonly Finding[];
  readonly attestations: AttestationsFact;
}

/** Proofs about an artifact, and why the rest proves nothing. */
export interface AttestationsFact {
  readonly proofs: readonly VerifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
  /** `sha256:…` of the bytes of each piece of evidence, by the digest by which proofs name it. */
  readonly digests: ReadonlyMap<string, string>;
}

/** A run that stands in the cluster. */
export interface RunFact {
  readonly uid: string;
  /** What it asks its engine for; the requester is nobody. */
  readonly request: BuildRequest;
  /** The same with what its engine says in the status that it executes: in place of a reference what was resolved, with values filled in. */
  readonly executed?: BuildRequest;
}

/** A pod that has not ended; its owner is a claim that anybody can write. */
export interface PodFact {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
}

/** What a resolver brought. */
export interface ResolutionFact {
  readonly name: string;
  readonly content: Uint8Array;
  readonly uri: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly entryPoint: string;
}

/** A definition's content with what was proven of it; `missing`: it is known that there is none. */
export type DefinitionAnswer =
  | {
      readonly found: true;
      readonly definition: DefinitionFact;
      /** The artifact as which it was verified. */
      readonly digest: Digest;
      readonly proofs: readonly VerifiedEvidence[];
      readonly problems: readonly EvidenceProblem[];
      /** Which of the forms in which definitions are signed the signature covers, for messages. */
      readonly form?: string;
    }
  | { readonly found: false; readonly why: string };

/** An answer, or why there is none now: then whatever rests on it is undetermined. */
export type FactAnswer<K extends FactKind> =
  | { readonly known: true; readonly value: FactValues[K] }
  | { readonly known: false; readonly cause: string };

/** The question of one kind. */
export type QuestionOf<K extends FactKind> = Extract<FactQuestion, { readonly kind: K }>;

/** Asks without waiting: `undefined` while the answer is not there; it is looked for, and the rule is asked again. */
export type AskFact = <K extends FactKind>(question: QuestionOf<K>) => FactAnswer<K> | undefined;
