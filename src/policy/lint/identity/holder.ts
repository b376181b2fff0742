/** What an identity by a certificate of one's own authority probably does not mean: everybody there, whatever the certificate is for, or nobody. */
import type { NameMatcher, SpiffeIdentity, TextMatcher, X509Identity } from '../../../domain/policy/requirement.ts';
import type { Path } from '../../read/problems.ts';
import type { Reporter } from '../../read/reporter.ts';
import { wrongSubjectType } from './subject-type.ts';
import { looseHost, matchesAnything } from './text.ts';

/** Attributes that say where somebody is, and not who. */
const PLACES: ReadonlySet<string> = new Set(['C', 'ST', 'L', 'street', 'postalCode']);

/** Advice about an identity of kind x509; `path` is its own. */
export function lintX509({ subject, san, issuer, usages, notation }: X509Identity, path: Path, report: Reporter): void {
  if (subject !== undefined) lintName(subject, path, report);
  if (issuer !== undefined) lintStars(issuer, [...path, 'issuer'], report);
  if (san !== undefined) lintSan(san, [...path, san.kind === 'exact' ? 'san' : 'sanGlob'], report);
  // The Notary Project's own profile of certificates says what they are for.
  if (usages.length === 0 && notation !== true)
    report.advise(
      'usage-any',
      [...path, 'eku'],
      'takes certificates for servers and mail as well: whoever runs such a server signs here; name the usage that signers have, or leave eku out where it is codeSigning',
    );
}

/** Advice about a workload: a whole trust domain is many. */
export function lintSpiffe({ id }: SpiffeIdentity, path: Path, report: Reporter): void {
  if (id.kind === 'glob' && /^spiffe:\/\/[^/]*\/\*+$/.test(id.source))
    report.advise('identity-everybody', [...path, 'idGlob'], `matches every workload of the trust domain${id.source.endsWith('/**') ? '' : ' whose path has one segment'}; name the part of its path that signs`);
}

function lintName(name: NameMatcher, path: Path, report: Reporter): void {
  const field = nameField(name);
  if (field === 'subjectGlob' && name.attributes.every(({ type, value }) => PLACES.has(type) || /^\*+$/.test(value.source)))
    report.advise('identity-everybody', [...path, field], 'matches whomever the authority names so: no attribute is told that says who; write out O, OU or CN, or the beginning of one');
  else if (field === 'subjectIncludes' && name.attributes.every(({ type }) => PLACES.has(type)))
    report.advise('identity-everybody', [...path, field], 'matches whomever the authority certifies there: only where somebody is, is told, and not who; add O, OU or CN');
  else if (field !== 'subjectGlob') lintStars(name, [...path, field], report);
}

/** The field in which a name is written: `**` alone is every name, and a pattern. */
export function nameField({ kind, attributes }: NameMatcher): 'subject' | 'subjectGlob' | 'subjectIncludes' {
  if (attributes.length === 0) return 'subjectGlob';
  if (kind === 'includes') return 'subjectIncludes';
  return attributes.some(({ value }) => value.kind === 'glob') ? 'subjectGlob' : 'subject';
}

function lintStars({ attributes }: NameMatcher, at: Path, report: Reporter): void {
  const starred = attributes.find(({ value }) => value.kind === 'exact' && value.source.includes('*'));
  if (starred !== undefined)
    report.advise('star-in-exact-text', at, `compares ${starred.type} as it stands, "*" included; for a pattern write subjectGlob`);
}

function lintSan(san: TextMatcher, at: Path, report: Reporter): void {
  if (san.kind === 'exact' && san.source.includes('*'))
    report.advise('star-in-exact-text', at, 'is compared as it stands, "*" included; for a pattern write sanGlob');
  const wrong = wrongSubjectType(san);
  const loose = wrong === undefined && !matchesAnything(san) ? looseHost(san) : undefined;
  if (wrong !== undefined) report.advise('subject-type', at, wrong);
  else if (matchesAnything(san)) report.advise('identity-everybody', at, 'matches every such name: whoever the authority lets in is trusted; write out the host at least');
  else if (loose !== undefined) report.advise('identity-loose-host', at, loose);
}
