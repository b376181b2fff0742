/** How a registry says what it demands: the WWW-Authenticate header, read without guessing. */

/** One challenge of a `WWW-Authenticate` header: scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const LONGEST = 8192;
const MOST = 8;
const SCHEME = /[ \t,]*([A-Za-z][A-Za-z0-9-]*)(?=[ \t,]|$)[ \t]*/y;
const PARAMETER =
  /[ \t,]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9!#$%&'*+.^_`|~:/?@-]+))[ \t]*(?=,|$)/y;

/**
 * Reads the challenges of a `WWW-Authenticate` header (RFC 9110 §11.6.1); an empty list when it is not
 * well formed, names a parameter twice, or is longer than 8 KiB: a guess about where credentials go is not made.
 */
export function parseChallenges(header: string | readonly string[] | undefined): readonly Challenge[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  if (text.length > LONGEST) return [];
  const challenges: Challenge[] = [];
  for (let at = 0; at < text.length && challenges.length < MOST; ) {
    SCHEME.lastIndex = at;
    const scheme = SCHEME.exec(text)?.[1];
    if (scheme === undefined) return [];
    const read = readParameters(text, SCHEME.lastIndex);
    if (read === undefined) return [];
    challenges.push({ scheme: scheme.toLowerCase(), parameters: read.parameters });
    at = read.end;
  }
  return challenges;
}

function readParameters(text: string, start: number): { readonly parameters: Map<string, string>; readonly end: number } | undefined {
  const parameters = new Map<string, string>();
  for (let at = start; ; ) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(text);
    if (match === null) return { parameters, end: at };
    const name = (match[1] ?? '').toLowerCase();
    if (parameters.has(name)) return undefined;
    parameters.set(name, match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '');
    at = PARAMETER.lastIndex;
  }
}
