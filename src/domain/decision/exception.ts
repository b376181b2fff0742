/** What is let through for a while although a policy forbids it: by name, by reason, and with an end. */
import type { Usage } from '../artifact/artifact.ts';
import { stageOf } from './reasons.ts';
import type { ReasonCode } from './reasons.ts';
import type { ArtifactMatcher } from '../policy/requirement.ts';

/** How an exception is told wherever it acts. */
export interface ExceptionNote {
  readonly name: string;
  /** Why, as its author wrote it. */
  readonly reason: string;
  /** Who is said to have approved it. In a file this is a statement and proves nothing. */
  readonly approvedBy: string;
  /** RFC 3339, UTC; it acts until then and no moment longer. */
  readonly expiresAt: string;
}

/** A policy that is excepted from, as findings name it (`acme-images`, `team-a/our-images`), or one requirement of it. */
export interface ExceptedDemand {
  readonly policy: string;
  /** Absent: everything that the policy demands. */
  readonly requirement?: string;
}

/** An exception of which two persons have not spoken yet: it acts on nothing. */
export interface PendingException {
  readonly name: string;
  readonly reason: string;
  /** Who asks for it. */
  readonly requestedBy: string;
  readonly policies: readonly string[];
}

/** An exception ready to be asked; made only by `policy/compile`. */
export interface AdmissionException extends Omit<ExceptionNote, 'expiresAt'> {
  /** Epoch milliseconds from which it acts, and until when; both inside. */
  readonly notBefore: number;
  readonly expiresAt: number;
  /** Patterns of which one must match; empty: the digests alone decide. */
  readonly artifacts: readonly ArtifactMatcher[];
  /** Digests of which one must be that of the artifact; empty: the patterns alone decide. */
  readonly digests: readonly string[];
  readonly demands: readonly ExceptedDemand[];
  /** Names of namespaces, compared exactly. */
  readonly namespaces: readonly string[];
  /** Absent: every use. */
  readonly usedAs?: ReadonlySet<Usage>;
}

/** What is demanded is not known. */
const UNREADABLE: ReadonlySet<ReasonCode> = new Set(['POLICY_UNAVAILABLE', 'POLICY_BROKEN']);
/** Somebody has decided that what has it must not come in. */
const REVOKED: ReadonlySet<ReasonCode> = new Set(['POLICY_REVOKED', 'VERIFY_RECEIPT_REVOKED']);
/** The stages at which something is found out about an artifact; all others say that nobody has judged it. */
const JUDGING: ReadonlySet<string> = new Set(['FETCH', 'VERIFY', 'POLICY']);

/** True for what no exception lets pass, wherever in a finding it lies: a revocation, and our own not knowing. */
export function isFinal(code: ReasonCode): boolean {
  return REVOKED.has(code) || UNREADABLE.has(code) || !JUDGING.has(stageOf(code));
}

/** The exception as it is told. */
export function noteOf({ name, reason, approvedBy, expiresAt }: AdmissionException): ExceptionNote {
  return { name, reason, approvedBy, expiresAt: new Date(expiresAt).toISOString() };
}

/** `admitted by AdmissionException night-42 until 2026-…, approved by carol: registry is down`; not escaped. */
export function exceptionText({ name, reason, approvedBy, expiresAt }: ExceptionNote): string {
  return `AdmissionException ${name} until ${expiresAt}, said to be approved by ${approvedBy}: ${reason}`;
}
