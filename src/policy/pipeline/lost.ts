/** What a new set of policies about pipelines enforces no more: nothing of that may go unsaid. */
import type { LostPolicy } from '../../domain/policy/policy.ts';
import type { RequestPolicy } from '../../domain/policy/request-policy.ts';
import { selectorLost } from '../match/label-selector.ts';
import { weakened } from './weakened.ts';

type Loss = Omit<LostPolicy, 'policy'>;

/**
 * Every enforced policy about pipelines of before that is gone, or demands less now, in the order of before. What cannot be told for
 * certain to be as strict as before counts as milder. Pure.
 */
export function lostPipelines(before: readonly RequestPolicy[], after: readonly RequestPolicy[]): readonly LostPolicy[] {
  const present = new Map(after.map((policy) => [policy.name, policy]));
  const known = new Set(before.map(({ name }) => name));
  const added = new Map(after.filter(({ name }) => !known.has(name)).map((policy) => [demandsOf(policy), policy.name]));
  return before.flatMap((policy): readonly LostPolicy[] => {
    // One that stands for a list of revocations is gone when the list is back.
    if (policy.mode !== 'enforce' || (policy.broken !== undefined && policy.name.includes(' '))) return [];
    const now = present.get(policy.name);
    const losses = now === undefined ? [gone(added.get(demandsOf(policy)))] : policy.broken === undefined ? milder(policy, now) : [];
    return losses.map((one) => ({ policy: policy.name, ...one }));
  });
}

function gone(successor: string | undefined): Loss {
  return { what: 'deleted', detail: successor === undefined ? 'it is gone' : `it is gone; ${successor} demands the same` };
}

function milder(before: RequestPolicy, now: RequestPolicy): readonly Loss[] {
  // What cannot be used demands what nothing satisfies.
  const demands = now.broken !== undefined ? [] : before.requirements.flatMap((requirement) => weakened(requirement, now.requirements));
  const elsewhere = selectorLost(before.namespaces, now.namespaces);
  return [
    ...(now.mode === before.mode ? [] : [{ what: 'mode' as const, detail: `mode is ${now.mode}` }]),
    ...(elsewhere === undefined ? [] : [{ what: 'namespaces' as const, detail: elsewhere }]),
    ...(demands.length === 0 ? [] : [{ what: 'demands' as const, detail: [...new Set(demands)].join(', ') }]),
  ];
}

/** What it demands, as a text that is equal for equal demands. */
function demandsOf({ requirements, namespaces }: RequestPolicy): string {
  const plain = (key: string, value: unknown): unknown => {
    if (key === 'by') return (value as readonly { readonly name: string }[]).map(({ name }) => name);
    return value instanceof Set || value instanceof Map ? [...value] : value;
  };
  return JSON.stringify([namespaces?.source, requirements], plain);
}
