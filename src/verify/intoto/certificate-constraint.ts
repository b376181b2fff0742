/** Which names a functionary's certificate must carry: exactly those that are listed, unless a star takes any. */
import type { Certificate } from '../../pki/certificate.ts';
import { readAlternativeNames, readName } from '../../pki/distinguished-name.ts';
import type { AlternativeName } from '../../pki/distinguished-name.ts';
import { list, member, members, text } from '../fields.ts';
import { Refusal } from '../problem.ts';
import { LAYOUT_LIMITS } from './limits.ts';

/** What a certificate must say for its holder to be a functionary (in-toto-golang `CertificateConstraint`). */
export interface CertificateConstraint {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
  readonly organizations: readonly string[];
  /** Ids in the layout's `rootcas`. */
  readonly roots: readonly string[];
  /** SPIFFE ids among them. */
  readonly uris: readonly string[];
}

/** The names in a certificate that constraints speak about. */
export interface Names {
  readonly commonNames: readonly string[];
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

/** Reads one member of `cert_constraints`; throws a {@link Refusal} that names `place`. */
export function readConstraint(value: unknown, place: string): CertificateConstraint {
  const constraint = members(value, place);
  const texts = (key: string): readonly string[] => list(constraint, key, place, LAYOUT_LIMITS.constraints).map((item, index) => {
    if (typeof item !== 'string') throw new Refusal(`${place}.${key}[${index}] is not a string`);
    return item;
  });
  return {
    commonName: member(constraint, 'common_name') === undefined ? '' : text(constraint, 'common_name', place),
    dnsNames: texts('dns_names'),
    emails: texts('emails'),
    organizations: texts('organizations'),
    roots: texts('roots'),
    uris: texts('uris'),
  };
}

/**
 * Why the certificate does not meet the constraint; `undefined` when it does. `rootId` is the layout's root under
 * which the certificate was proven.
 *
 * For every kind of name: `["*"]` takes anything; nothing or `[""]` means that the certificate has none; otherwise the
 * two sets must be the same, name for name, none missing and none too many. Throws `Malformed`.
 */
export function constraintProblem(constraint: CertificateConstraint, certificate: Certificate, rootId: string): string | undefined {
  const names = readNames(certificate);
  return differs('common name', [constraint.commonName], names.commonNames)
    ?? differs('organization', constraint.organizations, names.organizations)
    ?? differs('DNS name', constraint.dnsNames, names.dnsNames)
    ?? differs('e-mail name', constraint.emails, names.emails)
    ?? differs('URI', constraint.uris, names.uris)
    ?? rootProblem(constraint.roots, rootId);
}

/** One line about the certificate's holder, for messages. */
export function certificateText(certificate: Certificate): string {
  const names = readNames(certificate);
  return [...names.uris, ...names.emails, ...names.dnsNames, ...names.commonNames][0] ?? 'a certificate without names';
}

function differs(what: string, wanted: readonly string[], found: readonly string[]): string | undefined {
  if (wanted.length === 1 && wanted[0] === '*') return undefined;
  const expected = wanted.length === 1 && wanted[0] === '' ? [] : wanted;
  const same = expected.length === found.length && [...expected].sort().every((value, index) => value === [...found].sort()[index]);
  return same ? undefined : `${what}: expected ${listed(expected)}, found ${listed(found)}`;
}

/** A root that is named must be one under which the certificate was proven; nothing named is nothing trusted. */
function rootProblem(wanted: readonly string[], proven: string): string | undefined {
  if (wanted.length === 1 && wanted[0] === '*') return undefined;
  return wanted.includes(proven) ? undefined : `root: expected ${listed(wanted)}, found ${proven}`;
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.slice(0, 5).join(', ');
}

/** Reads the names of a certificate's holder, of every type that a constraint can demand. Throws `Malformed`. */
export function readNames(certificate: Certificate): Names {
  const attributes = readName(certificate.subject);
  const alternatives = readAlternativeNames(certificate);
  const subject = (type: string): string[] => attributes.filter((one) => one.type === type).map(({ value }) => value);
  const of = (type: AlternativeName['type']): string[] => alternatives.filter((one) => one.type === type).map(({ value }) => value);
  return { commonNames: subject('CN'), organizations: subject('O'), emails: of('email'), dnsNames: of('dns'), uris: of('uri') };
}
