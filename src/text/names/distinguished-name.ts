/** Distinguished names as text: the types of attributes by their short names, and how they are written (RFC 4514, read from either end). */
import { bad, good } from '../result.ts';
import type { Result } from '../result.ts';

/** One attribute as it is written. */
export interface WrittenAttribute {
  /** Short name of {@link ATTRIBUTE_TYPES} in its own spelling, or a dotted identifier. */
  readonly type: string;
  readonly value: string;
}

/** Short names by object identifier (RFC 4519, 2; RFC 2985, 5.2.1). */
export const ATTRIBUTE_TYPES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'], ['2.5.4.5', 'serialNumber'], ['2.5.4.6', 'C'], ['2.5.4.7', 'L'], ['2.5.4.8', 'ST'], ['2.5.4.9', 'street'],
  ['2.5.4.10', 'O'], ['2.5.4.11', 'OU'], ['2.5.4.17', 'postalCode'], ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'], ['1.2.840.113549.1.9.1', 'emailAddress'],
]);

/** How short names are read, whatever their case; `S` is what some tools write of a state. */
const SPELLINGS = new Map([
  ...[...ATTRIBUTE_TYPES].flatMap(([oid, name]): [string, string][] => [[name.toLowerCase(), name], [oid, name]]),
  ['s', 'ST'], ['e', 'emailAddress'],
]);

const MOST_ATTRIBUTES = 32;
const OID = /^[0-2](\.(0|[1-9][0-9]{0,15})){1,20}$/;

/**
 * Reads `C=DE, O=Acme\, Inc., CN=release`: attributes apart by `,` or `+`, a backslash before a sign that means itself. Nothing in it is
 * matched; each attribute is there once for each time that it is written, at most 32.
 */
export function readDistinguishedName(text: string): Result<readonly WrittenAttribute[]> {
  const parts = split(text);
  if (parts === undefined) return bad('ends with a backslash, which has to stand before the sign that means itself');
  if (parts.length > MOST_ATTRIBUTES) return bad(`has more than ${MOST_ATTRIBUTES} attributes`);
  const attributes: WrittenAttribute[] = [];
  for (const part of parts) {
    const at = part.indexOf('=');
    const [name, value] = [part.slice(0, Math.max(at, 0)).trim(), unescaped(part.slice(at + 1).trim())];
    const type = SPELLINGS.get(name.toLowerCase()) ?? (OID.test(name) ? name : undefined);
    if (at < 0 || type === undefined || value === '')
      return bad(`expected attributes such as C=DE, O=Acme, CN=release (of ${[...ATTRIBUTE_TYPES.values()].join(', ')} or a dotted identifier), found ${JSON.stringify(part.trim())}`);
    attributes.push({ type, value });
  }
  return good(attributes);
}

/** The parts between commas and pluses that stand for themselves; `undefined` when the last backslash has nothing behind it. */
function split(text: string): readonly string[] | undefined {
  const parts = [''];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '\\') {
      if (at + 1 === text.length) return undefined;
      parts[parts.length - 1] += text.slice(at, at + 2);
      at += 1;
    } else if (sign === ',' || sign === '+') parts.push('');
    else parts[parts.length - 1] += sign;
  }
  return parts;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, '$1');
}

/** A name as it is written here, in the order of the attributes: `C=DE, O=Acme, CN=release`. What {@link readDistinguishedName} reads. */
export function distinguishedNameText(name: readonly WrittenAttribute[]): string {
  return name.map(({ type, value }) => `${type}=${value.replaceAll(/[\\,+="<>;#]/g, (sign) => `\\${sign}`)}`).join(', ');
}

/** What a certificate says of its holder. */
export interface Holder {
  readonly subject: readonly WrittenAttribute[];
  readonly names: readonly { readonly value: string }[];
}

/** Whom a certificate names: its subject, or without one its alternative names. */
export function holderText({ subject, names }: Holder): string {
  return subject.length > 0 ? distinguishedNameText(subject) : names.map(({ value }) => value).join(', ') || '(no name)';
}
