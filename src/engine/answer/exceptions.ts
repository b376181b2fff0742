/** Where an AdmissionException acts: what is wrong stays wrong and is told, and does not deny (ADR 0037). */
import type { JudgedArtifact } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { isFinal, noteOf } from '../../domain/decision/exception.ts';
import type { AdmissionException } from '../../domain/decision/exception.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { Context } from '../context.ts';

/** It is not known what would run: no exception says that it may. */
const UNKNOWN_BYTES: ReadonlySet<ReasonCode> = new Set(['POLICY_DIGEST_REQUIRED', 'FETCH_DIGEST_MISMATCH']);

/**
 * The findings about one artifact with the exceptions that act on them now: an excepted one keeps its verdict, warns in place of denying
 * and names each of its exceptions; one that would not deny anyway names those that will act once its policy enforces. Nothing else
 * changes, and with no exception nothing is made anew.
 */
export function withExceptions(artifact: JudgedArtifact, findings: readonly Finding[], context: Context): readonly Finding[] {
  if (context.policies?.exceptions === undefined || findings.every(({ verdict }) => verdict === 'satisfied')) return findings;
  const about = isKnown(artifact, context.policies) ? actingNow(context).filter((exception) => isAbout(exception, artifact)) : [];
  return findings.map(({ final, ...finding }) => (final === true ? finding : excepted(finding, artifact, about)));
}

/** Those of the request's namespace whose time it is; a request is answered by the time at which it came. */
function actingNow({ policies, review, startedAt }: Context): readonly AdmissionException[] {
  return (policies?.exceptions ?? []).filter(({ namespaces, notBefore, expiresAt }) =>
    namespaces.includes(review.namespace) && notBefore <= startedAt && startedAt <= expiresAt);
}

function isAbout({ artifacts, digests, usedAs }: AdmissionException, artifact: JudgedArtifact): boolean {
  if (usedAs !== undefined && !usedAs.has(artifact.usage)) return false;
  if (artifacts.length > 0 && !artifacts.some((pattern) => pattern.test(artifact))) return false;
  return digests.length === 0 || (artifact.digest !== undefined && digests.includes(artifact.digest));
}

/**
 * Whatever is said about a digest that anybody revokes falls, and so does whoever would let it in by name; and of a name without a
 * digest, whatever is wrong with it, nobody knows what would run.
 */
function isKnown({ digest }: JudgedArtifact, { disowned }: PolicySet): boolean {
  return digest !== undefined && disowned?.has(digest) !== true;
}

function excepted(finding: Finding, artifact: JudgedArtifact, about: readonly AdmissionException[]): Finding {
  if (!canBeExcepted(finding)) return finding;
  const demanded = about.filter(({ demands, digests }) =>
    demands.some(({ policy, requirement }) =>
      policy === finding.policy && (requirement === undefined || requirement === finding.requirement))
    // Where nobody could look, only what is named by its digest is known to be what was meant.
    && (!isOpen(finding) || (artifact.digest !== undefined && digests.includes(artifact.digest))));
  if (demanded.length === 0) return finding;
  const notes = demanded.map(noteOf);
  return finding.mode === 'enforce' ? { ...finding, mode: 'warn', exceptions: notes } : { ...finding, exceptionsIfEnforced: notes };
}

/** Something could not be looked at, were it for one platform of several alone. */
function isOpen({ verdict, evidence = [] }: Finding): boolean {
  return verdict === 'undetermined' || evidence.some(({ code }) => reason(code).verdict === 'undetermined');
}

function canBeExcepted({ verdict, code, policy, ofRequest, evidence = [] }: Finding): boolean {
  if (verdict === 'satisfied' || policy === undefined || ofRequest === true) return false;
  return !UNKNOWN_BYTES.has(code) && ![code, ...evidence.map((note) => note.code)].some(isFinal);
}
