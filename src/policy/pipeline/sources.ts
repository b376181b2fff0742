/** Places from which definitions may come: each compared in the canonical form of its kind, so that no other spelling slips through. */
import { parseSourceUri } from '../../domain/artifact/source-uri.ts';
import type { AllowedSource } from '../../domain/policy/request-policy.ts';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import { good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import { matchesImage, parseImagePattern } from '../match/image-pattern.ts';
import { patternText, sourcePattern, uriPattern } from '../match/pattern-text.ts';
import { namespaceName } from '../schema/common.ts';
import { parsed, strict } from '../schema/fields.ts';

/** Over canonical names of images, as `artifacts` has them: host and path apart. */
function bundlePattern(source: string): Result<TextMatcher> {
  const image = parseImagePattern(source);
  if (!image.ok) return image;
  return good({ kind: source.includes('*') ? 'glob' : 'exact', source, test: (name) => matchesImage(image.value, name) });
}

/** Over repositories; what is none, or names a ref as well, matches nothing: `..` does not lead out of a pattern. */
function gitPattern(source: string): Result<TextMatcher> {
  const pattern = sourcePattern(source);
  if (!pattern.ok) return pattern;
  return good({
    ...pattern.value,
    test(url) {
      const location = parseSourceUri(url);
      return location !== undefined && location.ref === undefined && pattern.value.test(location.repository);
    },
  });
}

/** Over URLs that are written as every reader would write them: without dot segments, user or upper-case host. */
function httpPattern(source: string): Result<TextMatcher> {
  if (!/^https?:\/\/[^/]+\//.test(source))
    return { ok: false, problem: `expected a URL such as https://host/path/*, found ${JSON.stringify(source)}` };
  const pattern = uriPattern(source);
  if (!pattern.ok) return pattern;
  return good({ ...pattern.value, test: (url) => isPlain(url) && pattern.value.test(url) });
}

function isPlain(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { href, username, password, hash } = new URL(url);
  return href === url && username === '' && password === '' && hash === '' && !/%2[ef]|%5c/i.test(url);
}

/** Over `CATALOG/NAME`, or `URL/CATALOG/NAME` for a hub that the request names itself: so the beginning is written out. */
function hubPattern(source: string): Result<TextMatcher> {
  if (source.includes('://')) return uriPattern(source);
  return /^[^*/]+\/./.test(source)
    ? patternText(source)
    : {
        ok: false,
        problem: `expected CATALOG/NAME with the catalog written out, such as tekton-catalog-tasks/git-*, found ${JSON.stringify(source)}`,
      };
}

const KINDS = ['bundle', 'git', 'http', 'hub', 'cluster'] as const;

/** One entry of `sources`: exactly one kind with its pattern. */
export const sourceField = strict(
  {
    bundle: parsed(bundlePattern).optional(),
    git: parsed(gitPattern).optional(),
    http: parsed(httpPattern).optional(),
    hub: parsed(hubPattern).optional(),
    cluster: namespaceName.optional(),
  },
  { exactlyOne: [KINDS] },
).transform(({ cluster, ...patterns }): AllowedSource => {
  if (cluster !== undefined) return { kind: 'cluster', namespace: cluster };
  for (const kind of KINDS) {
    const pattern = kind === 'cluster' ? undefined : patterns[kind];
    if (kind !== 'cluster' && pattern !== undefined) return { kind, pattern };
  }
  // The rule above leaves exactly one; without it this would be a bug that must not pass as a source.
  throw new Error('source without a kind');
});
