/** An anyOf is as good as its best alternative; an open one is better than one that fails. */
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import type { AnyOfRequirement } from '../domain/policy/requirement.ts';
import { findingOf } from './finding.ts';
import type { Judge, Question } from './question.ts';
import { leadingProblem } from './vouched/precedence.ts';

/**
 * Judges an `anyOf` requirement: one alternative that holds suffices. When none holds and one could not be
 * judged, the whole is undetermined: that one might have held.
 */
export function judgeAnyOf(requirement: AnyOfRequirement, question: Question, judge: Judge): Finding {
  const findings = requirement.of.map((alternative) => judge(alternative, question));
  const evidence = findings.flatMap((finding) => finding.evidence ?? []);
  const holding = findings.find((finding) => finding.verdict === 'satisfied');
  if (holding) {
    return findingOf(requirement, question, {
      code: 'POLICY_SATISFIED',
      found: [`${holding.requirement}: ${(holding.found ?? []).join(', ')}`],
      evidence,
    });
  }
  const open = findings.find((finding) => finding.verdict === 'undetermined');
  if (open) {
    return findingOf(requirement, question, {
      code: open.code,
      ...(open.found ? { found: open.found } : {}),
      ...(open.cause ? { cause: open.cause } : {}),
      evidence,
    });
  }
  const nearest = nearestOf(findings);
  return findingOf(requirement, question, {
    code: 'POLICY_ANY_OF',
    expected: findings.map((finding) => `${finding.requirement}: ${(finding.expected ?? []).join(' or ')}`),
    found: findings.map(
      (finding) => `${finding.requirement}: ${finding.code}${finding.found?.length ? ` (${finding.found.join(', ')})` : ''}`,
    ),
    ...(nearest === undefined
      ? {}
      : { fix: `satisfy one of them; nearest ${nearest.requirement ?? ''}: ${nearest.fix ?? reason(nearest.code).fix}` }),
    evidence,
  });
}

/** The alternative whose mending is the shortest way, by the order that problems of one requirement have as well. */
function nearestOf(findings: readonly Finding[]): Finding | undefined {
  const leader = leadingProblem(findings.map(({ code }, index) => ({ code, source: String(index) })));
  return leader === undefined ? undefined : findings[Number(leader.source)];
}
