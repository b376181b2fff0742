/** Whether a pattern is so loose that a stranger's identity could match it. */
import type { TextMatcher } from '../../../domain/policy/requirement.ts';

/** Texts that have nothing in common; what matches all of them makes no difference between identities. */
const PROBES = ['https://a.example/x', 'https://b.test/y/z?q', 'q@r.invalid', 'n'];
const URL_PROBES = ['https://a.example/x/y', 'https://b.test/x/y'];

/** True when an expression matches texts that have nothing in common, or URLs on unrelated hosts alike. */
export function matchesAnything(matcher: TextMatcher): boolean {
  if (matcher.kind === 'exact') return false;
  return PROBES.every((probe) => matcher.test(probe)) || URL_PROBES.every((probe) => matcher.test(probe));
}

/** Says how a pattern leaves open on whose host the identity lives, or `undefined` when it does not. */
export function looseHost(matcher: TextMatcher): string | undefined {
  switch (matcher.kind) {
    case 'exact':
      return undefined;
    case 'glob':
      return looseGlob(matcher.source);
    case 'regexp':
      return looseRegExp(matcher.source);
  }
}

function looseGlob(source: string): string | undefined {
  const url = /^([^/]*):\/\/([^/]*)(?:\/([^/]*))?/.exec(source);
  if (url !== null) {
    const [, scheme = '', host = '', owner = ''] = url;
    if (scheme.includes('*') || host.includes('*'))
      return `the host of ${JSON.stringify(source)} contains a wildcard: whoever gets such a host is trusted; write the host out`;
    if (SHARED_HOSTS.has(host) && owner.includes('*'))
      return `on ${host} anybody can take an account that matches ${JSON.stringify(owner)}; write the owner out`;
    return undefined;
  }
  const domain = source.slice(source.lastIndexOf('@') + 1);
  if (source.includes('@'))
    return domain.includes('*')
      ? `the mail domain ${JSON.stringify(domain)} contains a wildcard: whoever gets such a domain is trusted; write it out`
      : undefined;
  return source.startsWith('*') ? `${JSON.stringify(source)} leaves open how the subject begins; write the beginning out` : undefined;
}

/** Hosts on which strangers may register the first path segment. */
const SHARED_HOSTS: ReadonlySet<string> = new Set(['github.com', 'gitlab.com', 'bitbucket.org', 'codeberg.org']);

const LITERAL_HOST = /^\^?[a-z][a-z0-9+-]*:\\?\/\\?\/(?:[A-Za-z0-9-]|\\[.])+(?::[0-9]+)?(?:\\?\/|$|\$$)/;
const LITERAL_DOMAIN = /@(?:[A-Za-z0-9-]|\\[.])+\$?$/;

function looseRegExp(source: string): string | undefined {
  if (LITERAL_HOST.test(source) || LITERAL_DOMAIN.test(source)) return undefined;
  if (/^\^?[a-z]+:\\?\/\\?\/[A-Za-z0-9-]+(?:\\?[.][A-Za-z0-9-]+)*(?:\\?\/|\$?$)/.test(source))
    return `"." stands for any character here, so look-alike hosts match ${JSON.stringify(source)}; write "\\." in the host`;
  return `${JSON.stringify(source)} does not begin with a literal scheme and host (or end with a literal mail domain), so look-alike hosts may match; write it as https://host\\.example/…`;
}
