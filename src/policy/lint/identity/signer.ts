/** What one signer probably does not mean: identities that strangers have too, or that no certificate is known to carry. */
import type { KeylessIdentity, Signer, TextMatcher } from '../../../domain/policy/requirement.ts';
import type { Path } from '../../read/problems.ts';
import type { Reporter } from '../../read/reporter.ts';
import { didYouMean } from '../../read/suggest.ts';
import { lintSpiffe, lintX509 } from './holder.ts';
import { wrongSubjectType } from './subject-type.ts';
import { looseHost, matchesAnything } from './text.ts';
import { issuerAdvice, mailAdvice, workflowAdvice } from './workflow.ts';

/** Names of the certificate extensions of Fulcio that policies can compare (fulcio docs/oid-info.md), camelCase. */
const CLAIMS: ReadonlySet<string> = new Set([
  'githubWorkflowTrigger',
  'githubWorkflowSha',
  'githubWorkflowName',
  'githubWorkflowRepository',
  'githubWorkflowRef',
  'buildSignerURI',
  'buildSignerDigest',
  'runnerEnvironment',
  'sourceRepositoryURI',
  'sourceRepositoryDigest',
  'sourceRepositoryRef',
  'sourceRepositoryIdentifier',
  'sourceRepositoryOwnerURI',
  'sourceRepositoryOwnerIdentifier',
  'buildConfigURI',
  'buildConfigDigest',
  'buildTrigger',
  'runInvocationURI',
  'sourceRepositoryVisibilityAtSigning',
]);

const FIELDS = {
  issuer: { exact: 'issuer', regexp: 'issuerRegExp', glob: 'issuer' },
  subject: { exact: 'subject', regexp: 'subjectRegExp', glob: 'subjectGlob' },
} as const;

/** Advice about who is trusted. */
export function lintSigner(signer: Signer, report: Reporter): void {
  const keyIds = new Set<string>();
  for (const [index, identity] of signer.identities.entries()) {
    const path: Path = ['spec', 'identities', index, identity.kind];
    if (identity.kind === 'keyless') lintKeyless(identity, path, report);
    else if (identity.kind === 'key' && keyIds.has(identity.keyId))
      report.advise('key-twice', [...path, 'data'], 'this key is already an identity of this signer; the wider of the two windows counts');
    if (identity.kind === 'key') keyIds.add(identity.keyId);
    if (identity.kind === 'x509') lintX509(identity, path, report);
    if (identity.kind === 'spiffe') lintSpiffe(identity, path, report);
  }
}

function lintKeyless(identity: KeylessIdentity, path: Path, report: Reporter): void {
  lintText('issuer', identity.issuer, path, report);
  const subject = workflowAdvice(identity) ?? mailAdvice(identity.subject);
  if (subject === undefined) lintText('subject', identity.subject, path, report);
  else report.advise(subject.rule, [...path, FIELDS.subject[identity.subject.kind]], subject.message);
  const issuer = issuerAdvice(identity.issuer);
  if (issuer !== undefined) report.advise(issuer.rule, [...path, 'issuer'], issuer.message);
  for (const { name } of identity.claims)
    if (!CLAIMS.has(name))
      report.advise(
        'claim-unknown',
        [...path, 'claims', name],
        `${JSON.stringify(name)} is no claim that certificates are known to carry, so nothing may ever match${didYouMean(name, CLAIMS)}`,
        'key',
      );
}

function lintText(what: 'issuer' | 'subject', matcher: TextMatcher, path: Path, report: Reporter): void {
  const at = [...path, FIELDS[what][matcher.kind]];
  if (matcher.kind === 'exact' && matcher.source.includes('*'))
    report.advise(
      'star-in-exact-text',
      at,
      `is compared as it stands, "*" included; ${what === 'subject' ? 'for a pattern write subjectGlob' : 'for a pattern write issuerRegExp'}`,
    );
  const wrong = what === 'subject' ? wrongSubjectType(matcher) : undefined;
  if (wrong !== undefined) {
    report.advise('subject-type', at, wrong);
    return;
  }
  if (matchesAnything(matcher)) {
    report.advise(
      'identity-everybody',
      at,
      `matches every ${what}: ${what === 'subject' ? 'whoever the issuer lets in is trusted' : 'any identity provider could vouch for this subject'}; name the ${what} as exactly as you can`,
    );
    return;
  }
  const loose = looseHost(matcher);
  if (loose !== undefined) report.advise('identity-loose-host', at, loose);
}
