/** What certificates of well-known issuers look like, and identities that can never match one. */
import type { KeylessIdentity, TextMatcher } from '../../../domain/policy/requirement.ts';
import type { LintRule } from '../rules.ts';

/** Advice about one field of an identity. */
export interface IdentityAdvice {
  readonly rule: LintRule;
  readonly message: string;
}

/** Issuers that name themselves with a slash at the end. */
const ENDS_WITH_SLASH = /^https:\/\/[a-z0-9.-]+\.auth0\.com\/$/;

/** Advice about an issuer that is written out, which is compared as tokens spell it; nothing is known of patterns. */
export function issuerAdvice({ kind, source }: TextMatcher): IdentityAdvice | undefined {
  if (kind !== 'exact') return undefined;
  if (!source.startsWith('https://'))
    return {
      rule: 'issuer-not-https',
      message: 'issuers of OpenID Connect are https:// addresses; a certificate names its issuer exactly like that',
    };
  const host = /^https:\/\/([^/]*)/.exec(source)?.[1] ?? '';
  if (host !== host.toLowerCase())
    return {
      rule: 'issuer-upper-case-host',
      message: `certificates name hosts in lower case; write ${JSON.stringify(`https://${host.toLowerCase()}${source.slice(8 + host.length)}`)}`,
    };
  if (source.endsWith('/') && !ENDS_WITH_SLASH.test(source))
    return {
      rule: 'issuer-trailing-slash',
      message: `is compared with its slash at the end, and tokens name issuers without one; write ${JSON.stringify(source.replace(/\/+$/, ''))}`
        + ', or issuerRegExp where tokens are known to have it',
    };
  return undefined;
}

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';

/** A workflow of GitHub, or a configuration of GitLab, and what is written behind it; regular expressions escape dots. */
const GITHUB_FILE = /\/\.github\/workflows\/[^/@]*\.ya?ml(.*)$/;
const GITLAB_FILE = /\/[^/@]*\.gitlab-ci\.ya?ml(.*)$/;

/** Advice about the subject of a workflow: its certificate names repository, file and the full ref, all of them. */
export function workflowAdvice({ issuer, subject }: Pick<KeylessIdentity, 'issuer' | 'subject'>): IdentityAdvice | undefined {
  // What an expression demands behind the file can be said in many ways; only what ends there is certain.
  const text = subject.kind !== 'regexp' ? subject.source
    : subject.source.replaceAll(/\\(?=[./-])/g, '').replace(/^\^/, '').replace(/\$$/, '');
  const behind = (GITHUB_FILE.exec(text) ?? GITLAB_FILE.exec(text))?.[1];
  if (behind === '')
    return {
      rule: 'workflow-without-ref',
      message: `names a workflow without its ref, and certificates always name one; write ${JSON.stringify(`${text}@refs/heads/main`)}`
        + `, or subjectGlob: ${JSON.stringify(`${text}@refs/tags/*`)}`,
    };
  if (subject.kind === 'regexp') return undefined;
  if (/^@(?!refs\/|\*|[0-9a-f]{40})/.test(behind ?? ''))
    return {
      rule: 'workflow-ref-short',
      message: `certificates name the ref in full; write ${JSON.stringify(text.replace(/@([^@]*)$/, '@refs/heads/$1'))} for a branch, refs/tags/… for a tag`,
    };
  if (/^https:\/\/gitlab\.com\/.*[^/]\/\.gitlab-ci\.ya?ml@/.test(text))
    return {
      rule: 'subject-is-no-workflow',
      message: `certificates of GitLab have two slashes between project and file; write ${JSON.stringify(text.replace(/\/(?=\.gitlab-ci)/, '//'))}`,
    };
  return behind === undefined && subject.kind === 'exact' ? bareAdvice(issuer, text) : undefined;
}

/** The address of a repository alone, where certificates name a file in it. */
function bareAdvice({ source: issuer }: TextMatcher, subject: string): IdentityAdvice | undefined {
  const [owner, file] = issuer === GITHUB ? ['https://github.com/', '/.github/workflows/FILE.yml@refs/heads/main']
    : issuer === GITLAB ? ['https://gitlab.com/', '//.gitlab-ci.yml@refs/heads/main'] : ['', ''];
  if (owner === '' || !subject.startsWith(owner) || subject.includes('@')) return undefined;
  return {
    rule: 'subject-is-no-workflow',
    message: `certificates of this issuer name a workflow; write ${JSON.stringify(`${subject.replace(/\/+$/, '')}${file}`)} with the file that signs`,
  };
}

/** Mail providers with whom anybody gets an address. */
const PUBLIC_MAIL = [
  'gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'yahoo.com', 'icloud.com', 'me.com', 'proton.me',
  'protonmail.com', 'gmx.de', 'gmx.net', 'web.de', 'aol.com', 'mail.ru', 'yandex.ru', 'qq.com', '163.com',
];

/** Advice about a pattern over mail addresses which everybody at a public provider has. */
export function mailAdvice(subject: TextMatcher): IdentityAdvice | undefined {
  // What matches everybody everywhere is told of as that.
  if (subject.kind === 'exact' || subject.test('q7@host.invalid')) return undefined;
  const domain = PUBLIC_MAIL.find((name) => subject.test(`q7@${name}`) && subject.test(`stranger.of.nobody@${name}`));
  return domain === undefined ? undefined : {
    rule: 'identity-public-mail',
    message: `anybody gets an address with ${domain}, so everybody is trusted; write out the addresses of those who sign, each as subject`,
  };
}
