/** Subjects are compared with certificate names of one type, which their text tells; some texts can only mean another. */
import { subjectTypes } from '../../../domain/policy/identity.ts';
import type { TextMatcher } from '../../../domain/policy/requirement.ts';

/** Names of workflows, as certificates carry them: URIs, all of them. */
const URIS = [
  'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
  'https://gitlab.com/acme/app//.gitlab-ci.yml@refs/tags/v1',
  'https://build.acme.example/x',
];

/** Says that a subject is compared with names of a type that it cannot have been meant for; `undefined` when there is no sign of that. */
export function wrongSubjectType(matcher: TextMatcher): string | undefined {
  const type = typeOf(matcher.source);
  if (matcher.kind === 'regexp') {
    const other = alternatives(matcher.source).find((one) => typeOf(one) !== type);
    if (other !== undefined)
      return `is compared with ${TEXTS[type].names} only, ${TEXTS[type].because}, and so ${JSON.stringify(other)} matches nothing; write one identity for each`;
  }
  if (type === 'uri' || !meansUri(matcher)) return undefined;
  return `is compared with ${TEXTS[type].names} only, ${TEXTS[type].because}: it matches no URI, such as the name of a workflow; for those write it as https://host/…`;
}

const TEXTS = {
  uri: { names: 'URIs', because: 'since it holds "://" or "urn:"' },
  email: { names: 'e-mail addresses', because: 'since it holds "@" and no "://"' },
  plain: { names: 'DNS and user names', because: 'since it holds neither "://" nor "@"' },
} as const;

function typeOf(source: string): keyof typeof TEXTS {
  const [type] = subjectTypes(source);
  return type === 'uri' || type === 'email' ? type : 'plain';
}

/** Neither DNS names nor mail addresses have paths. */
function meansUri(matcher: TextMatcher): boolean {
  const { kind, source } = matcher;
  if (kind !== 'exact' && URIS.some((uri) => matcher.test(uri))) return true;
  // A class of what must not occur says nothing about what does.
  const said = kind === 'regexp' ? source.replace(/\[\^[^\]]*\]/g, '') : source;
  return said.includes('/') || /^\W*https?\b/.test(said);
}

/** The alternatives that an expression consists of; those inside of groups are parts of one. */
function alternatives(source: string): readonly string[] {
  const found = [''];
  let depth = 0;
  let inClass = false;
  for (const [token] of source.matchAll(/\\.|[^]/g)) {
    if (token === '[') inClass = true;
    else if (token === ']') inClass = false;
    else if (token === '(' && !inClass) depth += 1;
    else if (token === ')' && !inClass) depth -= 1;
    if (token === '|' && depth === 0 && !inClass) found.push('');
    else found.push((found.pop() ?? '') + token);
  }
  return found;
}
