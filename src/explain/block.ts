/** One finding as a block of lines: what was asked, expected and found, and what to do about it. */
import type { Decision } from '../domain/decision/decision.ts';
import { parseDigest, shortDigest } from '../domain/artifact/digest.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import { shownText } from '../text/shown.ts';
import { differenceOf } from './parts/differ.ts';
import { headlineOf } from './parts/headline.ts';
import { askedBy, holderOf, objectName } from './findings.ts';
import { placesText } from './parts/folded.ts';

/** Values of `expected` and `found` that are written out; the rest is counted. */
const SHOWN_VALUES = 3;
const RETRY = 'could not verify, retry';

/**
 * The line that names the artifact, or the object: `✗ PATH (task release, step build) REFERENCE (sha256:9f2c…e1)`. `places` has a finding for
 * each place of the artifact about which the same is said; there is at least one.
 */
export function headerLine(places: readonly Finding[], decision: Decision, limit: number): string {
  const [finding] = places;
  if (finding === undefined) return '✗';
  const paths = places.map(({ path }) => shownText(path === '' ? objectName(decision) : path, limit));
  const parts = ['✗', placesText(paths, places.map((place) => shownText(holderOf(place, decision), limit)))];
  if (finding.path !== '' && finding.artifact !== '') parts.push(shownText(finding.artifact, limit));
  const digest = parseDigest(finding.digest);
  if (digest !== undefined && !finding.artifact.includes(digest)) parts.push(`(${shortDigest(digest)})`);
  return parts.join(' ');
}

/**
 * What one finding says below its header: who asked and the headline, expected, found, cause, and the fix with
 * the code. Every value is escaped and has at most `limit` characters.
 */
export function findingLines(finding: Finding, limit: number): readonly string[] {
  const { fix } = reason(finding.code);
  const title = headlineOf(finding);
  const asked = askedBy(finding);
  const lines = [asked === undefined ? `  ${title}` : `  ${shownText(asked, limit)}: ${title}`];
  lines.push(...valueLines('expected', finding.expected ?? [], limit));
  lines.push(...valueLines('found', finding.found ?? [], limit));
  const [difference] = (finding.found ?? []).slice(0, SHOWN_VALUES).flatMap((found) => differenceOf(found, finding.expected ?? []) ?? []);
  if (difference !== undefined) lines.push(...valueLines('differs', [difference], limit));
  if (finding.cause !== undefined && finding.cause !== '') lines.push(...valueLines('cause', [finding.cause], limit));
  lines.push(`  fix: ${shownText(withRetry(finding, finding.fix ?? fix), limit)}  [${finding.code}]`);
  return lines;
}

function valueLines(label: string, values: readonly string[], limit: number): string[] {
  const shown = values.length > SHOWN_VALUES + 1 ? values.slice(0, SHOWN_VALUES) : values;
  const texts = shown.map((value) => shownText(value, limit));
  if (shown.length < values.length) texts.push(`and ${values.length - shown.length} more`);
  return texts.map((text, index) => `  ${(index === 0 ? label : '').padEnd(8)} ${text}`);
}

/** Not to know is not to accuse: whoever reads an undetermined finding must see at once that trying again may help. */
function withRetry(finding: Finding, fix: string): string {
  return finding.verdict !== 'undetermined' || fix.includes('could not verify') ? fix : `${RETRY}; ${fix}`;
}
