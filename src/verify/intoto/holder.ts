/** The holder of a functionary's certificate is whom it names, so that renewing it makes nobody a second person. */
import type { ProvenParty } from '../../domain/policy/layout.ts';
import { trustDomainsOf } from '../../domain/policy/revocation.ts';
import type { RevocableCertificate } from '../../domain/policy/revocation.ts';
import { holderName, ownNames } from '../../domain/policy/same.ts';
import type { Person } from '../../domain/policy/same.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { serialText } from '../../pki/certificate.ts';
import { readAlternativeNames, readName } from '../../pki/distinguished-name.ts';
import { fingerprintsOf } from '../../pki/signatures/fingerprint.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { namedIssuer } from '../sigstore/identity.ts';
import type { Names } from './certificate-constraint.ts';
import { readNames } from './certificate-constraint.ts';

/**
 * Who holds a certificate that was proven under `authorities` (issuer first, root last), and by what he can be revoked: his
 * key and certificate, and those above. Throws `Malformed`, or a `Refusal` when the certificate names two issuers.
 */
export function holderOf(leaf: Certificate, authorities: readonly Certificate[]): ProvenParty {
  const key = keyIdOf(leaf.spki);
  const names = readNames(leaf);
  const own: RevocableCertificate = {
    fingerprints: fingerprintsOf(leaf, authorities[0] ?? leaf),
    serial: serialText(leaf),
    issuer: namedIssuer(leaf),
    issuers: trustDomainsOf(names.uris),
    names: [...names.uris, ...names.emails, ...names.dnsNames, ...names.commonNames],
  };
  const above = authorities.map((authority, index): RevocableCertificate => ({
    fingerprints: fingerprintsOf(authority, authorities[index + 1] ?? authority),
    issuer: '',
    names: [],
  }));
  return {
    person: personOf(leaf, key, names),
    keys: [key, ...authorities.map(({ spki }) => keyIdOf(spki))],
    certificates: [own, ...above],
  };
}

/** His further names are those by which every prover tells him; a subject without a common name (SPIRE's) is that of everybody there. */
function personOf(leaf: Certificate, key: string, names: Names): Person {
  const subject = readName(leaf.subject);
  const whole = names.commonNames.length === 0 ? [] : [holderName(subject)];
  return { key, name: nameOf(names) ?? key, also: [...whole, ...ownNames(readAlternativeNames(leaf), subject)] };
}

/** The names of one type tell who he is; a common name means something within an organization only. */
function nameOf({ uris, emails, dnsNames, commonNames, organizations }: Names): string | undefined {
  const common = commonNames.length === 0 ? [] : [...organizations, ...commonNames];
  const best = [uris, emails, dnsNames].find((names) => names.length > 0) ?? common;
  return best.length === 0 ? undefined : best.toSorted().join('\n');
}
