/** Receipts: what the gate or a publication vouches for, as it is ordered, and as it is read back from signed text. */
import type { Usage } from '../artifact/artifact.ts';
import type { SourceState } from '../decision/source-state.ts';
import type { ReasonCode } from '../decision/reasons.ts';

/** When a summary that does not end ends: the last moment that a `Date` can hold, epoch milliseconds. */
export const NEVER = 8_640_000_000_000_000;

/** Most bytes of the text of a receipt of the gate: half of what Tekton holds of the results of a step. */
export const MOST_RECEIPT_BYTES = 2048;

/** What a summary is for: each purpose has a verifier id of its own, and none is taken for another. */
export type ReceiptPurpose = 'gate' | 'publish';

/** Something that was judged, by its digests: `sha256:…`, `sha512:…` or `gitCommit:…`. */
export interface ReceiptSubject {
  /** Canonical name, purl or URI. */
  readonly name: string;
  readonly digest: string;
}

/** What is to be vouched for. Everything in it was decided by us. */
export interface ReceiptOrder {
  readonly purpose: ReceiptPurpose;
  /** Id of the decision. */
  readonly id: string;
  /** Epoch milliseconds of the decision. */
  readonly at: number;
  readonly subjects: readonly ReceiptSubject[];
  /** What was judged, as it was named: `oci://…`, `pkg:…`, `git+https://…`; of a list `gatehouse:list`. */
  readonly resource: string;
  /** What all of the subjects may be used as. */
  readonly usage: Usage;
  /** Name of the caller, see `callerName`. */
  readonly caller: string;
  /** Uid of the run; absent: of no run. */
  readonly run?: string;
  /** Of a publish summary: uids of the parts of the run (TaskRuns) by whose provenance the subjects were built; absent: of the run itself. */
  readonly invocations?: readonly string[];
  /** sha256 in hex over the policies that spoke about it, see `policiesDigest`. */
  readonly policies: string;
  /** Hash over the whole set of policies that was in force, as decisions and metrics name it; absent: not known. */
  readonly generation?: string;
  /** The sources of that set; absent: not known, or there is no room for them. */
  readonly sources?: readonly SourceState[];
  /** Attestations on which it rests, by the digest of their bytes. */
  readonly inputs: readonly { readonly uri: string; readonly digest: string }[];
  /** Levels that were verified; empty: `SLSA_BUILD_LEVEL_UNEVALUATED` is written. */
  readonly levels: readonly string[];
}

/** A receipt whose signature, type, purpose and times were read; whether it fits an artifact and a run is compared by whoever asks. */
export interface Receipt extends Omit<ReceiptOrder, 'inputs'> {
  /** `sha256:<hex of SPKI DER>` of the key; of a keyless one the fingerprint of the certificate. */
  readonly keyId: string;
  /** Epoch milliseconds; {@link NEVER} for publish summaries, which stay true as long as nobody revokes them. */
  readonly expiresAt: number;
}

/** A file with a key for receipts, as it was found; nothing in it is checked. */
export interface ReceiptKeyFile {
  /** Its name without folder: keys are ordered by it, and the last one is the newest. */
  readonly name: string;
  readonly text: string;
}

/** Why a receipt is no longer believed; `undefined` while it is. */
export type ReceiptRevocations = (receipt: Pick<Receipt, 'id' | 'keyId'> & { readonly digests: readonly string[] }) => string | undefined;

/** A receipt, or why its text is none that counts. */
export type ReadReceipt =
  | { readonly ok: true; readonly receipt: Receipt }
  | { readonly ok: false; readonly code: ReasonCode; readonly expected?: string; readonly found?: string; readonly cause?: string };

/** Reads receipts: signature by a key of ours first, everything else after. Never rejects. */
export interface ReceiptReader {
  /** `purpose`: what it must be for; one for something else is refused. Expired and revoked ones are refused too. */
  read(text: string, purpose: ReceiptPurpose, now: number): Promise<ReadReceipt> | ReadReceipt;
}

/** A signed receipt as text (a DSSE envelope as compact JSON), or that it comes later: keyless signing is never waited for. */
export type Issued =
  | { readonly state: 'signed'; readonly text: string; readonly expiresAt: number }
  | { readonly state: 'pending' }
  /** It cannot be had: the order is larger than a receipt may be, or there is no key. */
  | { readonly state: 'none'; readonly why: string };

/** Signs receipts. */
export interface ReceiptIssuer {
  issue(order: ReceiptOrder): Issued;
  /** Of one that was pending: as it stands now. */
  issued(id: string): Issued | undefined;
  /** JSON Web Key Set of the keys of receipts that have not ended (RFC 7517). */
  keys(): { readonly keys: readonly Readonly<Record<string, unknown>>[] };
}
