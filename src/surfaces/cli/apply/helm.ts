/** What `helm install --dry-run` prints around the objects: a head, and notes for people at the end. */
import { PlacedProblems } from '../context.ts';

const HEAD = /^NAME: .*\r?\nLAST DEPLOYED: /;

/**
 * The text without them, each line in its place; any other text as it is. Throws {@link PlacedProblems} when something that looks like
 * an object stands behind the notes: it would be passed over here, and applied by somebody else.
 */
export function withoutHelmReport(file: string, text: string): { readonly text: string; readonly notes: readonly string[] } {
  if (!HEAD.test(text)) return { text, notes: [] };
  const lines = text.split('\n');
  const first = lines.findIndex((line) => /^(?:HOOKS|MANIFEST):\s*$/.test(line));
  const notesAt = lines.findIndex((line, index) => index > first && /^NOTES:/.test(line));
  const end = notesAt < 0 ? lines.length : notesAt;
  const hidden = lines.findIndex((line, index) => index > end && /^(?:---|apiVersion:|kind:|\{)/.test(line));
  if (hidden >= 0) throw new PlacedProblems(`${file}:${hidden + 1}: expected nothing but notes behind NOTES:, found ${JSON.stringify(lines[hidden]?.slice(0, 40))}`);
  const kept = lines.map((line, index) => (index <= first || index >= end || /^MANIFEST:\s*$/.test(line) ? '' : line));
  return { text: kept.join('\n'), notes: notesAt < 0 ? [] : [`passed over: the notes of helm at ${file === '-' ? 'standard input' : file}:${notesAt + 1}`] };
}
