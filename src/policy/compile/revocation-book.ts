/** Revocations by what they revoke: thousands of entries cost a proof no more than a few. */
import type { NameAttribute } from '../../domain/policy/identity.ts';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import type { Revocable, RevocableCertificate, RevokedThing, Revocation, RevocationBook } from '../../domain/policy/revocation.ts';
import { distinguishedNameText, readDistinguishedName } from '../../text/names/distinguished-name.ts';

const NONE: readonly Revocation[] = [];

type CertificateRevocation = Extract<RevokedThing, { kind: 'identity' | 'serial' }>;

/** Files revocations under what they revoke, so that a look-up costs a few map accesses, however many there are. */
export function makeRevocationBook(entries: readonly Revocation[]): RevocationBook {
  const filed = new Map<string, Revocation[]>();
  const identities: Revocation[] = [];
  const add = (key: string, entry: Revocation): void => {
    const same = filed.get(key);
    if (same === undefined) filed.set(key, [entry]);
    else same.push(entry);
  };
  for (const entry of entries) {
    const { what } = entry;
    if (what.kind === 'identity') identities.push(entry);
    else add(keyOf(what), entry);
    if (what.kind === 'logIndex') add(anyOf(what.logId), entry);
  }
  return {
    entries,
    matching(revocable) {
      const found = [...new Set(lookups(revocable))].flatMap((key) => filed.get(key) ?? NONE);
      const { certificates } = revocable;
      const speaking = found.filter(({ what }) => what.kind !== 'serial' || certificates.some((one) => isNamedBy(what, one)));
      if (identities.length === 0 || certificates.length === 0) return speaking;
      return [
        ...speaking,
        ...identities.filter(({ what }) => what.kind === 'identity' && certificates.some((one) => isNamedBy(what, one))),
      ];
    },
  };
}

function keyOf(what: Exclude<RevokedThing, { kind: 'identity' }>): string {
  switch (what.kind) {
    case 'key':
      return `key ${what.keyId}`;
    case 'fingerprint':
      return `fingerprint ${what.fingerprint}`;
    case 'serial':
      return `serial ${what.serial}`;
    case 'logIndex':
      return `log ${what.logId} ${what.index}`;
    case 'logEntry':
      return `leaf ${what.leafHash}`;
    case 'digest':
      return `digest ${what.digest}`;
    case 'receipt':
      return `receipt ${what.id}`;
  }
}

/** A certificate is also found by its public key: a key is revoked in whatever it is wrapped. */
function* lookups({ keys, certificates, logEntries, digests, receipt }: Revocable): Iterable<string> {
  for (const key of keys) yield `key ${key}`;
  for (const digest of digests) yield `digest ${digest}`;
  if (receipt !== undefined) yield `receipt ${receipt}`;
  for (const { fingerprints, serial } of certificates) {
    for (const fingerprint of fingerprints) yield `fingerprint ${fingerprint}`;
    if (serial !== undefined) yield `serial ${serial}`;
  }
  for (const { logId, logIndex, leafHash } of logEntries) {
    yield `leaf ${leafHash}`;
    yield logIndex === undefined ? anyOf(logId) : `log ${logId} ${logIndex}`;
  }
}

/** Under this all entries of a log are found: one whose index nobody proves may be any of those that are revoked by their index. */
function anyOf(logId: string): string {
  return `log ${logId}`;
}

/** Compares names as texts whatever their type: trusting asks for the type, distrusting must not be evaded by it. */
function isNamedBy(
  what: CertificateRevocation, { serial, trustRoot, issuer, issuers = [], names, distinguished }: RevocableCertificate,
): boolean {
  switch (what.kind) {
    case 'serial':
      return what.serial === serial && (what.trustRoot === undefined || what.trustRoot === trustRoot);
    case 'identity':
      return ([issuer, ...issuers].some((one) => what.issuer.test(one)) || isDistinguished(what.issuer, distinguished?.issuer))
        && (names.some((name) => isCalled(what.subject, name)) || isDistinguished(what.subject, distinguished?.holder));
  }
}

/** Hosts, mail addresses and distinguished names are the same in capitals, which some authorities leave to whoever asks them; URIs are not. */
function isCalled(matcher: TextMatcher, name: string): boolean {
  if (matcher.test(name) || name.includes('://')) return matcher.test(name);
  return matcher.test(name.toLowerCase()) || (matcher.kind === 'exact' && matcher.source.toLowerCase() === name.toLowerCase());
}

/** A distinguished name that is written out is compared by its attributes, in whatever order and notation; a pattern with its text from either end. */
function isDistinguished(matcher: TextMatcher, name: readonly NameAttribute[] = []): boolean {
  if (name.length === 0) return false;
  if (matcher.kind !== 'exact') return [name, name.toReversed()].some((one) => isCalled(matcher, distinguishedNameText(one)));
  const written = readDistinguishedName(matcher.source);
  return written.ok && sortedName(written.value) === sortedName(name);
}

function sortedName(name: readonly NameAttribute[]): string {
  return name.map((one) => distinguishedNameText([one]).toLowerCase()).toSorted().join(', ');
}
