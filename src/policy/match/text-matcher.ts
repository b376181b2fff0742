/** A text is matched as a whole or not at all: exact, by glob, or by an RE2 expression that cannot leave its anchors. */
import { RE2JS } from 're2js';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import { compileGlob, MAX_PATTERN, MAX_VALUE } from '../../text/glob.ts';
import type { Result } from '../../text/result.ts';
import { bad, good } from '../../text/result.ts';

/** Matches exactly this text: same code units, same case, nothing before or after. */
export function exactText(source: string): Result<TextMatcher> {
  if (source === '') return bad('text is empty');
  if (hasControl(source)) return bad('text contains control characters, which no identity may contain');
  return good({ kind: 'exact', source, test: (value) => value === source });
}

/** Matches the whole text with a glob (see {@link compileGlob}). */
export function globText(source: string): Result<TextMatcher> {
  if (hasControl(source)) return bad('pattern contains control characters, which no identity may contain');
  const glob = compileGlob(source);
  return glob.ok ? good({ kind: 'glob', source, test: glob.value.test }) : glob;
}

/**
 * Matches the whole text with an RE2 expression.
 *
 * The expression is compiled alone first: one that is valid only inside our anchors, such as `a)|(?:b`, would
 * break out of them. Then it is wrapped as `^(?:…)$` and run in full-match mode, so alternatives and inline flags
 * stay inside (security.md C01, C03). RE2 runs in time linear in the value (C14). At most 512 characters.
 */
export function regExpText(source: string): Result<TextMatcher> {
  if (source === '') return bad('regular expression is empty');
  if (source.length > MAX_PATTERN) return bad(`regular expression has ${source.length} characters, at most ${MAX_PATTERN} are allowed`);
  const alone = compileRe2(source);
  if (!alone.ok) return alone;
  const anchored = compileRe2(`^(?:${source})$`);
  if (!anchored.ok) return bad('regular expression cannot be anchored: it ends inside a quotation or a group (close \\Q with \\E)');
  const expression = anchored.value;
  return good({ kind: 'regexp', source, test: (value) => value.length <= MAX_VALUE && expression.matches(value) });
}

function compileRe2(source: string): Result<RE2JS> {
  try {
    return good(RE2JS.compile(source));
  } catch (error) {
    const detail = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'syntax error';
    return bad(`regular expression is not valid RE2: ${detail} (RE2 has no look-around and no back-references)`);
  }
}

function hasControl(text: string): boolean {
  return /[\u0000-\u001f\u007f]/.test(text);
}
