/** The text of a denial, which is all that a developer sees: complete where it can be, bounded and counted where it cannot. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { shownText } from '../text/shown.ts';
import { findingLines, headerLine } from './block.ts';
import { denyingFindings, isAboutArtifact, objectName } from './findings.ts';
import { withDependency } from './dependency.ts';
import { foldedGroups } from './parts/folded.ts';
import { referenceOf } from './reference.ts';
import { taskLines } from './tasks.ts';

/** Longest denial in bytes of UTF-8: what API servers and kubectl still show well. */
export const MAX_DENIAL_BYTES = 8192;
/** Longest address of a page in characters. */
const MOST_PAGE = 1600;
/** Longest value in characters, and the one used when even a single finding would not fit. */
const VALUE_LIMITS = [512, 96] as const;

/**
 * The text of a denial, as kubectl shows it: the count, then artifact by artifact what was asked, expected and
 * found and how to fix it, then where to read on.
 *
 * Only findings that deny are told; those of one artifact stand together. All text from outside is escaped, so
 * every line break is ours. At most `maxBytes` long: findings that do not fit are counted.
 *
 * The same for equal requests and findings: controllers copy it into a status and act on every change of it. Its last line
 * ends with a bracket, so that what callers append to it (`. Maybe invalid TaskSpec`) spoils nothing.
 */
export function denialText(decision: Decision, maxBytes: number = MAX_DENIAL_BYTES): string {
  const findings = denyingFindings(decision).map((finding) => withDependency(finding, decision));
  for (const limit of VALUE_LIMITS) {
    const text = compose(decision, findings, limit, maxBytes);
    if (text !== undefined) return text;
  }
  return shownText(`${countLine(decision, findings)} (reference ${referenceOf(decision)})`, Math.floor(maxBytes / 4));
}

/** The text with values of at most `limit` characters; `undefined` when not even the first finding fits. */
function compose(decision: Decision, findings: readonly Finding[], limit: number, maxBytes: number): string | undefined {
  const last = [...pageLines(decision), lastLine(decision, findings)].join('\n');
  const lines = [countLine(decision, findings), ...taskLines(decision, findings, limit)];
  // Room for the closing lines; "… and N more findings" is the longest that may be added.
  let room = maxBytes - bytes(lines.join('\n')) - bytes(last) - bytes(moreLine(findings.length)) - 3;
  let told = 0;
  for (const { findings: group, places } of foldedGroups(findings)) {
    for (const [index, finding] of group.entries()) {
      const header = index === 0 ? [headerLine(places, decision, limit)] : [];
      const block = [...header, ...findingLines(finding, limit)];
      room -= block.reduce((sum, line) => sum + bytes(line) + 1, 0);
      if (room < 0) return told === 0 ? undefined : [...lines, moreLine(findings.length - told), last].join('\n');
      lines.push(...block);
      told += places.length;
    }
  }
  return [...lines, last].join('\n');
}

/** `1 of 3 artifacts not admitted`; artifacts are counted by their places. */
function countLine(decision: Decision, denying: readonly Finding[]): string {
  const denied = new Set(denying.filter(isAboutArtifact).map((finding) => finding.path));
  const all = new Set([...decision.artifacts, ...decision.findings.filter(isAboutArtifact)].map((place) => place.path));
  const ofObject = denied.size === 0 || denying.some((finding) => !isAboutArtifact(finding));
  const object = shownText(objectName(decision), 200);
  if (denied.size === 0) return `${object} not admitted`;
  return ofObject
    ? `${denied.size} of ${all.size} artifacts and ${object} itself not admitted`
    : `${denied.size} of ${all.size} artifacts not admitted`;
}

function moreLine(count: number): string {
  return `… and ${count} more ${count === 1 ? 'finding' : 'findings'}, in the log and on the page of decisions`;
}

/** Where a browser shows it; the same for equal requests, as all of this text. */
function pageLines({ page }: Decision): readonly string[] {
  return page === undefined ? [] : [`  see ${shownText(page, MOST_PAGE)}`];
}

function lastLine(decision: Decision, findings: readonly Finding[]): string {
  const code = findings[0]?.code;
  const reference = `(reference ${referenceOf(decision)})`;
  return code === undefined ? `  ${reference}` : `  gatehouse explain ${code} ${reference}`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
