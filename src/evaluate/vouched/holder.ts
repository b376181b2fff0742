/** Recognising the holder of a certificate of one's own authority: its names are compared attribute by attribute. */
import { subjectTypes } from '../../domain/policy/identity.ts';
import type { NameAttribute, ProvenX509 } from '../../domain/policy/identity.ts';
import { largestMatching } from '../../domain/policy/same.ts';
import type { NameMatcher, TextMatcher, X509Identity } from '../../domain/policy/requirement.ts';
import { usagesText } from '../../text/names/usages.ts';
import type { Recognition } from './recognition.ts';

const OTHER: Recognition = { ok: false };

/** Compares a proven certificate with an identity: trust root, subject or one alternative name, issuer, and extended key usages. */
export function recogniseHolder(identity: X509Identity, signer: ProvenX509): Recognition {
  if (signer.trustRoot !== identity.trustRoot) return OTHER;
  if (identity.subject !== undefined && !matchesName(identity.subject, signer.subject)) return OTHER;
  const doubled = identity.notation === true ? namedTwice(identity.subject, signer.subject) : undefined;
  if (doubled !== undefined) return { ok: false, cause: `its certificate names ${doubled} more than once, so nobody can tell which one is meant` };
  if (identity.san !== undefined && !hasName(identity.san, signer)) return OTHER;
  if (identity.san !== undefined && isSharedId(identity.san, signer))
    return { ok: false, cause: 'its certificate has other URIs beside the SPIFFE ID, so it is that of no workload' };
  // An identity that names nobody is none: policies do not compile to it.
  if (identity.subject === undefined && identity.san === undefined) return OTHER;
  if (identity.issuer !== undefined && !matchesName(identity.issuer, signer.issuer))
    return { ok: false, cause: `its certificate was issued by somebody else than ${identity.issuer.source}` };
  const missing = identity.usages.filter((usage) => signer.usages?.includes(usage) !== true);
  return missing.length === 0
    ? { ok: true }
    : { ok: false, cause: `its certificate is not for ${usagesText(missing)} (extended key usage: ${usagesText(signer.usages ?? []) || 'none'})` };
}

/** Of several alternative names one has to be the one that is meant; names of another type never are. */
function hasName(san: TextMatcher, { names }: ProvenX509): boolean {
  const types = subjectTypes(san.source);
  return names.some(({ type, value }) => types.includes(type) && san.test(value));
}

/** One URI is the ID of a workload, and several are none (SPIFFE X509-SVID, 2), whatever kind of root proves the certificate. */
function isSharedId({ source }: TextMatcher, { names }: ProvenX509): boolean {
  return /^spiffe:/i.test(source) && names.filter(({ type }) => type === 'uri').length > 1;
}

/**
 * The type of an attribute that part of a name was compared by, and that the name has more than once. Notation takes no such certificate
 * for anybody: each of `O=Acme` and `O=Other` would be the one that is trusted.
 */
function namedTwice(pattern: NameMatcher | undefined, name: readonly NameAttribute[]): string | undefined {
  if (pattern?.kind !== 'includes') return undefined;
  return pattern.attributes.find((wanted) => name.filter(({ type }) => type === wanted.type).length > 1)?.type;
}

/**
 * Each attribute of the pattern has an attribute of the name of its own, in whatever order they stand: tools print names from either end.
 * With `exact` nothing of the name is left over.
 */
function matchesName({ kind, attributes }: NameMatcher, name: readonly NameAttribute[]): boolean {
  if (kind === 'exact' && attributes.length !== name.length) return false;
  const pairs = attributes.flatMap((wanted, index) => name.flatMap(({ type, value }, at): [string, string][] =>
    (type === wanted.type && wanted.value.test(value) ? [[String(index), String(at)]] : [])));
  return largestMatching(pairs) === attributes.length;
}
