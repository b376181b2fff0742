/** The run that built the artifact was admitted: a publish summary about the same digest names the run that the provenance names. */
import type { RunExpectation } from '../../domain/policy/build-requirement.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { Signer } from '../../domain/policy/requirement.ts';
import { isObject, ownList } from '../../text/json/fields.ts';
import { asAttestation, isAttested } from '../content/content.ts';
import type { Attested } from '../content/content.ts';
import type { Mismatch } from '../content/mismatch.ts';
import { createReader } from '../content/predicate-reader.ts';
import type { OwnSummary, Question } from '../question.ts';
import { countVotes } from '../vouched/votes.ts';
import type { Provenance } from './model.ts';

const VSA = 'https://slsa.dev/verification_summary/v1';
const CLOCK_SKEW = 300_000;

/** What one summary says: the builds that it vouches for, or why it vouches for none. */
type Summary =
  | { readonly ok: true; readonly source: string; readonly builds: readonly string[] }
  | { readonly ok: false; readonly source: string; readonly code: ReasonCode; readonly found: string };

/**
 * Compares the run that the provenance names with those whose summaries were found beside the artifact. No summary at all is
 * undetermined (it may be pushed any moment); a summary of another run, or one that was made for another purpose, is not.
 */
export function checkRun({ admittedBy }: RunExpectation, { invocationId }: Provenance, question: Question): readonly Mismatch[] {
  const invocation = invocationId?.value ?? '';
  const mismatch = (code: ReasonCode, found: string): readonly Mismatch[] => [
    { code, claim: 'run', path: invocationId?.path ?? 'predicate', expected: expectedOf(admittedBy), found },
  ];
  if (invocation === '') return mismatch('POLICY_RUN_UNPROVEN', 'none that is named');
  const summaries = admittedBy === undefined ? ownSummaries(question) : summariesBy(admittedBy, question);
  if (summaries.some((one) => one.ok && one.builds.includes(invocation))) return [];
  const other = summaries.find((one) => one.ok);
  if (other?.ok === true) return mismatch('POLICY_RUN_OTHER', `${invocation}; ${other.source} is of run ${other.builds[0] ?? ''}`);
  const refused = summaries.find((one) => !one.ok);
  return refused === undefined || refused.ok
    ? mismatch('POLICY_RUN_UNPROVEN', invocation)
    : mismatch(refused.code, `${invocation}; ${refused.source}: ${refused.found}`);
}

function expectedOf(admittedBy: readonly Signer[] | undefined): string {
  const who = admittedBy === undefined ? 'this gate' : admittedBy.map(({ name }) => name).join(' or ');
  return `one that was admitted, by a publish summary of ${who}`;
}

/** Envelopes of others say nothing here: whatever else lies beside the artifact is not ours. */
const STRANGERS: ReadonlySet<ReasonCode> = new Set(['VERIFY_RECEIPT_UNTRUSTED', 'VERIFY_RECEIPT_MALFORMED']);

function ownSummaries({ summaries, artifact }: Question): readonly Summary[] {
  return (summaries?.() ?? []).flatMap(({ source, read }: OwnSummary): readonly Summary[] => {
    if (!read.ok) {
      if (STRANGERS.has(read.code)) return [];
      return [{ ok: false, source, code: read.code, found: read.found ?? read.cause ?? 'refused' }];
    }
    const { subjects, run = '', invocations = [] } = read.receipt;
    // Of something else that was pushed as a referrer of this one.
    if (!subjects.some(({ digest }) => digest === artifact.digest)) return [];
    return [{ ok: true, source, builds: [run, ...invocations].filter((uid) => uid !== '') }];
  });
}

/** Of summaries that signers of the policy have signed; that they speak about this digest is proven with the signature. */
function summariesBy(by: readonly Signer[], question: Question): readonly Summary[] {
  const proofs = question.proofs.filter((proof): proof is Attested => isAttested(proof) && proof.statement.predicateType === VSA);
  const { accepted } = countVotes(asAttestation({ name: 'run', by, threshold: 1 }, 'vsa'), proofs, question);
  return [...accepted.keys()].map(({ source, statement: { predicate } }) => readSummary(source, predicate, question.now));
}

/** The purpose is said by the verifier's id: receipts of the gate are none for what was built (security.md K10). */
function readSummary(source: string, predicate: unknown, now: number): Summary {
  const refuse = (code: ReasonCode, found: string): Summary => ({ ok: false, source, code, found });
  if (!isObject(predicate)) return refuse('POLICY_PREDICATE', 'a predicate that is no object');
  const reader = createReader();
  const root = { value: predicate, path: 'predicate' };
  const verifier = reader.needed(reader.object(root, 'verifier'), 'id').value;
  const result = reader.needed(root, 'verificationResult').value;
  const time = reader.time(root, 'timeVerified')?.value;
  const run = reader.text(root, 'gatehouse_run')?.value;
  const [problem] = reader.problems;
  if (problem !== undefined) return refuse('POLICY_PREDICATE', `${problem.path}: ${problem.found}`);
  if (!verifier.endsWith('/publish')) return refuse('POLICY_RECEIPT_PURPOSE', `a summary of ${verifier}`);
  if (result !== 'PASSED') return refuse('POLICY_VSA_RESULT', result);
  if (time !== undefined && time > now + CLOCK_SKEW) return refuse('POLICY_PREDICATE', 'a summary of a time to come');
  if (run === undefined) return refuse('POLICY_RUN_UNPROVEN', 'a summary that names no run');
  const invocations = (ownList(predicate, 'gatehouse_invocations') ?? []).filter((uid) => typeof uid === 'string');
  return { ok: true, source, builds: [run, ...invocations] };
}
