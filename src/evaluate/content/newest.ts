/** Of what signers have proven of an artifact the newest decides: what is older neither helps nor harms (ADR 0035). */
import type { EvidenceProblem } from '../../domain/evidence.ts';
import { wordsOf } from '../../domain/decision/finding.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import type { Signer } from '../../domain/policy/requirement.ts';
import type { Attested } from './content.ts';
import type { Outcome } from '../finding.ts';
import { timeText } from '../vouched/time.ts';

/** An attestation that counts by its signer and its age, and what speaks against what it says. */
export interface Weighed {
  readonly proof: Attested;
  /** The signers for whom it counts. */
  readonly signers: readonly string[];
  /** What the statement itself says of when it was made, epoch milliseconds: it can only make it older. */
  readonly statedAt?: number | undefined;
  readonly objections: readonly EvidenceProblem[];
}

/** What is left to count votes of, and for whom, and what is told of those that decided against. */
export interface Decided {
  readonly by: readonly Signer[];
  readonly counts: readonly Attested[];
  readonly against: readonly EvidenceProblem[];
}

/**
 * Keeps of everything that counts what decides: the newest of each signer, by proven time; of several of the same moment all,
 * so that the worst of them decides. Nothing counts unless the newest of all passes, and a signer counts when his own newest does.
 */
export function newestOf({ by }: Pick<ExaminedRequirement, 'by'>, all: readonly Weighed[]): Decided {
  const overall = latest(all);
  const own = new Map(by.map(({ name }) => [name, latest(all.filter(({ signers }) => signers.includes(name)))]));
  if (failing(overall)) return { by, counts: [], against: toldOf(overall, all.length) };
  const standing = by.filter(({ name }) => !failing(own.get(name) ?? []));
  const deciding = [...new Set([...own.values()].flat())];
  const counts = deciding.filter(({ objections }) => objections.length === 0).map(({ proof }) => proof);
  return { by: standing, counts, against: toldOf(deciding, all.length) };
}

/** What is certainly wrong and leaves unseen what is in it: more, or larger, than is read, or other bytes than were listed. */
const UNSEEN: ReadonlySet<ReasonCode> = new Set(['FETCH_TOO_MANY', 'FETCH_DIGEST_MISMATCH', 'VERIFY_LIMIT']);

/**
 * What may be such an attestation and is not known, or a place that was not looked at as a whole: the newest may be there. Of a time to
 * come is the newest of all as soon as our clock has caught up.
 */
export function openQuestion(problems: readonly EvidenceProblem[]): EvidenceProblem | undefined {
  return problems.find(({ code, ahead }) => UNSEEN.has(code) || ahead === true || reason(code).verdict === 'undetermined');
}

/** The finding of it: what was found at the place, or which place it is. */
export function openOutcome(problem: EvidenceProblem): Outcome {
  const { code, cause } = problem;
  return { code, ...wordsOf(problem), cause: `${cause === undefined ? '' : `${cause}; `}the newest decides, and it may be there` };
}

function latest(some: readonly Weighed[]): readonly Weighed[] {
  const newest = Math.max(...some.map(timeOf));
  return some.filter((one) => timeOf(one) === newest);
}

/** The earliest of its proven times, or what it says itself when that is earlier; epoch milliseconds. */
function timeOf({ proof: { times }, statedAt }: Weighed): number {
  return Math.min(...times.map(({ at }) => at), statedAt ?? Infinity);
}

function failing(some: readonly Weighed[]): boolean {
  return some.some(({ objections }) => objections.length > 0);
}

function toldOf(some: readonly Weighed[], of: number): readonly EvidenceProblem[] {
  return some.flatMap((one) => one.objections.map((objection) => (of === 1 ? objection : explained(one, objection, of))));
}

function explained(one: Weighed, { expected, ...objection }: EvidenceProblem, of: number): EvidenceProblem {
  const which = `the newest of ${of}, of ${timeText(timeOf(one))}, decides`;
  return { ...objection, expected: expected === undefined ? which : `${expected}; ${which}` };
}
