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
const LONGEST = 4096;
const OID = /^[0-2](\.(0|[1-9][0-9]{0,15})){1,20}$/;

/**
 * Reads `C=DE, O=Acme\\, Inc., CN=release` (RFC 4514): attributes apart by `,` or `+`; a backslash before a sign that means itself or
 * before two hexadecimal digits of UTF-8; a value in quotation marks, as OpenSSL prints those with commas, means what is between them.
 * Nothing in it is matched; each attribute is there once for each time that it is written, at most 32. What two readers would read as
 * two names is refused.
 */
export function readDistinguishedName(text: string): Result<readonly WrittenAttribute[]> {
  if (text.length > LONGEST) return bad(`has ${text.length} characters, at most ${LONGEST} are allowed`);
  const parts = split(text);
  if (!parts.ok) return parts;
  if (parts.value.length > MOST_ATTRIBUTES) return bad(`has more than ${MOST_ATTRIBUTES} attributes`);
  const attributes: WrittenAttribute[] = [];
  for (const part of parts.value) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim();
    const value = readValue(part.slice(at + 1));
    if (!value.ok) return value;
    const type = SPELLINGS.get(name.toLowerCase()) ?? (OID.test(name) ? name : undefined);
    if (at < 0 || type === undefined || value.value === '')
      return bad(`expected attributes such as C=DE, O=Acme, CN=release (of ${[...ATTRIBUTE_TYPES.values()].join(', ')} or a dotted identifier), found ${JSON.stringify(part.trim())}`);
    attributes.push({ type, value: value.value });
  }
  return good(attributes);
}

/** Attributes that Notation compares, as it writes them: it takes no other spelling for the same. */
const OF_NOTATION: ReadonlySet<string> = new Set(['CN', 'C', 'L', 'ST', 'S', 'O', 'OU', 'STREET', 'SERIALNUMBER', 'POSTALCODE']);

/** The same for people. */
export const OF_NOTATION_TEXT = `each of ${[...OF_NOTATION].join(', ')} in capitals`;

/** True when each attribute of a name that can be read is one of those that Notation compares, spelt as there, and none is quoted. */
export function isSpeltForNotation(text: string): boolean {
  const parts = split(text);
  return parts.ok && parts.value.every((part) =>
    OF_NOTATION.has(part.slice(0, Math.max(part.indexOf('='), 0)).trim()) && !part.replaceAll(/\\./gs, '').includes('"'));
}

/** The parts between commas and pluses that stand for themselves. */
function split(text: string): Result<readonly string[]> {
  const parts = [''];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    const escaped = sign === '\\' ? text.slice(at, at + 2) : sign;
    if (sign === '\\' && escaped.length < 2) return bad('ends with a backslash, which has to stand before the sign that means itself');
    if (sign === '"') quoted = !quoted;
    if (!quoted && (sign === ',' || sign === '+')) parts.push('');
    else parts[parts.length - 1] += escaped;
    at += escaped.length - 1;
  }
  return quoted ? bad('has a quotation mark that is never closed; write \\" for one that means itself') : good(parts);
}

/**
 * One sign of a value: two hexadecimal digits, a sign that a backslash may stand before, or any other that needs none.
 * A star is never escaped, since in patterns it would be one all the same.
 */
const SIGN = /\\((?!2[aA])[0-9a-fA-F]{2})|\\([ "#+,;<=>\\])|([^\\";])/gsuy;

/** Between quotation marks everything but them and the backslash means itself. */
const QUOTED = /\\((?!2[aA])[0-9a-fA-F]{2})|\\([ "#+,;<=>\\])|([^\\"])/gsuy;

function readValue(written: string): Result<string> {
  // Blanks of a document alone: others, such as one that does not break, are signs of the name (RFC 4514, 2.4).
  const trimmed = written.replace(/^[ \t\r\n]+/, '').replace(/(?<!\\)((?:\\\\)*)[ \t\r\n]+$/, '$1');
  const quoted = /^"(.*)"$/s.exec(trimmed)?.[1];
  if (quoted === undefined && trimmed.startsWith('#'))
    return bad(`value ${JSON.stringify(trimmed)} is in hexadecimal, which is not read: write it as text, and \\# for a # that means itself`);
  const bytes: Buffer[] = [];
  let read = 0;
  for (const [whole, hex, escaped, plain] of (quoted ?? trimmed).matchAll(quoted === undefined ? SIGN : QUOTED)) {
    bytes.push(hex === undefined ? Buffer.from(escaped ?? plain ?? '', 'utf8') : Buffer.from(hex, 'hex'));
    read += whole.length;
  }
  if (read < (quoted ?? trimmed).length)
    return bad(`value ${JSON.stringify(trimmed)}: write a backslash only before two hexadecimal digits or one of " # + , ; < = > \\ and a space, and one before every " and ; that means itself`);
  const value = utf8(Buffer.concat(bytes));
  return value === undefined ? bad(`value ${JSON.stringify(trimmed)}: its hexadecimal digits are no UTF-8`) : good(value);
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A name as it is written here, in the order of the attributes: `C=DE, O=Acme, CN=release`. What {@link readDistinguishedName} reads. */
export function distinguishedNameText(name: readonly WrittenAttribute[]): string {
  return name.map(({ type, value }) => `${type}=${value.replaceAll(/[\\,+="<>;#]|^ | $/g, (sign) => `\\${sign}`)}`).join(', ');
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
