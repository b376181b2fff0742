/** The word of a recognised signer in one question, and why it may not count. */
import type { ProvenEvidence } from '../../domain/evidence.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { AttestationRequirement, SignatureRequirement, Signer, SignerIdentity } from '../../domain/policy/requirement.ts';
import type { Question } from '../question.ts';

/** A proof by a recognised signer, for one requirement of one policy. */
export interface Testimony {
  readonly signer: Signer;
  readonly identity: SignerIdentity;
  readonly proof: ProvenEvidence;
  readonly requirement: SignatureRequirement | AttestationRequirement;
  readonly question: Question;
}

/** Why the word of a recognised signer does not count here. */
export interface Objection {
  readonly code: ReasonCode;
  readonly found?: string;
  readonly expected?: string;
  readonly cause?: string;
  readonly fix?: string;
}
