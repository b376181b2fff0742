/** Proven times that lie ahead of the present are wrong and prove nothing yet. */
import type { ProvenTime } from '../../domain/policy/identity.ts';
import type { Problem } from '../problem.ts';
import type { Proofs, RawProof } from '../proof.ts';

/** How far a log's or timestamp authority's clock may be ahead of ours, in milliseconds. */
export const CLOCK_SKEW_MS = 60_000;

/**
 * Refuses proofs that are dated later than the present allows: such a time is wrong, whoever proved it, and would
 * outlive every `maxAge`. Since the same proof is good later on, an outcome with such a refusal must not be kept.
 */
export function refuseFuture(proved: Proofs, now: number): Proofs {
  const refused = proved.proofs.filter((proof) => tooLate(proof, now) !== undefined);
  if (refused.length === 0) return proved;
  return {
    proofs: proved.proofs.filter((proof) => !refused.includes(proof)),
    problems: [...proved.problems, ...refused.map((proof) => inTheFuture(proof, now))],
    partial: true,
  };
}

function tooLate({ times }: RawProof, now: number): ProvenTime | undefined {
  return times.find(({ at, earliest = at }) => earliest > now + CLOCK_SKEW_MS);
}

function inTheFuture(proof: RawProof, now: number): Problem {
  const time = tooLate(proof, now);
  const claimed = proof.statement === undefined ? {} : { claimedType: proof.statement.predicateType };
  return {
    code: 'VERIFY_TIMESTAMP',
    ...claimed,
    ahead: true,
    found: time === undefined ? 'a time in the future' : `${new Date(time.at).toISOString()} (${time.source})`,
    expected: 'a time not later than the decision',
    cause: 'the proven time is in the future: the clock of its authority is ahead, or the clock of this server is behind',
    fix: 'try again once that time has come, or when the clock of the machine that judges it is right',
  };
}
