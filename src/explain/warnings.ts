/** What is said beside an admission, in the little room that the API server leaves for it. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { OWN_REASONS } from '../domain/decision/catalogue/own-reasons.ts';
import { escapeText, shortenMiddle } from '../text/shown.ts';
import { askedBy, objectName } from './findings.ts';
import { headlineOf } from './parts/headline.ts';

/** Longest warning: the API server cuts longer ones when there are many (admission/v1, AdmissionResponse.warnings). */
export const MAX_WARNING = 120;
const MAX_WARNINGS = 20;
/** Bytes of one warning about a document of ours, and characters of all of them: what API servers show. */
const MAX_DOCUMENT_WARNING = 256;
const MAX_DOCUMENT_WARNINGS = 4000;
const MAX_TITLE = 36;
/** The artifact gives way to the policy's name down to this length. */
const MIN_WHAT = 36;
const LONG_DIGEST = /(sha256|sha512):([0-9a-f]{4})[0-9a-f]{58,122}([0-9a-f]{2})\b/g;

/**
 * What the user is told beside an admission: findings of policies in warn mode, and notes.
 *
 * One line each, at most 120 characters and escaped; equal lines once; at most 20, then the rest is counted.
 * A denial has its own text and gives none.
 */
export function warningLines(decision: Decision): string[] {
  // Without a failing finding in warn mode the outcome is `admit`; most have no note either.
  if (decision.outcome === 'deny' || (decision.outcome === 'admit' && decision.notes.length === 0)) return [];
  const lines = new Set<string>();
  for (const finding of decision.findings) {
    if (finding.mode !== 'warn' || finding.verdict === 'satisfied') continue;
    lines.add(isOfDocument(finding) ? documentLine(finding) : warningLine(finding, decision));
  }
  for (const note of decision.notes) lines.add(shortenMiddle(withShortDigests(note), MAX_WARNING));
  const all = [...lines];
  if (decision.findings.some(isOfDocument)) return asManyAsFit(all);
  return all.length <= MAX_WARNINGS ? all : [...all.slice(0, MAX_WARNINGS), `and ${all.length - MAX_WARNINGS} more`];
}

/** `registry/app:1: unsigned (policy acme / signed by release) [CODE]`: what, why, who asks, and the code to look up. */
function warningLine(finding: Finding, decision: Decision): string {
  const why = `: ${shortenMiddle(headline(finding), MAX_TITLE)}`;
  const code = ` [${finding.code}]`;
  const what = withShortDigests(finding.artifact || finding.path || objectName(decision));
  const asked = askedBy(finding);
  const room = MAX_WARNING - why.length - code.length;
  const who = asked === undefined ? '' : ` (${shortenMiddle(asked, Math.max(room - Math.min(what.length, MIN_WHAT) - 3, 8))})`;
  return escapeText(`${shortenMiddle(what, room - who.length)}${why}${who}${code}`);
}

/** About a document of ours: whoever writes it reads all that there is to say. */
function isOfDocument({ code }: Finding): boolean {
  return Object.hasOwn(OWN_REASONS, code);
}

/** `spec.require[0].signature.by[0]: no Signer is named "alcie" [CODE]`, at most 256 bytes. */
function documentLine({ path, cause = '', code }: Finding): string {
  const end = ` [${code}]`;
  const text = escapeText(path === '' ? cause : `${path}: ${cause}`);
  let room = MAX_DOCUMENT_WARNING - end.length;
  while (Buffer.byteLength(shortenMiddle(text, room)) + end.length > MAX_DOCUMENT_WARNING) room -= 8;
  return `${shortenMiddle(text, room)}${end}`;
}

/** The API server drops what goes beyond 4096 characters in all. */
function asManyAsFit(lines: readonly string[]): string[] {
  let room = MAX_DOCUMENT_WARNINGS;
  const kept = lines.filter((line) => (room -= line.length) >= 0);
  return kept.length === lines.length ? kept : [...kept, `and ${lines.length - kept.length} more: gatehouse policy lint tells all`];
}

/** The title up to its colon: what follows explains it, and the code leads there. */
function headline(finding: Finding): string {
  const title = headlineOf(finding);
  const colon = title.indexOf(':');
  return colon < 0 ? title : title.slice(0, colon);
}

/** A whole digest would fill the line; both ends of it are enough to recognise it. */
function withShortDigests(text: string): string {
  return text.replace(LONG_DIGEST, '$1:$2…$3');
}
