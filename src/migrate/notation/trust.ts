/** Whom a statement of a trust policy trusts: stores and identities, held to what Notation itself refuses. */
import { isSpeltForNotation, OF_NOTATION_TEXT, readDistinguishedName } from '../../text/names/distinguished-name.ts';
import type { WrittenAttribute } from '../../text/names/distinguished-name.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';

/** Stores as they are named (`ca:acme`), and identities: every holder, or those whose names include these attributes. */
export interface Trust {
  readonly stores: readonly string[];
  readonly identities: 'all' | readonly string[];
}

/** Reads both; beside level `skip` there may be none. */
export function readTrust(one: MapReader, level: string): Trust {
  const { source } = one;
  const [stores, identities] = [one.texts('trustStores'), one.texts('trustedIdentities')];
  if (level === 'skip') {
    if (stores.length + identities.length > 0) refuse(source, one.path, 'no trust stores and identities beside skip');
    return { stores: [], identities: [] };
  }
  if (stores.length === 0) refuse(source, one.at('trustStores'), 'at least one trust store');
  for (const store of stores)
    if (!/^(?:ca|signingAuthority|tsa):[A-Za-z0-9_.-]+$/.test(store))
      refuse(source, one.at('trustStores'), 'ca:NAME, signingAuthority:NAME or tsa:NAME');
  if (identities.length === 0 || (identities.includes('*') && identities.length > 1))
    refuse(source, one.at('trustedIdentities'), 'identities, or "*" alone');
  if (identities.includes('*')) return { stores, identities: 'all' };
  const subjects = identities.flatMap((identity) => {
    const read = subjectOf(identity);
    if (read === undefined) refuse(source, one.at('trustedIdentities'), `x509.subject: with C, ST and O and no attribute twice, or "*"; ${OF_NOTATION_TEXT}`);
    return read === undefined ? [] : [read];
  });
  if (subjects.some((inner, at) => subjects.some((outer, other) => at !== other && includes(outer.attributes, inner.attributes))))
    refuse(source, one.at('trustedIdentities'), 'identities of which none includes another');
  return { stores: [...new Set(stores)], identities: subjects.map(({ text }) => text) };
}

interface Subject {
  readonly text: string;
  readonly attributes: readonly WrittenAttribute[];
}

/** Country, state and organisation have to be there, no attribute twice, and one in each relative name (trust-store-trust-policy). */
function subjectOf(identity: string): Subject | undefined {
  const [, text = ''] = /^x509\.subject:(.*)$/s.exec(identity) ?? [];
  const subject = text.trimStart();
  const read = readDistinguishedName(subject);
  if (!read.ok || !isSpeltForNotation(subject) || subject.includes('=#') || /(?<!\\)(?:\\\\)*\+/.test(subject)) return undefined;
  const types = read.value.map(({ type }) => type);
  const isWhole = new Set(types).size === types.length && ['C', 'ST', 'O'].every((type) => types.includes(type));
  return isWhole ? { text: subject, attributes: read.value } : undefined;
}

function includes(outer: readonly WrittenAttribute[], inner: readonly WrittenAttribute[]): boolean {
  return inner.every(({ type, value }) => outer.some((one) => one.type === type && one.value === value));
}
