/** What a new set of policies enforces no more: nothing of that may go unsaid. */
import { exceptionText, noteOf } from '../domain/decision/exception.ts';
import type { AdmissionException } from '../domain/decision/exception.ts';
import type { CompiledPolicy, LostPolicy, PolicySet } from '../domain/policy/policy.ts';
import { callerPatternText } from '../domain/gate/caller-pattern.ts';
import { selectorLost } from './match/label-selector.ts';
import { uncovered } from './match/uncovered.ts';
import type { Effort } from './match/uncovered.ts';
import { lostPipelines } from './pipeline/lost.ts';
import { milderDocuments } from './weaker/documents.ts';
import { milderRequirement } from './weaker/requirement.ts';

/**
 * Every enforced policy of the set before that is gone from the set after, or demands less there, in the order of the set
 * before: deleted or renamed, no longer enforcing, over fewer artifacts, namespaces or uses, with fewer or milder demands. Then what they
 * rely on and lets through more: signers, trust roots, lists of revocations; then new exceptions. What cannot be told for certain to be as
 * wide or as strict as before counts as narrower or milder. Pure; both sets are whole and compiled.
 */
export function lostPolicies(before: PolicySet, after: PolicySet): readonly LostPolicy[] {
  const present = new Map(after.policies.map((policy) => [keyOf(policy), policy]));
  const known = new Set(before.policies.map(keyOf));
  const added = new Map(after.policies.filter((policy) => !known.has(keyOf(policy))).map((policy) => [contentOf(policy), policy]));
  const ofTenants: Effort = { pairs: MOST_PAIRS };
  const ofArtifacts = before.policies.flatMap((policy): readonly LostPolicy[] => {
    if (policy.mode !== 'enforce' || isListInstead(policy)) return [];
    const now = present.get(keyOf(policy));
    const isSame = policy.content === now?.content;
    const loss = now === undefined ? [gone(added.get(contentOf(policy)))] : isSame ? [] : narrowed(policy, now, ofTenants);
    return loss.map((one) => ({ policy: nameOf(policy), ...one }));
  });
  return [
    ...ofArtifacts,
    ...lostPipelines(before.requestPolicies ?? [], after.requestPolicies ?? []),
    ...milderDocuments(before, after),
    ...newExceptions(before, after),
  ];
}

/** Patterns of ArtifactPolicies that are compared at a stretch, pairs: a namespace may have a hundred of them with a thousand patterns each. */
const MOST_PAIRS = 30_000;

/** Stands over everything while a list of revocations cannot be used; its end is the list's return. */
function isListInstead({ broken, name }: CompiledPolicy): boolean {
  return broken !== undefined && name.includes(' ');
}

/** An exception that was not there, or says something else now: what it excepts from is enforced less. */
function newExceptions(before: PolicySet, after: PolicySet): readonly LostPolicy[] {
  const textOf = (one: AdmissionException): string => JSON.stringify({ ...one, usedAs: [...(one.usedAs ?? [])] });
  const known = new Set((before.exceptions ?? []).map(textOf));
  return (after.exceptions ?? []).filter((one) => !known.has(textOf(one))).flatMap((one) =>
    [...new Set(one.demands.map(({ policy }) => policy))].map((policy): LostPolicy =>
      ({ policy, what: 'exception', detail: `excepted by ${exceptionText(noteOf(one))}` })));
}

type Loss = Omit<LostPolicy, 'policy'>;

function gone(successor: CompiledPolicy | undefined): Loss {
  return { what: 'deleted', detail: successor === undefined ? 'it is gone' : `it is gone; ${nameOf(successor)} has the same patterns` };
}

function narrowed(before: CompiledPolicy, now: CompiledPolicy, ofTenants: Effort): readonly Loss[] {
  const effort = before.kind === 'ArtifactPolicy' ? ofTenants : undefined;
  const losses: Loss[] = [];
  if (now.mode !== before.mode) losses.push({ what: 'mode', detail: `mode is ${now.mode}` });
  // What stood in for it may have stood over everything: what is mended is no loss.
  if (before.broken !== undefined) return losses;
  const missing = uncovered(before.patterns, now.patterns, effort);
  if (missing.length > 0) losses.push({ what: 'patterns', detail: `no longer${unsure(effort)} over ${listed(missing)}` });
  const excepted = uncovered(now.except?.patterns ?? [], before.except?.patterns ?? [], effort);
  if (excepted.length > 0) losses.push({ what: 'except', detail: `speaks no longer${unsure(effort)} about ${listed(excepted)}` });
  const elsewhere = selectorLost(before.namespaces, now.namespaces);
  if (elsewhere !== undefined) losses.push({ what: 'namespaces', detail: elsewhere });
  const uses = usesLost(before.usedAs, now.usedAs);
  if (uses !== undefined) losses.push({ what: 'usedAs', detail: uses });
  const callers = callersLost(before.callers, now.callers);
  if (callers !== undefined) losses.push({ what: 'callers', detail: callers });
  // What cannot be used demands what nothing satisfies.
  const demands = now.broken === undefined ? demandsLost(before, now) : [];
  if (demands.length > 0) losses.push({ what: 'demands', detail: demands.join(', ') });
  return losses;
}

/** Where more would have to be compared than there is time for. */
function unsure(effort: Effort | undefined): string {
  return effort !== undefined && effort.pairs <= 0 ? ' for certain' : '';
}

const MOST_LISTED = 20;

function listed(texts: readonly string[]): string {
  const more = texts.length - MOST_LISTED;
  return more <= 0 ? texts.join(', ') : `${texts.slice(0, MOST_LISTED).join(', ')} and ${more} more`;
}

function usesLost(before: CompiledPolicy['usedAs'], now: CompiledPolicy['usedAs']): string | undefined {
  if (now === undefined) return undefined;
  if (before === undefined) return `for use as ${[...now].join(', ')} only`;
  const lost = [...before].filter((use) => !now.has(use));
  return lost.length === 0 ? undefined : `no longer for use as ${lost.join(', ')}`;
}

function callersLost(before: CompiledPolicy['callers'], now: CompiledPolicy['callers']): string | undefined {
  if (now === undefined) return undefined;
  const names = new Set(now.map(callerPatternText));
  if (before === undefined) return `for what ${[...names].join(', ')} ask the gate only`;
  const lost = before.map(callerPatternText).filter((name) => !names.has(name));
  return lost.length === 0 ? undefined : `no longer for what ${lost.join(', ')} ask`;
}

function demandsLost(before: CompiledPolicy, now: CompiledPolicy): readonly string[] {
  const byName = new Map(now.requirements.map((one) => [one.name, one]));
  const lost = before.requirements.flatMap((one) => {
    const other = byName.get(one.name);
    const texts = other === undefined ? ['is not required any more'] : milderRequirement(one, other);
    return texts.map((text) => `${JSON.stringify(one.name)} ${text}`);
  });
  if (lost.length === 0 && now.requirements.length < before.requirements.length) lost.push('fewer requirements');
  if (before.requireDigest && !now.requireDigest) lost.push('requireDigest is off');
  if (before.resolveOnce !== true && now.resolveOnce === true) lost.push('resolve is once');
  if (!before.indexCoversChildren && now.indexCoversChildren) lost.push('indexCoversChildren is on');
  // Neither is less than the other, so a change may be.
  if (before.everyPlatform !== now.everyPlatform) lost.push(`everyPlatform is ${now.everyPlatform === true ? 'on' : 'off'}`);
  return lost;
}

function keyOf({ kind, namespace = '', name }: CompiledPolicy): string {
  return `${kind} ${namespace} ${name}`;
}

function contentOf({ kind, namespace = '', patterns }: CompiledPolicy): string {
  return JSON.stringify([kind, namespace, patterns.map(({ kind: of, source }) => `${of} ${source}`)]);
}

function nameOf({ namespace, name }: CompiledPolicy): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
