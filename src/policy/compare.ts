/** In what two sets of policies differ: documents that came, went or changed, and what of it demands less. */
import type { LostPolicy, PolicySet } from '../domain/policy/policy.ts';
import type { Signer } from '../domain/policy/requirement.ts';
import { lostPolicies } from './lost.ts';
import { compareText } from './read/problems.ts';

/** One document that is otherwise than before: of trust roots those that signers of policies name. */
export interface SetChange {
  readonly kind: string;
  /** With its namespace if it has one. */
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
}

/** All that differs. */
export interface SetComparison {
  /** Sorted by kind and name. */
  readonly changes: readonly SetChange[];
  /** What enforced policies demand no more. */
  readonly looser: readonly LostPolicy[];
}

/** Compares two compiled sets. A policy has changed when anything has on which its verdicts depend, its signers and their trust too. Pure. */
export function compareSets(before: PolicySet, after: PolicySet): SetComparison {
  const [old, now] = [contents(before), contents(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])].toSorted(compareText);
  const changes = keys.flatMap((key): readonly SetChange[] => {
    const [was, is] = [old.get(key), now.get(key)];
    if (was === is) return [];
    const [kind = '', name = ''] = key.split('\n');
    return [{ kind, name, change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' }];
  });
  return { changes, looser: lostPolicies(before, after) };
}

/** What each document says, as a text that is equal for equal ones. */
function contents({ policies, requestPolicies = [], exceptions = [], inventory }: PolicySet): ReadonlyMap<string, string> {
  return new Map([
    ...policies.map(({ kind, namespace, name, content }) =>
      [`${kind}\n${namespace === undefined ? '' : `${namespace}/`}${name}`, content] as const),
    ...requestPolicies.map(({ name, namespaces, mode, requirements, trust }) =>
      [`PipelinePolicy\n${name}`, textOf([namespaces?.source, mode, requirements, trust.id])] as const),
    ...exceptions.map((one) => [`AdmissionException\n${one.name}`, textOf(one)] as const),
    ...[...policies, ...requestPolicies].flatMap(({ trust }) => trust.roots).map(({ name, id }) => [`TrustRoot\n${name}`, id] as const),
    ...[...Map.groupBy(inventory?.revocations ?? [], ({ declaredBy }) => declaredBy)]
      .filter(([declaredBy]) => declaredBy.startsWith(LIST))
      .map(([list, entries]) => [`RevocationList\n${list.slice(LIST.length)}`, textOf(entries)] as const),
    ...(inventory?.signers ?? []).map((signer) => [`Signer\n${signer.name}`, textOf(withoutBooks(signer))] as const),
  ]);
}

const LIST = 'RevocationList ';

/** What is revoked for a signer also depends on lists, which are no change of his. */
function withoutBooks({ revocations: _, ...signer }: Signer): unknown {
  return signer;
}

function textOf(value: unknown): string {
  const plain = (_: string, part: unknown): unknown =>
    part instanceof Set || part instanceof Map ? [...(part as Iterable<unknown>)] : part;
  return JSON.stringify(value, plain);
}
