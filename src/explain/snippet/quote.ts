/** How texts of others stand in a policy that is written from them. */
import { escapeText, shownText } from '../../text/shown.ts';

/** Widest comment, without its indentation. */
const WIDEST = 400;

/** JSON's quoting is YAML's as well; what acts on the eye or on a reader of YAML 1.1 stands as its escape. */
export function quote(text: string): string {
  return escapeText(JSON.stringify(text));
}

/** True for what a policy compares as it stands: a star would be a pattern, and characters that nobody sees are not taken over. */
export function isPlain(text: string): boolean {
  return text !== '' && text.length <= 512 && !text.includes('*') && escapeText(text) === text;
}

/** A line that says something to whoever reads the policy; no text of others ends it. */
export function comment(text: string, indent: string): string {
  return `${indent}# ${shownText(text, WIDEST)}`;
}
