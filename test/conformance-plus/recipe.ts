import type { ArtifactKind } from '../../src/domain/artifact/artifact.ts';
import type { Revision } from '../../src/domain/artifact/revision.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../src/domain/evidence.ts';
import type { ReasonCode } from '../../src/domain/decision/reasons.ts';
import type { OracleQuestion } from './oracle.ts';

/** A question to Gatehouse: evidence for one image, and the policy documents under which it is judged. */
export interface Question {
  readonly evidence: UnverifiedEvidence;
  /** Further evidence that lies beside it. */
  readonly beside?: readonly UnverifiedEvidence[];
  readonly documents: readonly unknown[];
  readonly digest: Digest | Revision;
  /** What it is about, where that is no image. */
  readonly artifact?: { readonly kind: ArtifactKind; readonly name: string };
  /** Epoch milliseconds. */
  readonly now: number;
  /** The same question for @sigstore/verify; absent when it is about something that library does not do. */
  readonly oracle?: OracleQuestion;
}

/** What is expected of Gatehouse: the code of the finding, or that the trust document is refused when it is loaded. */
export type Expected = ReasonCode | 'refused when loaded';

/** One forgery, minted anew whenever it is asked about, and the honest thing from which it differs in one point. */
export interface Recipe {
  readonly id: string;
  readonly title: string;
  /** Rows of the attack list that it covers. */
  readonly rows?: readonly string[];
  readonly expected: Expected;
  readonly forged: () => Question;
  readonly twin: () => Question;
}
