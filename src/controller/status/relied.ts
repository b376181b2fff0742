/** What each document relies on: trust roots, and what of it ends; reckoned once for all documents. */
import type { Expiry } from '../../domain/policy/expiry.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import { expiries } from '../../policy/index.ts';
import { keyOf } from '../documents/kinds.ts';
import type { TrustOfDocument } from './conditions.ts';

/** What the set in force says of every document, by its key. */
export interface Relied {
  trust(key: string): TrustOfDocument | undefined;
  /** Of signers, trust roots and exceptions; absent for all others. */
  ends(key: string): readonly Expiry[] | undefined;
  /** Whether it is an exception that nobody has approved yet. */
  waits(key: string): boolean;
}

/** Kinds of which something ends. */
const ENDING = /^(?:Signer|TrustRoot|AdmissionException) /;

/** Reckons it; `unusable` names roots that prove nothing now, with the cause, also such that nobody relies on. */
export function reliedOn(set: PolicySet | undefined, unusable: ReadonlyMap<string, string>, now: number): Relied {
  const roots = new Map<string, readonly string[]>();
  const broken = new Map(unusable);
  const take = (key: string, used: readonly Pick<TrustRoot, 'name' | 'unusable'>[]): void => {
    roots.set(key, used.map(({ name }) => name));
    for (const root of used) if (root.unusable !== undefined) broken.set(root.name, root.unusable);
  };
  for (const { kind, namespace = '', name, trust } of set?.policies ?? []) take(keyOf({ kind, namespace, name }), trust.roots);
  for (const { name, trust } of set?.requestPolicies ?? []) take(keyOf({ kind: 'PipelinePolicy', namespace: '', name }), trust.roots);
  for (const { name, identities } of set?.inventory?.signers ?? []) {
    const named = identities.flatMap(({ trustRoot }) => (trustRoot === undefined ? [] : [trustRoot]));
    roots.set(keyOf({ kind: 'Signer', namespace: '', name }), [...new Set(named)]);
  }
  const ends = Map.groupBy(set === undefined ? [] : expiries(set, now), ({ kind, name }) => keyOf({
    kind: kind === 'exception' ? 'AdmissionException' : kind === 'key' || kind === 'signer' ? 'Signer' : 'TrustRoot', namespace: '', name,
  }));
  const waiting = new Set((set?.pending ?? []).map(({ name }) => keyOf({ kind: 'AdmissionException', namespace: '', name })));
  return {
    waits: (key) => waiting.has(key),
    trust(key) {
      if (set === undefined) return undefined;
      const used = key.startsWith('TrustRoot ') ? [key.slice('TrustRoot '.length)] : (roots.get(key) ?? []);
      const root = used.find((name) => broken.has(name));
      return { roots: used, ...(root === undefined ? {} : { unusable: { root, cause: broken.get(root) ?? '' } }) };
    },
    ends: (key) => (ENDING.test(key) ? (ends.get(key) ?? []) : undefined),
  };
}
