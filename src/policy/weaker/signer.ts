/** In what a signer counts for more than it did: other keys or identities, for longer, for more artifacts, with less that is revoked. */
import type {
  ArtifactMatcher, KeyIdentity, KeylessIdentity, NameMatcher, Signer, SignerIdentity, SpiffeIdentity, Validity, X509Identity,
} from '../../domain/policy/requirement.ts';
import { revokedText } from '../../domain/policy/revocation.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import { uncovered } from '../match/uncovered.ts';
import { asText, compareFields, lasting, matched, meaningless, needs, same, sameIfAny, since, stricter, until } from './field.ts';
import type { Fields } from './field.ts';

const KEY: Fields<KeyIdentity> = {
  kind: meaningless, keyId: same, notBefore: since, notAfter: until, transparencyLog: stricter('optional', 'required'), trustRoot: same,
  barePayloadKeyId: (before, now) => (now === undefined ? [] : same(before, now)), hashAlgorithm: sameIfAny, openPgp: same,
  securityKey: same,
};
const KEYLESS: Fields<KeylessIdentity> = {
  kind: meaningless, issuer: matched, subject: matched, trustRoot: same, maxCertificateLifetime: lasting,
  claims: (before, now) => before.flatMap(({ name, value }) => {
    const other = now.find((one) => one.name === name);
    return other === undefined ? [`has no more ${name}`] : matched(value, other.value).map((text) => `${name} ${text}`);
  }),
};
const X509: Fields<X509Identity> = {
  kind: meaningless, notation: meaningless, trustRoot: same, subject: named, san: matched, issuer: named, usages: needs(),
  maxCertificateLifetime: lasting,
};
const SPIFFE: Fields<SpiffeIdentity> = { kind: meaningless, trustRoot: same, id: matched, maxCertificateLifetime: lasting };
const VALIDITY: Fields<Validity> = { notBefore: since, notAfter: until };
const SIGNER: Fields<Signer> = {
  name: meaningless,
  identities: (before, now) =>
    now.filter((one) => !before.some((other) => milderIdentity(other, one).length === 0)).map((one) => told(one, before)),
  mayCertify: (before, now) => mayLost(before, now),
  // Only signers that the configuration names sign policies: in a set it means nothing.
  maySign: meaningless,
  validity: (before, now) => (before === undefined ? [] : compareFields(VALIDITY, before, now ?? {})),
  // Lists are no part of a signer.
  revocations: (before, now) => unrevoked(ownOf(before), booked(now)),
};

/** What a signer of before did not count for, and that of now does. */
export function milderSigner(before: Signer, now: Signer): readonly string[] {
  return compareFields(SIGNER, before, now);
}

/** What was revoked and is not any more, or only for what is younger. */
export function unrevoked(before: readonly Revocation[], now: readonly Revocation[]): readonly string[] {
  if (before.length === 0) return [];
  const since = new Map<string, number>();
  for (const { what, compromisedAt = -Infinity } of now)
    since.set(asText(what), Math.min(compromisedAt, since.get(asText(what)) ?? Infinity));
  return before.flatMap(({ what, compromisedAt = -Infinity }) => {
    const at = since.get(asText(what));
    if (at === undefined) return [`has no more ${revokedText(what)}`];
    return at > compromisedAt ? [`spares what is older than ${new Date(at).toISOString()} by ${revokedText(what)}`] : [];
  });
}

function booked(books: Signer['revocations'] = []): readonly Revocation[] {
  return books.flatMap(({ entries }) => entries);
}

function ownOf(books: Signer['revocations']): readonly Revocation[] {
  return booked(books).filter(({ declaredBy }) => declaredBy.startsWith('Signer '));
}

function mayLost(before: readonly ArtifactMatcher[] | undefined, now: readonly ArtifactMatcher[] | undefined): readonly string[] {
  if (before === undefined) return [];
  return now === undefined ? ['is without bound'] : uncovered(now, before).map((source) => `has besides ${source}`);
}

function milderIdentity(before: SignerIdentity, now: SignerIdentity): readonly string[] {
  switch (now.kind) {
    case 'key':
      return before.kind === 'key' ? compareFields(KEY, before, now) : [now.kind];
    case 'keyless':
      return before.kind === 'keyless' ? compareFields(KEYLESS, before, now) : [now.kind];
    case 'x509':
      return before.kind === 'x509' ? compareFields(X509, before, now) : [now.kind];
    case 'spiffe':
      return before.kind === 'spiffe' ? compareFields(SPIFFE, before, now) : [now.kind];
  }
}

/** A distinguished name of which nobody can say that it is as strict is another one. */
function named(before: NameMatcher | undefined, now: NameMatcher | undefined): readonly string[] {
  if (before === undefined) return [];
  if (now === undefined) return [`is not compared any more, was ${before.source}`];
  return before.kind === now.kind && before.source === now.source ? [] : [`is ${now.source}, was ${before.source}`];
}

/** By which one it may be told apart, and in what it is milder where there was one like it. */
function told(now: SignerIdentity, before: readonly SignerIdentity[]): string {
  const like = before.find((one) => one.kind === 'key' && now.kind === 'key' && one.keyId === now.keyId);
  return like === undefined ? `have besides ${identityText(now)}` : `: ${milderIdentity(like, now).join(', ')}`;
}

function identityText(identity: SignerIdentity): string {
  switch (identity.kind) {
    case 'key':
      return `key ${identity.keyId}`;
    case 'keyless':
      return `${identity.subject.source} (issuer ${identity.issuer.source})`;
    case 'x509':
      return `certificates of ${identity.subject?.source ?? identity.san?.source ?? ''}`;
    case 'spiffe':
      return identity.id.source;
  }
}
