/** Each proof is heard for every signer of the requirement, and counts or has a reason why not. */
import type { EvidenceProblem, ProvenEvidence, VerifiedEvidence } from '../../domain/evidence.ts';
import type { AttestationRequirement, SignatureRequirement, Signer } from '../../domain/policy/requirement.ts';
import { personOf } from '../../domain/policy/same.ts';
import { describeSigner } from '../describe.ts';
import { recognise } from './identity.ts';
import { leadingProblem } from './precedence.ts';
import type { Question } from '../question.ts';
import { judgeStanding } from './standing.ts';
import type { Standing } from './standing.ts';
import type { Objection } from './testimony.ts';
import type { Vote } from './threshold.ts';

/** A proof that counts: the signers it counts for, and what a reader should know although it counts. */
export interface Accepted {
  readonly names: string;
  readonly remark?: string;
  readonly warning?: string;
}

/** What counting found: the votes that count, which proof gave each, and why the other proofs did not count. */
export interface Count<Proof extends ProvenEvidence = VerifiedEvidence> {
  readonly votes: readonly Vote[];
  readonly accepted: ReadonlyMap<Proof, Accepted>;
  readonly rejected: ReadonlyMap<Proof, EvidenceProblem>;
}

type Vouched = SignatureRequirement | AttestationRequirement;

/** Counts the proofs that some signer of the requirement stands behind. */
export function countVotes<Proof extends ProvenEvidence>(requirement: Vouched, proofs: readonly Proof[], question: Question): Count<Proof> {
  const votes: Vote[] = [];
  const accepted = new Map<Proof, Accepted>();
  const rejected = new Map<Proof, EvidenceProblem>();
  for (const proof of proofs) {
    const names: string[] = [];
    const problems: EvidenceProblem[] = [];
    let [remark, warning]: (string | undefined)[] = [];
    for (const signer of requirement.by) {
      const voice = hear(signer, proof, requirement, question);
      if (voice === STRANGER) continue;
      if (voice.ok) {
        names.push(signer.name);
        remark ??= voice.remark;
        warning ??= voice.warning;
      } else problems.push(...voice.problems);
    }
    for (const name of names) votes.push({ signer: name, person: personOf(proof.signer) });
    const told = { ...(remark === undefined ? {} : { remark }), ...(warning === undefined ? {} : { warning }) };
    if (names.length > 0) accepted.set(proof, { names: names.join(', '), ...told });
    else rejected.set(proof, nearestMiss(proof, problems));
  }
  return { votes, accepted, rejected };
}

type Voice =
  | Extract<Standing, { readonly ok: true }>
  | { readonly ok: false; readonly problems: readonly EvidenceProblem[] };

/** Most signers are strangers to most proofs; that costs nothing but the comparison. */
const STRANGER: Voice = { ok: false, problems: [] };

/** Whether a proof counts for one signer: some identity of his is recognised, and his word stands. */
function hear(signer: Signer, proof: ProvenEvidence, requirement: Vouched, question: Question): Voice {
  let problems: EvidenceProblem[] | undefined;
  for (const identity of signer.identities) {
    const recognition = recognise(identity, proof);
    if (!recognition.ok) {
      if (recognition.cause !== undefined)
        (problems ??= []).push(refusal(proof, { code: recognition.code ?? 'VERIFY_SIGNER_UNTRUSTED', cause: recognition.cause }));
      continue;
    }
    const standing = judgeStanding({ signer, identity, proof, requirement, question });
    if (standing.ok) return standing;
    (problems ??= []).push(refusal(proof, { found: `${signer.name}: ${describeSigner(proof.signer)}`, ...standing.objection }));
  }
  return problems === undefined ? STRANGER : { ok: false, problems };
}

/** The miss worth explaining: by a signer that was recognised but does not count, before one that differs in a claim, before a stranger. */
function nearestMiss(proof: ProvenEvidence, problems: readonly EvidenceProblem[]): EvidenceProblem {
  return leadingProblem(problems) ?? refusal(proof, { code: 'VERIFY_SIGNER_UNTRUSTED' });
}

function refusal(proof: ProvenEvidence, objection: Objection): EvidenceProblem {
  return { source: proof.source, found: describeSigner(proof.signer), ...objection };
}
