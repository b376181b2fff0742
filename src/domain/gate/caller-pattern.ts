/** Callers as policies name them: accounts and workloads one by one or by pattern, and jobs of CI systems by what their tokens claim. */
import type { TextMatcher } from '../policy/requirement.ts';
import type { CiCaller, GateCaller } from './caller.ts';

/** One entry of a policy's `callers`; nobody matches entries of two kinds. */
export type CallerPattern =
  | { readonly kind: 'serviceAccount'; readonly namespace: string; readonly name: string }
  /** The trust domain is written out: no pattern reaches into another one. */
  | { readonly kind: 'spiffe'; readonly trustDomain: string; readonly id: TextMatcher }
  /** The issuer is compared exactly; absent `subject`: every one. Every claim must be there with this very text. */
  | { readonly kind: 'ci'; readonly issuer: string; readonly subject?: TextMatcher; readonly claims: ReadonlyMap<string, string> };

/** True when one of the entries names the caller. Of an empty list nobody is one. */
export function isAmong(caller: GateCaller, patterns: readonly CallerPattern[]): boolean {
  return patterns.some((pattern) => isNamedBy(caller, pattern));
}

function isNamedBy(caller: GateCaller, pattern: CallerPattern): boolean {
  switch (pattern.kind) {
    case 'serviceAccount':
      return caller.kind === 'serviceAccount' && caller.namespace === pattern.namespace && caller.name === pattern.name;
    case 'spiffe':
      return caller.kind === 'spiffe' && caller.trustDomain === pattern.trustDomain && pattern.id.test(caller.id);
    case 'ci':
      return caller.kind === 'ci' && caller.issuer === pattern.issuer
        && (pattern.subject?.test(caller.subject) ?? true)
        && [...pattern.claims].every(([name, value]) => claimOf(caller, name) === value);
  }
}

function claimOf({ claims }: CiCaller, name: string): string | undefined {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** The entry as one text, for messages and comparisons: equal exactly for equal entries. */
export function callerPatternText(pattern: CallerPattern): string {
  switch (pattern.kind) {
    case 'serviceAccount': return `system:serviceaccount:${pattern.namespace}:${pattern.name}`;
    case 'spiffe': return pattern.id.source;
    case 'ci': {
      const sorted = [...pattern.claims].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const claims = sorted.map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      return [pattern.issuer, ...(pattern.subject === undefined ? [] : [pattern.subject.source]), ...claims].join(' ');
    }
  }
}
