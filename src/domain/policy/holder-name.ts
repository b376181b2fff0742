/** Whom a certificate of one's own authority names, as policies and messages write it. */
import type { NameAttribute, ProvenX509 } from './identity.ts';

/** A distinguished name as policies write it, in the order of the certificate: `C=DE, O=Acme, CN=release`. */
export function distinguishedNameText(name: readonly NameAttribute[]): string {
  return name.map(({ type, value }) => `${type}=${value.replaceAll(/[\\,+="<>;#]/g, (sign) => `\\${sign}`)}`).join(', ');
}

/** The subject of a certificate, or without one its alternative names. */
export function holderText({ subject, names }: Pick<ProvenX509, 'subject' | 'names'>): string {
  return subject.length > 0 ? distinguishedNameText(subject) : names.map(({ value }) => value).join(', ') || '(no name)';
}
