/** What the core needs from outside, as interfaces that other rooms implement and the wiring puts in place. */
import type { Artifact, ArtifactRef } from './artifact/artifact.ts';
import type { FactAnswer, QuestionOf } from './build/facts.ts';
import type { Decision } from './decision/decision.ts';
import type { Digest } from './artifact/digest.ts';
import type { IndexFact, IndexQuestion } from './artifact/package-index.ts';
import type { Revision } from './artifact/revision.ts';
import type { TrustedKey, UnverifiedEvidence, VerificationJob, VerificationOutcome } from './evidence.ts';
import type { LayersFact } from './policy/examined-requirement.ts';
import type { AuthorityWindow } from './policy/expiry.ts';
import type { NameAttribute } from './policy/identity.ts';
import type { PolicyProblem, PolicySet } from './policy/policy.ts';
import type { SourceState } from './decision/source-state.ts';
import type { ReasonCode } from './decision/reasons.ts';
import type { DockerAuths } from './artifact/registry.ts';
import type { PullScope, ReviewRequest } from './decision/review.ts';
import type { PlainTrust, PublishedRoot, ReadBundle, SpiffeBundleSpec, TufRootSpec } from './policy/trust-root.ts';

/** The present, in epoch milliseconds. The core never reads a clock of its own. */
export interface Clock {
  now(): number;
}

/** A set of policies with the states of the sources it was compiled from, or the reason why there is none. */
export type PolicyState =
  | { readonly ready: true; readonly set: PolicySet; readonly sources?: readonly SourceState[] }
  | { readonly ready: false; readonly problems: readonly PolicyProblem[] };

/** Holds the last good set; `current` never blocks. */
export interface PolicyStore {
  current(): PolicyState;
}

/** Why something could not be had, or must not be used. `retryable` ones are `undetermined`. */
export interface FetchProblem {
  readonly code: ReasonCode;
  /** Host or look-up that failed, for messages. */
  readonly source: string;
  readonly found?: string;
  readonly expected?: string;
  readonly cause?: string;
  /** Replaces the catalogue's remedy when this case has a better one. */
  readonly fix?: string;
}

/** A tag's digest at this moment, or why it is not known. */
export type Resolution =
  | { readonly ok: true; readonly digest: Digest | Revision }
  | { readonly ok: false; readonly problem: FetchProblem };

/** Resolves a tag to a digest by hashing the manifest bytes received. Never judges. */
export interface DigestResolver {
  resolve(ref: ArtifactRef, scope: PullScope, signal: AbortSignal): Promise<Resolution>;
}

/** What one look-up of evidence brought. Problems never hide evidence: both are reported side by side. */
export interface EvidenceBatch {
  readonly evidence: readonly UnverifiedEvidence[];
  readonly problems: readonly FetchProblem[];
}

/**
 * The evidence of one artifact, looked up place by place: the place that answered last time first, so that an
 * admission that is satisfied early asks no further. More evidence never turns an admission into a denial,
 * therefore stopping early is sound.
 */
export interface EvidenceLookup {
  /** What is known already, in order; empty at first. Grows with `next`. */
  readonly batches: readonly EvidenceBatch[];
  /** When the oldest of `batches` was fetched, epoch milliseconds. */
  readonly fetchedAt: number;
  /** Looks at the next place; `undefined` when all have been looked at. Shared by concurrent requests. */
  next(signal: AbortSignal): Promise<EvidenceBatch | undefined>;
}

/** Finds evidence. Implementations bound size, count and time, and never judge what they find. */
export interface EvidenceSource {
  /** At once when nothing has to be waited for. With `fresh`, what was fetched longer ago than the absence TTL is forgotten first. */
  open(artifact: Artifact, scope: PullScope, options?: { readonly fresh?: boolean }): EvidenceLookup | Promise<EvidenceLookup>;
  /**
   * Why an artifact without sufficient evidence may be worse than unsigned: not there at all, bytes that do not
   * match the digest, a media type that is no image. Empty when the manifest is in order.
   */
  diagnose(artifact: Artifact, scope: PullScope, signal: AbortSignal): Promise<readonly FetchProblem[]>;
  /** Digest of the index that lists this platform manifest, if the reference also names the index by tag. */
  parentIndex(artifact: Artifact, scope: PullScope, signal: AbortSignal): Promise<Digest | undefined>;
  /** What the index of its ecosystem says of a package; unsigned. Absent: nobody asks any. Never rejects. */
  index?(artifact: Artifact, question: IndexQuestion, signal: AbortSignal): Promise<IndexFact>;
  /** What `index` would give without asking anybody; `undefined` when it would ask. */
  knownIndex?(artifact: Artifact, question: IndexQuestion): IndexFact | undefined;
  /** The manifest of the image, whose bytes hash to its digest; `undefined` when there is none. Rejects with what stood in the way. */
  manifest?(artifact: Artifact, scope: PullScope, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The layers of the image, or of every image of the index, from manifests whose bytes hash to their digests. */
  layers?(artifact: Artifact, scope: PullScope, signal: AbortSignal): Promise<LayersFact>;
}

/** Puts evidence of our own beside an artifact, with the credentials of the server itself. Never rejects. */
export interface EvidencePublisher {
  /** `text`: a DSSE envelope or a Sigstore bundle as JSON. Gives the digest of the manifest that refers to the artifact. */
  publish(
    artifact: Artifact, evidence: { readonly text: string; readonly predicateType: string }, signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly digest: Digest } | { readonly ok: false; readonly problem: FetchProblem }>;
}

/** Verifies evidence off the event loop; caches by evidence, artifact and trust. Never throws. */
export interface EvidenceVerifier {
  verify(job: VerificationJob, signal: AbortSignal): Promise<readonly VerificationOutcome[]>;
  /** The outcomes, when all of them are remembered. */
  known(job: VerificationJob): readonly VerificationOutcome[] | undefined;
}

/** Labels of a namespace, or `undefined` when they cannot be known now. */
export interface NamespaceLabels {
  labels(namespace: string, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;
  /** What `labels` would give without asking anybody; `undefined` when it would ask. Absent where it never does. */
  known?(namespace: string): Readonly<Record<string, string>> | undefined;
}

/** Told every decision once it is final; must not throw and must not block. */
export interface Recorder {
  /** Told of a decision that is answered and not final yet: findings that cannot change its outcome are still to come. */
  answered?(decision: Decision): void;
  record(decision: Decision, review: ReviewRequest): void;
}

/** Credentials from pull secrets, and why others could not be read. */
export interface FoundSecrets {
  readonly auths: readonly DockerAuths[];
  readonly problems: readonly FetchProblem[];
}

/** Pull secrets of a pod and of its service account, newest last. Cached by the implementation. */
export interface PullSecrets {
  read(scope: PullScope, signal: AbortSignal): Promise<FoundSecrets>;
  /** What `read` would give, when all of it is remembered. */
  known?(scope: PullScope): FoundSecrets | undefined;
}

/** What the text of keys that are good for signatures of one sort alone comes to, or why nothing. */
export type OneSortKeys =
  | { readonly ok: true; readonly keys: readonly { readonly key: TrustedKey; readonly notAfter?: number }[] }
  | { readonly ok: false; readonly problem: string };

/** Reads trust documents for the policy compiler, which itself knows no cryptography. */
export interface TrustReader {
  /** A PEM public key (SubjectPublicKeyInfo) of an allowed algorithm and size, or why it is none. ML-DSA-65 only when named. */
  key(
    pem: string,
    algorithm?: 'ml-dsa-65',
  ): { readonly ok: true; readonly key: TrustedKey } | { readonly ok: false; readonly problem: string };
  /** The keys of an armoured OpenPGP block that may sign, each with its end (epoch milliseconds); `undefined` when the text is none. */
  openPgp?(text: string): OneSortKeys | undefined;
  /** The key of a line of SSH whose key lives on a security key (`sk-…`); `undefined` when the text is none. */
  securityKey?(text: string): OneSortKeys | undefined;
  /** Every problem of a `trusted_root.json`, each with its path inside; empty when it is good. */
  trustedRoot(json: unknown): readonly { readonly path: string; readonly message: string }[];
  /** Until when each authority of a good `trusted_root.json` can prove anything new; absent: not known to this reader. */
  windows?(json: unknown): readonly AuthorityWindow[];
  /** Why a `root.json` cannot be the pinned root of a TUF repository; `undefined` when it can. */
  pinnedRoot(json: unknown): string | undefined;
  /** What the TUF repository of this TrustRoot published last. Never blocks, never fetches. */
  tufRoot(name: string, spec: TufRootSpec): PublishedRoot;
  /** The X.509 authorities in the bundle of a trust domain, parsed JSON, or every reason why it is none. */
  bundle(document: unknown, trustDomain: string): ReadBundle;
  /** The bundle that a trust domain published last, parsed JSON. Never blocks, never fetches. */
  spiffeBundle(name: string, spec: SpiffeBundleSpec): PublishedRoot;
  /** A `trusted_root.json` made of plain lists, with every problem by its path inside the lists. */
  plainTrust(lists: PlainTrust): {
    readonly content: unknown;
    readonly problems: readonly { readonly path: string; readonly message: string }[];
  };
  /** Certificates of authorities in PEM, as base64 DER, or every reason why they are none. */
  anchors(pem: string): { readonly anchors: readonly string[]; readonly problems: readonly string[] };
  /**
   * Certificates of a trust store of the Notary Project in PEM, as base64 DER, or every reason why they cannot be in one. `alone`: the
   * holders' names, where each of them signed itself and none is an authority; then nobody else can be proven.
   */
  notationStore(pem: string, store: 'signing' | 'tsa'): {
    readonly anchors: readonly string[]; readonly problems: readonly string[]; readonly alone?: readonly (readonly NameAttribute[])[];
  };
  /** Until when each of these certificates is valid, by its subject. */
  anchorWindows(anchors: readonly string[]): readonly AuthorityWindow[];
  /** Hash of a JSON value, independent of key order: ids of roots and policies. */
  hash(value: unknown): string;
  /** Content of the packaged public-good `trusted_root.json`. */
  readonly publicGood: unknown;
}

/** The cluster as it is now. Everything may be refused or late: then the answer is not known. Never rejects. */
export interface ClusterFacts {
  object(question: QuestionOf<'object'>, signal: AbortSignal): Promise<FactAnswer<'object'>>;
  /** As they are followed, or with `now` as the API server has them at this moment. */
  networkPolicies(namespace: string, signal: AbortSignal, now?: true): Promise<FactAnswer<'networkPolicies'>>;
  otherNetworkPolicies(namespace: string, signal: AbortSignal): Promise<FactAnswer<'otherNetworkPolicies'>>;
  pods(namespace: string, signal: AbortSignal): Promise<FactAnswer<'pods'>>;
  resolutions(namespace: string, signal: AbortSignal): Promise<FactAnswer<'resolutions'>>;
}

/** Brings the content of a definition that is kept in a registry. Never rejects; bytes hash to the digest of the reference. */
export interface DefinitionSource {
  bundle(ref: ArtifactRef, entry: { readonly kind: string; readonly name: string }, scope: PullScope, signal: AbortSignal): Promise<
    { readonly ok: true; readonly content: Uint8Array; readonly digest: Digest } | { readonly ok: false; readonly problem: FetchProblem }
  >;
}
