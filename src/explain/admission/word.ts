/** The word for a set of findings: what a build task branches on. */
import type { Finding } from '../../domain/decision/finding.ts';

export type DecisionWord = 'admit' | 'warn' | 'deny' | 'undetermined';

/** `undetermined` is a denial that nothing violated: the same question may be admitted later. Audits do not count. */
export function decisionWord(findings: readonly Pick<Finding, 'verdict' | 'mode'>[]): DecisionWord {
  const open = findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode !== 'audit');
  const enforced = open.filter(({ mode }) => mode === 'enforce');
  if (enforced.some(({ verdict }) => verdict === 'violated')) return 'deny';
  if (enforced.length > 0) return 'undetermined';
  return open.length > 0 ? 'warn' : 'admit';
}

/** The worst of several: denied before undetermined before warned. Of none: `admit`. */
export function worstWord(words: Iterable<DecisionWord>): DecisionWord {
  const all = new Set(words);
  return (['deny', 'undetermined', 'warn'] as const).find((word) => all.has(word)) ?? 'admit';
}
