/** In what the documents on which enforced policies rely let through more than they did: signers, trust roots, lists of revocations. */
import type { CompiledPolicy, LostPolicy, PolicySet } from '../../domain/policy/policy.ts';
import type { Signer } from '../../domain/policy/requirement.ts';
import type { RequestPolicy } from '../../domain/policy/request-policy.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import { compareText } from '../read/problems.ts';
import { milderRoot } from './root.ts';
import { milderSigner, unrevoked } from './signer.ts';

type Sets = Pick<PolicySet, 'policies' | 'requestPolicies' | 'inventory'>;

/**
 * One for each document on which enforced policies rely in both sets, signers first, each sort in the order of their names. Whatever relies
 * on a document, it is told once.
 */
export function milderDocuments(before: Sets, after: Sets): readonly LostPolicy[] {
  const relying = enforced(before);
  if (relying.length === 0) return [];
  const lost = (policy: string, what: LostPolicy['what'], texts: readonly string[]): readonly LostPolicy[] =>
    (texts.length === 0 ? [] : [{ policy, what, detail: texts.join(', ') }]);
  return [
    ...signersChanged(before, after, relying).flatMap(({ name, texts }) => lost(`Signer ${name}`, 'signer', texts)),
    ...pairs(rootsOf(relying), rootsOf(enforced(after)))
      .flatMap(([name, was, is]) => lost(`TrustRoot ${name}`, 'trustRoot', milderRoot(was, is))),
    ...[...Map.groupBy(listed(before), ({ declaredBy }) => declaredBy)]
      // In its place everything is undetermined.
      .filter(([list]) => !after.policies.some(({ name, broken }) => broken !== undefined && name === list))
      .flatMap(([list, entries]) => lost(list, 'revocations', unrevoked(entries, listed(after)))),
  ];
}

type Relying = Pick<CompiledPolicy | RequestPolicy, 'requirements' | 'trust'>;

function enforced({ policies, requestPolicies = [] }: Sets): readonly Relying[] {
  return [...policies, ...requestPolicies].filter(({ mode }) => mode === 'enforce');
}

/** Those that count for more, if somebody relies on them: to look for him is the costly part. */
function signersChanged(
  before: Sets, after: Sets, relying: readonly Relying[],
): readonly { readonly name: string; readonly texts: readonly string[] }[] {
  const changed = pairs(byName(before.inventory?.signers ?? []), byName(after.inventory?.signers ?? []))
    .map(([name, was, is]) => ({ name, was, texts: milderSigner(was, is) }))
    .filter(({ texts }) => texts.length > 0);
  if (changed.length === 0) return [];
  const found = new Set<Signer>();
  findAmong(relying.map(({ requirements }) => requirements), new Set(changed.map(({ was }) => was)), found);
  return changed.filter(({ was }) => found.has(was));
}

/** Finds whom a value names, however deep. */
function findAmong(value: unknown, wanted: ReadonlySet<Signer>, found: Set<Signer>): void {
  if (typeof value !== 'object' || value === null) return;
  if (wanted.has(value as Signer)) found.add(value as Signer);
  else if (!('identities' in value)) for (const one of Object.values(value)) findAmong(one, wanted, found);
}

function rootsOf(relying: readonly Relying[]): ReadonlyMap<string, TrustRoot> {
  return new Map([...new Set(relying.map(({ trust }) => trust))].flatMap(({ roots }) => roots.map((root) => [root.name, root] as const)));
}

function byName<T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.name, one]));
}

/** What both have, and not as the very same thing, in the order of the names. */
function pairs<T>(
  before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>,
): readonly (readonly [name: string, before: T, after: T])[] {
  return [...before].toSorted(([a], [b]) => compareText(a, b)).flatMap(([name, was]) => {
    const is = after.get(name);
    return is === undefined || is === was ? [] : [[name, was, is] as const];
  });
}

/** Lists bind everybody; an entry that only a signer has now is none for all. */
function listed({ inventory }: Sets): readonly Revocation[] {
  return (inventory?.revocations ?? []).filter(({ declaredBy }) => declaredBy.startsWith('RevocationList '));
}
