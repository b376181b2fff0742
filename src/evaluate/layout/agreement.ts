/** Functionaries count together only as far as they say the same. */
import type { ProvenLink } from '../../domain/policy/layout.ts';
import { countPersons } from '../../domain/policy/same.ts';
import type { LayoutProblem, StepSummary } from './result.ts';
import type { Recorded } from './rules.ts';

/** What a functionary says of a step: a link, or one way in which his sublayout can hold. */
export interface Claim {
  readonly proven: ProvenLink;
  readonly recorded: Recorded;
  readonly command?: readonly string[];
  /** Steps inside, of a sublayout. */
  readonly inner: readonly StepSummary[];
}

/** Functionaries who say the same of one step. */
export interface Agreement {
  readonly recorded: Recorded;
  readonly claims: readonly Claim[];
  /** Signers who say something else of the step; worth knowing, and of no effect. */
  readonly dissent: readonly string[];
}

/** Groups claims by what they say, those with most functionaries first; among equals in the order in which they were found. */
export function agreements(claims: readonly Claim[]): readonly Agreement[] {
  const groups: { readonly recorded: Recorded; readonly claims: Claim[] }[] = [];
  for (const claim of claims) {
    const group = groups.find(({ recorded }) => saysTheSame(recorded, claim.recorded));
    if (group === undefined) groups.push({ recorded: claim.recorded, claims: [claim] });
    else group.claims.push(claim);
  }
  return groups
    .map((group) => ({ ...group, size: functionaries(group) }))
    .toSorted((a, b) => b.size - a.size)
    .map(({ recorded, claims: agreeing }) => ({
      recorded,
      claims: agreeing,
      dissent: signersOf(groups.filter((other) => other.claims !== agreeing).flatMap((other) => other.claims)),
    }));
}

/** Who made the claims, each once. */
export function signersOf(claims: readonly Claim[]): readonly string[] {
  return [...new Set(claims.map(({ proven }) => proven.signer))];
}

/** How many distinct functionaries stand behind an agreement. */
export function functionaries({ claims }: Pick<Agreement, 'claims'>): number {
  return countPersons(claims.map(({ proven }) => proven.functionary.person));
}

/** The same materials and products, by path and all digests. */
export function saysTheSame(a: Recorded, b: Recorded): boolean {
  return sameArtifacts(a.materials, b.materials) && sameArtifacts(a.products, b.products);
}

function sameArtifacts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [path, digests] of a) if (b.get(path) !== digests) return false;
  return true;
}

/** Tells that enough functionaries did the step, but not enough of them the same. */
export function disagreement(step: string, threshold: number, [first, other]: readonly Agreement[]): LayoutProblem {
  const artifact = first === undefined || other === undefined ? undefined : firstDifference(first.recorded, other.recorded);
  return {
    kind: 'disagreement', step, ...(artifact === undefined ? {} : { artifact }),
    expected: `the same materials and products from ${threshold} functionaries`,
    found: `${named(first)} and ${named(other)} differ`,
  };
}

function named(agreement: Agreement | undefined): string {
  const proven = agreement?.claims[0]?.proven;
  return proven === undefined ? 'nobody' : `${proven.signer} (${proven.source})`;
}

function firstDifference(a: Recorded, b: Recorded): string | undefined {
  for (const subject of ['materials', 'products'] as const) {
    const path = [...a[subject].keys(), ...b[subject].keys()].sort().find((one) => a[subject].get(one) !== b[subject].get(one));
    if (path !== undefined) return path;
  }
  return undefined;
}
