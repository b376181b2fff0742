/** Revocations by what they revoke: thousands of entries cost a proof no more than a few. */
import type { Revocable, RevokedThing, Revocation, RevocationBook } from '../../domain/policy/revocation.ts';

const NONE: readonly Revocation[] = [];

type IdentityRevocation = Revocation & { readonly what: Extract<RevokedThing, { kind: 'identity' }> };

/** Files revocations under what they revoke, so that a look-up costs a few map accesses, however many there are. */
export function makeRevocationBook(entries: readonly Revocation[]): RevocationBook {
  const filed = new Map<string, Revocation[]>();
  const identities: IdentityRevocation[] = [];
  for (const entry of entries) {
    if (isIdentity(entry)) identities.push(entry);
    else {
      const key = keyOf(entry.what);
      const same = filed.get(key);
      if (same === undefined) filed.set(key, [entry]);
      else same.push(entry);
    }
  }
  return {
    entries,
    matching(evidence, covered) {
      const found = lookups(evidence, covered)
        .flatMap((key) => filed.get(key) ?? NONE)
        .filter((entry) => isUnderRoot(entry.what, evidence));
      return identities.length === 0 ? found : [...found, ...identities.filter((entry) => isBy(entry, evidence))];
    },
  };
}

function isIdentity(entry: Revocation): entry is IdentityRevocation {
  return entry.what.kind === 'identity';
}

function keyOf(what: RevokedThing): string {
  switch (what.kind) {
    case 'key':
      return `key ${what.keyId}`;
    case 'fingerprint':
      return `fingerprint ${what.fingerprint}`;
    case 'serial':
      return `serial ${what.serial}`;
    case 'logIndex':
      return `log ${what.logId} ${what.index}`;
    case 'digest':
      return `digest ${what.digest}`;
    case 'identity':
      return 'identity';
  }
}

/** A certificate is also found by its public key: a key is revoked in whatever it is wrapped. */
function lookups({ signer, logEntries, artifactDigest }: Revocable, covered: string | undefined): string[] {
  const keys = [`key ${signer.keyId}`, `digest ${artifactDigest}`];
  if (covered !== undefined) keys.push(`digest ${covered}`);
  keys.push(...ownLookups(signer));
  for (const { logId, logIndex } of logEntries) keys.push(`log ${logId} ${logIndex}`);
  return keys;
}

/** What else a signer of this kind is revoked by, beside its key. */
function ownLookups(signer: Revocable['signer']): readonly string[] {
  switch (signer.kind) {
    case 'key':
      return [];
    case 'certificate':
      return [`fingerprint ${signer.fingerprint}`, `serial ${signer.serial}`];
  }
}

function isUnderRoot(what: RevokedThing, { signer }: Revocable): boolean {
  return what.kind !== 'serial' || what.trustRoot === undefined || what.trustRoot === signer.trustRoot;
}

/** Compares the texts whatever the type of the name: trusting asks for the type, distrusting must not be evaded by it. */
function isBy({ what }: IdentityRevocation, { signer }: Revocable): boolean {
  switch (signer.kind) {
    case 'key':
      return false;
    case 'certificate':
      return what.issuer.test(signer.issuer) && what.subject.test(signer.subject.value);
  }
}
