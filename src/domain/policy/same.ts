/** When two credentials are the same person, and two timestamps of the same authority: they share their key, or whom they name. */
import type { ProvenSigner } from './identity.ts';

/**
 * By what somebody who signed is told from everybody else: two that have the key or the name in common are one. Both are
 * compared as text, and neither depends on the policy, the trust root or the file under which he was heard.
 */
export interface Person {
  /** `sha256:<hex>` of the public key that made the signature. */
  readonly key: string;
  /**
   * Whom it names: of a certificate its issuer's word for the holder, so that short-lived certificates of one holder are
   * one; of an OpenPGP key its primary key; of a timestamp the authority that the trust root lists; else the key itself.
   */
  readonly name: string;
}

/** The person behind a proven signature; one piece of evidence by one signer is one, however many roots prove it. */
export function personOf(signer: ProvenSigner): Person {
  switch (signer.kind) {
    case 'key':
      return { key: signer.keyId, name: signer.openPgp?.primary ?? signer.keyId };
    case 'certificate':
      return { key: signer.keyId, name: `${signer.issuer}\n${signer.subject.value}` };
    // An authority names its holders by the whole name, in whatever order; alternative names may be many, and are his all the same.
    case 'x509':
      return { key: signer.keyId, name: holderName(signer.subject.length > 0 ? signer.subject : signer.names) };
    case 'spiffe':
      return { key: signer.keyId, name: signer.id };
  }
}

function holderName(names: readonly { readonly type: string; readonly value: string }[]): string {
  return JSON.stringify(['x509', ...names.map(({ type, value }) => JSON.stringify([type, value])).toSorted()]);
}

/** True when the two have the key or the name in common. */
export function samePerson(a: Person, b: Person): boolean {
  return a.key === b.key || a.name === b.name;
}

/** The size of the largest set of persons of whom no two are the same. */
export function countPersons(persons: readonly Person[]): number {
  return largestMatching(persons.map(({ key, name }) => [key, name]));
}

/**
 * The size of the largest set of pairs in which nothing stands twice, neither on the left nor on the right (a maximum
 * matching). Further pairs never lower it. Numbers are small, so augmenting paths suffice.
 */
export function largestMatching(pairs: readonly (readonly [left: string, right: string])[]): number {
  const rights = new Map<string, Set<string>>();
  for (const [left, right] of pairs) rights.set(left, (rights.get(left) ?? new Set<string>()).add(right));
  const holder = new Map<string, string>();
  let size = 0;
  for (const left of rights.keys()) if (augment(left, rights, holder, new Set())) size += 1;
  return size;
}

function augment(
  left: string,
  rights: ReadonlyMap<string, ReadonlySet<string>>,
  holder: Map<string, string>,
  visited: Set<string>,
): boolean {
  for (const right of rights.get(left) ?? []) {
    if (visited.has(right)) continue;
    visited.add(right);
    const current = holder.get(right);
    if (current === undefined || augment(current, rights, holder, visited)) {
      holder.set(right, left);
      return true;
    }
  }
  return false;
}
