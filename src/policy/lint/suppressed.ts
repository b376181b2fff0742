/** An author may say why advice of one rule is not followed in a document; that is advised about as well, so that none outlives its cause. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import { own, ownTexts } from '../../text/json/fields.ts';
import type { PolicyDocument } from '../read/documents.ts';
import { Reporter } from '../read/reporter.ts';
import { didYouMean } from '../read/suggest.ts';
import { LINT_RULES } from './rules.ts';
import { SUPPRESSING, suppressionOf } from './suppression.ts';

/**
 * Adds advice about annotations that name no rule, say no reason, or, where `isWhole` says that everything was linted, suppress nothing.
 * `problems` are all that were found, the suppressed ones among them.
 */
export function lintSuppressions(documents: readonly PolicyDocument[], problems: PolicyProblem[], isWhole: boolean): void {
  const used = new Set(problems.flatMap(({ suppressed }) => (suppressed === undefined ? [] : [placeOf(suppressed)])));
  for (const document of documents) {
    const report = new Reporter(document, problems);
    for (const [key, reason] of Object.entries(ownTexts(own(document.value, 'metadata'), 'annotations'))) {
      if (!key.startsWith(SUPPRESSING)) continue;
      const [rule, path] = [key.slice(SUPPRESSING.length), ['metadata', 'annotations', key]];
      if (!Object.hasOwn(LINT_RULES, rule))
        report.advise('suppression-unknown', path, `no rule is called ${JSON.stringify(rule)}${didYouMean(rule, Object.keys(LINT_RULES))}; see docs/reference/lint.md`, 'key');
      else if (reason.trim() === '')
        report.advise('suppression-unknown', path, `says no reason, and so suppresses nothing; write why ${rule} is not followed here`, 'key');
      else if (isWhole && !used.has(placeOf(suppressionOf(document, rule))))
        report.advise('suppression-unused', path, `${rule} finds nothing in this document; take the annotation out`, 'key');
    }
  }
}

function placeOf(suppressed: PolicyProblem['suppressed']): string {
  return suppressed === undefined ? '' : `${suppressed.file}:${suppressed.line}:${suppressed.column}`;
}
