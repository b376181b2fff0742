/** Who may ask the gate, and about what: by the callers that a policy names. */
import { callerName } from '../../../domain/gate/caller.ts';
import { callerPatternText, isAmong } from '../../../domain/gate/caller-pattern.ts';
import type { RequestJudge } from '../question.ts';

/** Most callers that one message names. */
const MOST_NAMED = 10;

/** Judges questions to the gate alone. Who asks was proven by a token; what it asks about is judged as artifacts. */
export const judgeCallers: RequestJudge<'callers'> = ({ callers, usedAs }, { matter }) => {
  if (matter.about !== 'question') return undefined;
  const { question: { caller }, usages = [] } = matter;
  if (!isAmong(caller, callers)) {
    const expected = callers.length === 0 ? ['nobody'] : shortened(callers.map(callerPatternText));
    return [{ code: 'POLICY_CALLER', artifact: callerName(caller), expected, found: [callerName(caller)] }];
  }
  if (usedAs === undefined) return [];
  const others = usages.filter((use) => !usedAs.has(use));
  return others.length === 0 ? [] : [{
    code: 'POLICY_CALLER', artifact: callerName(caller), expected: [`usedAs ${[...usedAs].join(', ')}`], found: [`usedAs ${others.join(', ')}`],
    fix: 'ask about each artifact with the use that it has; another use is for other callers',
  }];
};

function shortened(names: readonly string[]): readonly string[] {
  return names.length <= MOST_NAMED ? names : [...names.slice(0, MOST_NAMED), `${names.length - MOST_NAMED} more`];
}
