/** The order of a workflow: every step and task of what is started, those of called templates after what calls them and a `/`. */
import type { TaskPlace } from '../../domain/build/task.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { note, textsAt } from '../parts/look.ts';
import type { Problems } from '../parts/look.ts';
import { memberOf } from '../parts/security.ts';
import { MAX_CALLS, MAX_DEPENDS, MAX_DEPTH, tooManyTasks } from './limits.ts';
import type { Call, Template, Templates } from './templates.ts';

/** What holds for all that a call has executed. */
interface Under {
  readonly prefix: string;
  readonly isFinally: boolean;
  readonly conditional: boolean;
  readonly failureIgnored: boolean;
  readonly stack: readonly Template[];
}

const TOP: Under = { prefix: '', isFinally: false, conditional: false, failureIgnored: false, stack: [] };

/**
 * Every place in the order in which templates are called. `definition` gives the index of what a call executes. A template that
 * calls itself is not followed into itself; templates that nothing calls come last, each under its own name.
 */
export function orderOf(
  { all, roots }: Templates, path: string, definition: (call: Call) => number, problems: Problems,
): readonly TaskPlace[] {
  const places: TaskPlace[] = [];
  const reached = new Set<Template>();
  const inner = new Map<Template, ReturnType<typeof placesIn>>();
  const visit = (template: Template, under: Under): void => {
    reached.add(template);
    const within = inner.get(template) ?? placesIn(template, definition);
    inner.set(template, within);
    const named = (name: string): string => `${under.prefix}${name}`;
    // The steps of a group come after the same list: it is named once.
    const renamed = new Map<readonly string[], readonly string[]>();
    for (const { call, place } of within) {
      if (places.length >= MAX_CALLS) return note(problems, tooManyTasks(path, MAX_CALLS));
      const after = under.prefix === '' ? place.after : (renamed.get(place.after) ?? place.after.map(named));
      renamed.set(place.after, after);
      const whole: TaskPlace = {
        ...place,
        name: named(place.name),
        after,
        isFinally: under.isFinally || place.isFinally,
        conditional: under.conditional || place.conditional,
        failureIgnored: under.failureIgnored || place.failureIgnored,
      };
      places.push(whole);
      enter(call.target, { ...whole, prefix: `${whole.name}/`, stack: [...under.stack, template] });
    }
  };
  const enter = (target: Template | undefined, under: Under): void => {
    if (target === undefined || under.stack.includes(target) || under.stack.length >= MAX_DEPTH) return;
    if (callsOthers(target)) visit(target, under);
    else reached.add(target);
  };
  for (const root of roots) {
    const isHook = root.path.includes('.hooks.');
    const isFinally = root.isExit;
    const conditional = isHook && !(root.isExit && textOf(root.value, 'expression') === '');
    const under = { ...TOP, isFinally, conditional, failureIgnored: false };
    // The entry point's own steps are those of the run; whatever else is started stands under its name.
    if (root.path.endsWith('entrypoint') && root.target !== undefined && callsOthers(root.target)) enter(root.target, under);
    else {
      const { name, path: place } = root;
      const flags = { isFinally, conditional, failureIgnored: false };
      places.push({ name, path: place, definition: definition(root), after: [], ...flags, ...accountOf(root) });
      enter(root.target, { ...under, prefix: `${root.name}/` });
    }
  }
  for (const template of all) if (!reached.has(template) && callsOthers(template)) visit(template, { ...TOP, prefix: `${template.name}/` });
  return places;
}

function callsOthers(template: Template): boolean {
  return template.calls.length > 0;
}

function placesIn(template: Template, definition: (call: Call) => number): readonly { readonly call: Call; readonly place: TaskPlace }[] {
  const dag = memberOf(template.value, 'dag');
  const isSteps = template.calls.some(({ path }) => path.startsWith(`${template.path}.steps`));
  const groups = isSteps ? groupsOf(template.calls) : [];
  const dependencies = new Map(template.calls.map((call) => [call, dependenciesOf(call)]));
  const accepted = new Set([...dependencies.values()].flatMap((one) => one.accepted));
  const wanted = isSteps ? undefined : targetsOf(template, dag);
  return template.calls.map((call) => {
    const target = call.target?.value ?? {};
    const ofGraph = isSteps ? before(groups, call.group) : (dependencies.get(call)?.names ?? []);
    const ofHook = call.isExit && call.hookOf !== undefined ? [call.hookOf.name] : [];
    const isLeftOut = wanted !== undefined && !wanted.has(call.name);
    const place: TaskPlace = {
      name: call.name,
      path: call.path,
      definition: definition(call),
      after: call.hookOf === undefined ? ofGraph : ofHook,
      isFinally: false,
      conditional: call.hookOf !== undefined || isLeftOut || mayBePassedOver(call.value) || isObject(field(target, 'memoize')),
      failureIgnored: continues(call.value) || accepted.has(call.name) || field(target, 'daemon') === true,
      ...accountOf(call),
    };
    return { call, place };
  });
}

/** Names of the steps of each group. */
function groupsOf(calls: readonly Call[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const call of calls) if (call.hookOf === undefined) (groups[call.group] ??= []).push(call.name);
  return groups;
}

/** The steps of the nearest earlier group that has any: they ran after all before them. */
function before(groups: readonly (readonly string[])[], group: number): readonly string[] {
  for (let index = group - 1; index >= 0; index -= 1) if ((groups[index] ?? []).length > 0) return groups[index] ?? [];
  return [];
}

/** A condition, or a list of items that may be empty; a cached result is taken for an execution. */
function mayBePassedOver(call: JsonObject): boolean {
  const items = field(call, 'withItems');
  const mayBeEmpty = textOf(call, 'withParam') !== '' || isObject(field(call, 'withSequence'));
  return textOf(call, 'when') !== '' || mayBeEmpty || (Array.isArray(items) && items.length === 0);
}

function continues(call: JsonObject): boolean {
  const on = memberOf(call, 'continueOn');
  return field(on, 'failed') === true || field(on, 'error') === true;
}

/**
 * Tasks that have ended before a task of a graph begins: all that it names, whatever it wants of them. `accepted` are those that
 * may have failed then: named with another outcome than success, in an alternative, or by a negation.
 */
function dependenciesOf({ value }: Call): { readonly names: readonly string[]; readonly accepted: readonly string[] } {
  const depends = textOf(value, 'depends');
  // An object with more of it is refused.
  if (depends === '' || depends.length > MAX_DEPENDS) return { names: textsAt(value, 'dependencies'), accepted: [] };
  const loose = /[!|]/.test(depends);
  const named = [...depends.matchAll(/[A-Za-z0-9_-]+(?:\.[A-Za-z]+)?/g)].map(([word]) => word.split('.'));
  return {
    names: [...new Set(named.map(([name = '']) => name))],
    accepted: named.filter(([, outcome]) => loose || (outcome !== undefined && outcome !== 'Succeeded')).map(([name = '']) => name),
  };
}

/** Tasks that are executed for the targets of a graph; `undefined` where all are. */
function targetsOf(template: Template, dag: JsonObject): ReadonlySet<string> | undefined {
  const target = textOf(dag, 'target');
  if (target === '') return undefined;
  const calls = new Map(template.calls.map((call) => [call.name, call]));
  const wanted = new Set<string>();
  const queue = target.includes('{{') ? [] : target.split(/\s+/);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const call = calls.get(name);
    if (call === undefined || wanted.has(name)) continue;
    wanted.add(name);
    queue.push(...dependenciesOf(call).names);
  }
  return wanted;
}

function accountOf({ target }: Call): { readonly serviceAccount?: string } {
  const account = target === undefined ? '' : textOf(target.value, 'serviceAccountName');
  return account === '' ? {} : { serviceAccount: account };
}
