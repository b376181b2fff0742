/** A finding where there is room for a single line. */
import { exceptionText } from '../domain/decision/exception.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { shownText } from '../text/shown.ts';
import { askedBy } from './findings.ts';
import { headlineOf } from './parts/headline.ts';

const LIMIT = 160;

/** A finding in one line, for logs and events: verdict, code, place, artifact, who asked, headline, expected and found; escaped. */
export function findingLine(finding: Finding): string {
  const place = [finding.path, finding.artifact].filter((part) => part !== '').map((part) => shownText(part, LIMIT));
  const asked = askedBy(finding);
  const facts = [
    asked === undefined ? headlineOf(finding) : `${shownText(asked, LIMIT)}: ${headlineOf(finding)}`,
    ...values('expected', finding.expected),
    ...values('found', finding.found),
    ...(finding.cause === undefined ? [] : [shownText(finding.cause, LIMIT)]),
    ...(finding.exceptions ?? []).map((one) => `admitted by ${shownText(exceptionText(one), LIMIT)}`),
    ...(finding.exceptionsIfEnforced ?? []).map((one) => `if it enforced, admitted by ${shownText(exceptionText(one), LIMIT)}`),
  ];
  return [finding.verdict, finding.code, ...place, facts.join('; ')].join(' ');
}

function values(label: string, texts: readonly string[] = []): string[] {
  const first = texts[0];
  if (first === undefined) return [];
  return [`${label} ${shownText(first, LIMIT)}${texts.length > 1 ? ` and ${texts.length - 1} more` : ''}`];
}
