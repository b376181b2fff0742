/** When two credentials are the same person, and two timestamps of the same authority: they share their key, or whom they name. */
import type { NameAttribute, ProvenSigner, ProvenX509, SubjectName } from './identity.ts';

/**
 * By what somebody who signed is told from everybody else: two that have the key or a name in common are one. All are
 * compared as text, and none depends on the policy, the trust root or the file under which he was heard.
 */
export interface Person {
  /** `sha256:<hex>` of the public key that made the signature. */
  readonly key: string;
  /**
   * Whom it names: of a certificate its issuer's word for the holder, so that short-lived certificates of one holder are
   * one; of an OpenPGP key its primary key; of a timestamp the authority that the trust root lists; else the key itself.
   */
  readonly name: string;
  /**
   * What else names nobody but him, however he was proven: URIs and mail addresses. Of one certificate roots of several kinds read
   * several names, and of one holder not every certificate has all of them.
   */
  readonly also?: readonly string[];
}

/** The person behind a proven signature; one piece of evidence by one signer is one, however many roots prove it. */
export function personOf(signer: ProvenSigner): Person {
  switch (signer.kind) {
    case 'key':
      return { key: signer.keyId, name: signer.openPgp?.primary ?? signer.keyId };
    case 'certificate':
      return { key: signer.keyId, name: `${signer.issuer}\n${signer.subject.value}`, also: ownNames([signer.subject]) };
    // An authority names its holders by the whole name, in whatever order; alternative names may be many, and are his all the same.
    case 'x509':
      return {
        key: signer.keyId, name: holderName(signer.subject.length > 0 ? signer.subject : signer.names),
        also: [...ownNames(signer.names, signer.subject), ...keylessNames(signer)],
      };
    case 'spiffe':
      return { key: signer.keyId, name: signer.id };
  }
}

/** The whole name of a holder, in whatever order it is written. */
export function holderName(names: readonly { readonly type: string; readonly value: string }[]): string {
  return JSON.stringify(['x509', ...names.map(({ type, value }) => JSON.stringify([type, value])).toSorted()]);
}

/** URIs and mail addresses, each of which is its holder's alone. Hosts are not among them: several people sign on one. */
export function ownNames(names: readonly SubjectName[], subject: readonly NameAttribute[] = []): readonly string[] {
  const mails = subject.filter(({ type }) => type === 'emailAddress');
  return [...new Set([...names, ...mails].flatMap(({ type, value }) => {
    if (type === 'uri') return [value];
    return type === 'email' || type === 'emailAddress' ? [value.toLowerCase()] : [];
  }))];
}

/** As he is called where the same certificate is proven as one for keyless signatures. */
function keylessNames({ oidcIssuer, names }: ProvenX509): readonly string[] {
  return oidcIssuer === undefined ? [] : names.map(({ value }) => `${oidcIssuer}\n${value}`);
}

/** True when the two have the key or a name in common. */
export function samePerson(a: Person, b: Person): boolean {
  return a.key === b.key || namesOf(a).some((name) => namesOf(b).includes(name));
}

/** The size of the largest set of persons of whom no two are the same. */
export function countPersons(persons: readonly Person[]): number {
  const most = largestMatching(persons.map(({ key, name }) => [key, name]));
  return most < 2 || !crossesNames(persons) ? most : countApart(persons.map((person) => [person]), most);
}

/** Whether further names tie persons together whom neither their keys nor their first names do. */
export function crossesNames(persons: readonly Person[]): boolean {
  const holders = new Map<string, { readonly keys: Set<string>; readonly names: Set<string> }>();
  for (const { also = [], ...person } of persons) {
    for (const name of [person.name, ...also]) {
      const { keys, names } = holders.get(name) ?? { keys: new Set<string>(), names: new Set<string>() };
      holders.set(name, { keys: keys.add(person.key), names: names.add(person.name) });
    }
  }
  return [...holders.values()].some(({ keys, names }) => keys.size > 1 && names.size > 1);
}

/** Choices that are tried where keys and names cross; honest evidence needs none. */
const MOST_TRIES = 20_000;

/** How many groups at most can each be given a person of its own: bounded, and what is found is never too much. */
export function countApart(groups: readonly (readonly Person[])[], most: number): number {
  const ordered = groups.toSorted((a, b) => a.length - b.length);
  let best = 0;
  let left = MOST_TRIES;
  const extend = (index: number, chosen: readonly Person[]): void => {
    best = Math.max(best, chosen.length);
    const persons = ordered[index];
    if (persons === undefined || best >= most || chosen.length + ordered.length - index <= best) return;
    for (const person of persons) {
      left -= 1;
      if (left < 0) return;
      if (!chosen.some((other) => samePerson(person, other))) extend(index + 1, [...chosen, person]);
    }
    extend(index + 1, chosen);
  };
  extend(0, []);
  return best;
}

function namesOf({ name, also = [] }: Person): readonly string[] {
  return [name, ...also];
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
