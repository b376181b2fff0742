/** Trust policies of the Notary Project as it writes them (trust-store-trust-policy, version 1.0), held to what it refuses itself. */
import { z } from 'zod';
import { isSpeltForNotation, OF_NOTATION_TEXT, readDistinguishedName } from '../../text/names/distinguished-name.ts';
import type { WrittenAttribute } from '../../text/names/distinguished-name.ts';
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import { list, parsed, strict, word } from '../schema/fields.ts';
import { scopeProblem } from './registry-scope.ts';

/** Who is trusted: everybody with a certificate, or holders whose names include these attributes. */
export type TrustedIdentity = 'all' | { readonly text: string; readonly attributes: readonly WrittenAttribute[] };

/** A trust store by type and name. */
export interface NamedStore {
  readonly type: 'ca' | 'signingAuthority' | 'tsa';
  readonly name: string;
}

const TYPES = ['ca', 'signingAuthority', 'tsa'] as const;

const scope = parsed((text) => {
  const problem = text === '*' ? undefined : scopeProblem(text);
  return problem === undefined ? good(text) : bad(`${problem}, or "*" alone, found ${JSON.stringify(text)}`);
});

const store = parsed((text): Result<NamedStore> => {
  const [, written, name = ''] = /^([A-Za-z]+):([A-Za-z0-9_.-]+)$/.exec(text) ?? [];
  const type = TYPES.find((one) => one === written);
  return type === undefined ? bad(`expected ca:NAME, signingAuthority:NAME or tsa:NAME, found ${JSON.stringify(text)}`) : good({ type, name });
});

/** Country, state and organisation have to be there, no attribute twice, and one in each relative name; spelt as Notation compares them. */
const identity = parsed((text): Result<TrustedIdentity> => {
  if (text === '*') return good('all');
  const subject = (/^x509\.subject:(.*)$/s.exec(text)?.[1] ?? '').trimStart();
  const read = readDistinguishedName(subject);
  const attributes = read.ok ? read.value : [];
  const types = attributes.map(({ type }) => type);
  const isWhole = new Set(types).size === types.length && ['C', 'ST', 'O'].every((type) => types.includes(type));
  return isWhole && isSpeltForNotation(subject) && !subject.includes('=#') && !/(?<!\\)(?:\\\\)*\+/.test(subject)
    ? good({ text: subject, attributes })
    : bad(`expected x509.subject: with C, ST and O and no attribute twice, ${OF_NOTATION_TEXT}, or "*" alone, found ${JSON.stringify(text)}`);
});

const check = word('enforce', 'log').optional();
const statement = strict({
  name: z.string().min(1, 'is empty').max(253, 'is longer than 253 characters'),
  registryScopes: list(scope, 'registry scope'),
  signatureVerification: strict({
    level: word('strict', 'permissive', 'audit', 'skip'),
    override: strict({
      authenticity: check, authenticTimestamp: check, expiry: check, revocation: word('enforce', 'log', 'skip').optional(),
    }).optional(),
    verifyTimestamp: word('always', 'afterCertExpiry').optional(),
  }),
  trustStores: list(store, 'trust store', 64).optional(),
  trustedIdentities: list(identity, 'trusted identity', 64).optional(),
});

/** The whole document. */
export const trustPolicySchema = strict({ version: word('1.0'), trustPolicies: list(statement, 'statement', 1000) });

/** A statement of it. */
export type TrustStatement = z.output<typeof statement>;
