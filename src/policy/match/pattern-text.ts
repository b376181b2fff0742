/** Patterns over claims, URIs, repositories and refs; those over URIs have scheme and host written out. */
import { parseSourceUri } from '../../domain/artifact/source-uri.ts';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import { compileGlob } from '../../text/glob.ts';
import type { Result } from '../../text/result.ts';
import { bad, good } from '../../text/result.ts';
import { exactText, globText } from './text-matcher.ts';

/** A text that is compared exactly, or as a glob when it contains `*`; for claims in which no star can occur. */
export function patternText(text: string): Result<TextMatcher> {
  return text.includes('*') ? globText(text) : exactText(text);
}

/** A pattern over URIs: exact, or a glob whose wildcards all stand behind scheme and host, so that no stranger's host matches. */
export function uriPattern(text: string): Result<TextMatcher> {
  if (text.includes('*') && !/^(?:[a-z][a-z0-9+.-]*:\/\/[^*/]+\/|pkg:[a-z0-9.+-]+\/)/.test(text))
    return bad(`${JSON.stringify(text)} leaves scheme or host open; write them out, for example "https://github.com/acme/*"`);
  return patternText(text);
}

/**
 * A pattern over source repositories: `git+https://github.com/acme/*`. Scheme and host are exact; `git+`, `.git` and a
 * slash at the end mean nothing; a ref does not belong here. Matched against the normalised repository, host and path
 * apart, both anchored (security.md C02).
 */
export function sourcePattern(text: string): Result<TextMatcher> {
  const [, scheme, host, path] = /^(?:git\+)?([a-z]+):\/\/([^/*]+)(\/.+)$/.exec(text) ?? [];
  const literal = scheme === undefined || host === undefined ? undefined : parseSourceUri(`${scheme}://${host}/x`);
  if (literal === undefined || path === undefined)
    return bad(
      `expected a repository such as git+https://github.com/acme/app or git+https://github.com/acme/*, with scheme and host written out; found ${JSON.stringify(text)}`,
    );
  if (/[@#?]/.test(path)) return bad(`${JSON.stringify(text)} names a ref; write it as source.ref, source.branch or source.tag`);
  const trimmed = path.replace(/\/$/, '').replace(/\.git$/, '');
  const glob = compileGlob(`${literal.repository.slice(0, -2)}${trimmed}`);
  if (!glob.ok) return glob;
  if (!glob.value.wild && parseSourceUri(glob.value.source) === undefined)
    return bad(`${JSON.stringify(text)} is no repository that provenance could name`);
  return good({ kind: glob.value.wild ? 'glob' : 'exact', source: text, test: glob.value.test });
}

/** A branch or tag, exact or glob, as a pattern over full refs. */
export function refPattern(prefix: 'refs/heads/' | 'refs/tags/'): (text: string) => Result<TextMatcher> {
  return (text) => {
    if (text.startsWith('refs/'))
      return bad(`expected a name without refs/…, found ${JSON.stringify(text)}; write source.ref for a full ref`);
    return text === '' ? bad('is empty') : patternText(`${prefix}${text}`);
  };
}
