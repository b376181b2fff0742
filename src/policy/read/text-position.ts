/**
 * Where a character of a YAML text stands in the file: `start` is where the node begins, `value` what it says.
 *
 * Follows value and source side by side: folding turns line breaks into spaces, indentation and the backslash of
 * an escape stand in the source only. Where the two cannot be followed, it is the place of the node.
 */
export function characterOffset(source: string, start: number, value: string, offset: number): number {
  let at = startOfText(source, start);
  for (let index = 0; index <= offset && index < value.length; index += 1) {
    const found = findCharacter(source, at, value.charAt(index));
    if (found === undefined) return start;
    if (index === offset) return found;
    at = found + 1;
  }
  return start;
}

/** Source characters between two characters of a value: a line break with its indentation, or an escape. */
const WIDEST_GAP = 256;

function startOfText(source: string, start: number): number {
  const first = source.charAt(start);
  if (first === '|' || first === '>') return source.indexOf('\n', start) + 1;
  return first === '"' || first === "'" ? start + 1 : start;
}

function findCharacter(source: string, from: number, character: string): number | undefined {
  const blank = /\s/.test(character);
  for (let at = from; at < source.length && at < from + WIDEST_GAP; at += 1) {
    const here = source.charAt(at);
    if (blank ? /\s/.test(here) : here === character) return at;
  }
  return undefined;
}
