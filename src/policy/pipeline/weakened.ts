/** In what one requirement of a policy about pipelines demands less than it did. */
import { callerPatternText } from '../../domain/gate/caller-pattern.ts';
import type {
  AllowedSource, CallersRequirement, DefinitionsRequirement, ParametersRequirement, RequestRequirement, RequiredTasksRequirement,
  SummaryRules, TaskClasses,
} from '../../domain/policy/request-policy.ts';

type Usages = CallersRequirement['usedAs'];
type Kind = RequestRequirement['kind'];
type Of<K extends Kind> = Extract<RequestRequirement, { readonly kind: K }>;

/** Texts that say what is milder; none where it is as strict as before, or stricter. */
type Compare<K extends Kind> = (before: Of<K>, now: Of<K>, all: readonly RequestRequirement[]) => readonly string[];

/** A kind without a comparison does not compile. */
const COMPARE: { readonly [K in Kind]: Compare<K> } = {
  requesters: (before, now) => [...also('requester', before.users, now.users), ...also('group of requesters', before.groups, now.groups)],
  definitions: (before, now) => [
    ...signersLost(before.signedBy, now.signedBy),
    ...when(before.inline === 'deny' && now.inline === 'allow', 'definitions may stand in the run'),
    ...when(before.pinned && !now.pinned, 'definitions need not be pinned'),
    ...sourcesAdded(before.sources, now.sources),
    ...classesChanged(before.classes, now.classes),
  ],
  requiredTasks: (before, now) => tasksLost(before, now),
  parameters: (before, now) => parametersFreed(before, now),
  images: (before, now, all) => [
    ...when(before.deferred === 'deny' && now.deferred !== 'deny', 'images may be deferred'),
    ...when(before.unpinned === 'deny' && now.unpinned !== 'deny', 'images need not be pinned'),
    ...when(
      before.unpinned === 'deny' && before.definitionsElsewhere !== true && all.some((one) => one.kind === 'definitions' && !one.pinned),
      'bundles need not be pinned',
    ),
  ],
  hygiene: (before, now) => [
    ...before.rules.filter((rule) => !now.rules.includes(rule)).map((rule) => `no hygiene rule ${rule}`),
    ...classesChanged(before.classes, now.classes),
  ],
  serviceAccounts: (before, now) => also('service account', before.accounts, now.accounts),
  jail: (before, now) => [
    ...when(before.networkPolicy === 'required' && now.networkPolicy === 'off', 'no network policy is required'),
    ...when(before.hermetic === 'required' && now.hermetic === 'off', 'no hermetic execution is required'),
    ...when(before.otherPolicies === 'judge' && now.otherPolicies === 'accept', 'other network policies are accepted unread'),
    ...also('address outside of the jail', new Set(before.apiServer), new Set(now.apiServer)),
    ...classesChanged(before.classes, now.classes),
  ],
  publish: (before, now) => [
    ...when(before.results === 'required' && now.results === 'off', 'no results are required'),
    ...when(before.provenance === 'required' && now.provenance === 'off', 'no provenance is required'),
    ...summariesFreed(before.summary, now.summary),
    ...classesChanged(before.classes, now.classes),
  ],
  callers: (before, now) => [
    ...also('caller of the gate', new Set(before.callers.map(callerPatternText)), new Set(now.callers.map(callerPatternText))),
    ...usesAdded(before.usedAs, now.usedAs),
  ],
  receipts: () => [],
  writers: () => [],
  reserved: () => [],
};

/** What a requirement of before demands that none of now does. */
export function weakened(before: RequestRequirement, now: readonly RequestRequirement[]): readonly string[] {
  return compared(before.kind, before, now);
}

function compared<K extends Kind>(kind: K, before: RequestRequirement, now: readonly RequestRequirement[]): readonly string[] {
  const same = now.find(({ kind: other }) => other === kind);
  return same === undefined ? [`${before.name} are not judged any more`] : COMPARE[kind](before as Of<K>, same as Of<K>, now);
}

function when(isMilder: boolean, text: string): readonly string[] {
  return isMilder ? [text] : [];
}

function also(what: string, before: ReadonlySet<string>, now: ReadonlySet<string>): readonly string[] {
  return [...now].filter((name) => !before.has(name)).map((name) => `another ${what}, ${name}`);
}

function usesAdded(before: Usages, now: Usages): readonly string[] {
  if (before === undefined) return [];
  return now === undefined ? ['callers may ask about every use'] : also('use that callers may ask about', before, now);
}

function signersLost(before: DefinitionsRequirement['signedBy'], now: DefinitionsRequirement['signedBy']): readonly string[] {
  if (before === undefined) return [];
  if (now === undefined) return ['definitions need no signature'];
  const names = (by: typeof now.by): ReadonlySet<string> => new Set(by.map(({ name }) => name));
  return [
    ...also('signer of definitions', names(before.by), names(now.by)),
    ...when(now.threshold < before.threshold, `definitions need ${now.threshold} signers, not ${before.threshold}`),
    ...when((now.maxAge ?? Infinity) > (before.maxAge ?? Infinity), 'signatures of definitions may be older'),
  ];
}

/** More may be summarised than before: who had none and has one now was never promised anything. */
function summariesFreed(before: SummaryRules | undefined, now: SummaryRules | undefined): readonly string[] {
  if (before === undefined || now === undefined) return [];
  const names = (by: SummaryRules['by']): ReadonlySet<string> => new Set(by.map(({ name }) => name));
  return [
    ...also('signer of provenance', names(before.by), names(now.by)),
    ...when(now.threshold < before.threshold, `summaries need ${now.threshold} signers of provenance, not ${before.threshold}`),
    ...when((now.maxAge ?? Infinity) > (before.maxAge ?? Infinity), 'provenance of summaries may be older'),
    ...when((now.level ?? 0) < (before.level ?? 0), 'summaries say a lower build level'),
    ...when(before.builder !== undefined && before.builder.source !== now.builder?.source, 'summaries may rest on another builder'),
  ];
}

function sourcesAdded(before: readonly AllowedSource[] | undefined, now: readonly AllowedSource[] | undefined): readonly string[] {
  if (before === undefined) return [];
  if (now === undefined) return ['definitions may come from everywhere'];
  const text = (source: AllowedSource): string =>
    `${source.kind} ${source.kind === 'cluster' ? source.namespace : source.pattern.source}`;
  return also('source of definitions', new Set(before.map(text)), new Set(now.map(text)));
}

function tasksLost(before: RequiredTasksRequirement, now: RequiredTasksRequirement): readonly string[] {
  const lost = before.require.filter(({ task, before: classes, first }) => !now.require.some((other) =>
    other.task.source === task.source && classes.every((name) => other.before.includes(name)) && (other.first || !first)));
  return lost.map(({ task }) => `task ${task.source} is not required as before`);
}

function parametersFreed(before: ParametersRequirement, now: ParametersRequirement): readonly string[] {
  const denied = new Set(now.deny.map(({ source }) => source));
  const isFree = (name: string): boolean => !now.allow.has(name) && now.others === 'allow';
  const forms = [...before.allow].filter(([name, { source }]) => isFree(name) || (now.allow.get(name)?.source ?? source) !== source);
  const opened = [...now.allow.keys()].filter((name) => before.others === 'deny' && !before.allow.has(name));
  return [
    ...before.deny.filter(({ source }) => !denied.has(source)).map(({ source }) => `parameters ${source} are not denied`),
    ...forms.map(([name]) => `parameter ${name} may be of another form`),
    ...opened.map((name) => `parameter ${name} may be set`),
    ...when(before.others === 'deny' && now.others === 'allow', 'parameters that are not named may be set'),
  ];
}

/** A task that was jailed may not be any more, and one that published may not: whether it is so, only definitions could tell. */
function classesChanged(before: TaskClasses, now: TaskClasses): readonly string[] {
  const names = ({ definitions }: TaskClasses): string =>
    definitions.map(({ class: of, task }) => `${of} ${task.source}`).toSorted().join('\n');
  const lost = [...before.userCode].filter((name) => !now.userCode.has(name));
  return [
    ...lost.map((name) => `class ${name} does not count as user code`),
    ...when(before.label !== now.label || names(before) !== names(now), 'tasks are told apart in another way'),
  ];
}
