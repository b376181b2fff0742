/** Policies after compilation: one policy, and the immutable set of all that are in force together. */
import type { ArtifactKind, ArtifactRef, Usage } from '../artifact/artifact.ts';
import type { TrustMaterial } from '../evidence.ts';
import type { CallerPattern } from '../gate/caller-pattern.ts';
import type { AdmissionException, PendingException } from '../decision/exception.ts';
import type { TrustInventory } from './expiry.ts';
import type { Matter } from '../build/matter.ts';
import type { RequestPolicy } from './request-policy.ts';
import type { Requirement } from './requirement.ts';
import type { RevocationBook } from './revocation.ts';

/** How a policy's failing findings act: deny, warn the user, or only be recorded. Applied once, in `engine/fold`. */
export type Mode = 'enforce' | 'warn' | 'audit';

/** A place in a policy file; line and column count from 1, and are 0 in what has none: a resource of the cluster. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with a policy document: where, what was found, what was expected, how to mend it. */
export interface PolicyProblem extends SourcePosition {
  /** A note is told to whoever lints, and never counts as a warning. */
  readonly severity: 'error' | 'warning' | 'note';
  /** The rule of advice that gave it, which does not change: `issuer-trailing-slash`; absent on errors. */
  readonly rule?: string;
  /** Path inside the document: `spec.require[0].signature.by`. */
  readonly path: string;
  readonly message: string;
  /** An error that mends itself: what is named at the place may come yet, from another document. */
  readonly unresolved?: true;
  /** Why its author does not follow this advice, and where he says so; such advice is kept apart from the problems of a set. */
  readonly suppressed?: SourcePosition & { readonly reason: string };
}

/** A compiled label selector (Kubernetes LabelSelector semantics). */
export interface LabelMatcher {
  readonly source: string;
  test(labels: Readonly<Record<string, string>>): boolean;
}

/** Names that a policy leaves out, by the patterns under `except`. */
export interface ExceptedNames {
  readonly patterns: readonly { readonly kind: ArtifactKind; readonly source: string }[];
  /** True when one of the patterns matches the name; usage and digest do not matter. */
  has(ref: Pick<ArtifactRef, 'kind' | 'name'>): boolean;
}

/** A policy ready to be asked; made only by `policy/compile`. */
export interface CompiledPolicy {
  readonly kind: 'ClusterArtifactPolicy' | 'ArtifactPolicy';
  readonly name: string;
  /** Set on ArtifactPolicy: it speaks only about requests in this namespace. */
  readonly namespace?: string;
  readonly patterns: readonly { readonly kind: ArtifactKind; readonly source: string }[];
  /** What its patterns match and it does not speak about all the same; absent: nothing. */
  readonly except?: ExceptedNames;
  /** Absent: every usage. */
  readonly usedAs?: ReadonlySet<Usage>;
  /** Set: it speaks only about what these ask the gate for, and never about a request to the API server. Absent: about everything. */
  readonly callers?: readonly CallerPattern[];
  /** Absent: every namespace. */
  readonly namespaces?: LabelMatcher;
  readonly mode: Mode;
  readonly requireDigest: boolean;
  /** What is asked about at the gate without a digest is resolved once, and answered with that digest; else it is denied. */
  readonly resolveOnce?: true;
  /** Evidence of the index named by tag or digest also speaks for its platform children. */
  readonly indexCoversChildren: boolean;
  /** Of an index each platform image must satisfy the requirements by evidence of its own; that of the index is not asked for. */
  readonly everyPlatform?: true;
  readonly requirements: readonly Requirement[];
  /** With what the requirements' signers can be proven. */
  readonly trust: TrustMaterial;
  /** Hash over everything that its verdicts depend on: its document, its signers', trust roots and revocations. */
  readonly content: string;
  /** Set: its document cannot be used and never could, for this reason; what it speaks about is undetermined (ADR 0043). */
  readonly broken?: string;
}

/** A complete, consistent set of policies. Immutable: a change makes a new set with a new generation. */
export interface PolicySet {
  /** Hash over the content of all documents. */
  readonly generation: string;
  readonly policies: readonly CompiledPolicy[];
  /**
   * Policies one of whose artifact patterns matches, sorted by kind, namespace and name. With `namespace`, only
   * cluster policies and those of that namespace (with an empty one: cluster policies).
   */
  candidates(ref: Pick<ArtifactRef, 'kind' | 'name'>, namespace?: string): readonly CompiledPolicy[];
  /** Policies about pipelines, in the order of their names; absent: there are none. */
  readonly requestPolicies?: readonly RequestPolicy[];
  /** Policies about pipelines that may speak about this matter, in the order of their names; namespace selectors have not been asked. */
  forRequest(matter: Matter): readonly RequestPolicy[];
  /** Registry hosts that some pattern of a cluster policy names literally (these may be private addresses). */
  readonly literalHosts: ReadonlySet<string>;
  /** Everything that is revoked for everybody, and keys that are for somebody: receipts are held against it; absent: nothing. */
  readonly revocations?: RevocationBook;
  /** What is let through for a while, in the order of their names; absent: nothing. */
  readonly exceptions?: readonly AdmissionException[];
  /** Exceptions that nobody else has approved, which act on nothing; absent: there are none. */
  readonly pending?: readonly PendingException[];
  /** Digests that a list or any signer revokes, whatever the date; present with exceptions, none of which is about these. */
  readonly disowned?: ReadonlySet<string>;
  /** What in the set changes with time alone, for warnings ahead; verdicts never look at it. */
  readonly inventory?: TrustInventory;
}

/** How many policies a set holds, of all kinds. */
export function countPolicies({ policies, requestPolicies = [] }: Pick<PolicySet, 'policies' | 'requestPolicies'>): number {
  return policies.length + requestPolicies.length;
}

/** An enforced policy that a new set has no more, or has with less to it; or what such policies rely on, when it lets through more. */
export interface LostPolicy {
  /** Its name, with its namespace if it has one; of what policies rely on kind and name: `Signer alice`. */
  readonly policy: string;
  readonly what:
    | 'deleted' | 'mode' | 'patterns' | 'except' | 'namespaces' | 'usedAs' | 'callers' | 'demands' | 'exception'
    | 'signer' | 'trustRoot' | 'revocations';
  /** What is different, for people. */
  readonly detail: string;
}
