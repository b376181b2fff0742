/** The templates of an object, those inside of others included, and who calls them with which arguments. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { unreadable } from '../finding.ts';
import { at, note, objectAt, objectsAt, objectsIn } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { MAX_CALLS, MAX_DEPENDS, MAX_DEPTH, MAX_TEMPLATES, tooManyTasks } from './limits.ts';

/** A template whose content stands in the object. */
export interface Template extends Placed<JsonObject> {
  readonly name: string;
  /** The step or task in which it stands, if it does in one. */
  readonly within?: Call;
  /** What it calls: its steps, group by group, or its tasks, and their hooks. */
  readonly calls: Call[];
}

/** A step, task or hook that has a template executed; `from` is absent for what the workflow itself starts. */
export interface Call extends Placed<JsonObject> {
  readonly name: string;
  readonly from?: Template;
  /** Of steps: the number of their group. */
  readonly group: number;
  /** Of a hook: the call after or during which it runs. */
  readonly hookOf?: Call;
  readonly isExit: boolean;
  /** What it executes, where that stands in the object. */
  target?: Template;
}

/** All of it. */
export interface Templates {
  readonly all: readonly Template[];
  readonly named: ReadonlyMap<string, Template>;
  /** What the workflow itself starts: its entry point, what runs at its end, its hooks. */
  readonly roots: readonly Call[];
}

/** Reads the templates of a workflow's spec at `path`. */
export function templatesOf(spec: JsonObject, path: string, problems: Problems): Templates {
  const collector = new Collector(problems);
  for (const template of objectsAt(spec, 'templates', path, problems)) collector.add(template);
  const entrypoint = textOf(spec, 'entrypoint');
  const exit = textOf(spec, 'onExit');
  const own = (name: string, template: string, isExit: boolean): Call => ({
    value: { template, arguments: field(spec, 'arguments') }, path: at(path, isExit ? 'onExit' : 'entrypoint'), name, group: 0, isExit,
  });
  const roots = [
    ...(entrypoint === '' ? [] : [own(entrypoint, entrypoint, false)]),
    ...(exit === '' ? [] : [own('onExit', exit, true)]),
    ...collector.hooks(spec, path, {}),
  ];
  return collector.close(roots);
}

/** Reads templates that stand in a map by name, as those that are stored in a status. */
export function templatesIn(map: JsonObject, path: string, problems: Problems): Templates {
  const collector = new Collector(problems);
  for (const [name, value] of Object.entries(map)) {
    if (isObject(value)) collector.add({ value, path: at(path, name) }, name);
    else note(problems, unreadable(at(path, name), 'an object', value));
  }
  return collector.close([]);
}

class Collector {
  readonly #problems: Problems;
  readonly #all: Template[] = [];
  readonly #named = new Map<string, Template>();
  readonly #calls: Call[] = [];
  #depends = 0;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  add(placed: Placed<JsonObject>, as?: string): void {
    const template = this.#read(placed, textOf(placed.value, 'name') || (as ?? ''), undefined, 0);
    if (template !== undefined && !this.#named.has(template.name)) this.#named.set(template.name, template);
  }

  close(roots: readonly Call[]): Templates {
    for (const call of [...roots, ...this.#calls]) {
      const target = call.target ?? this.#named.get(textOf(call.value, 'template'));
      if (target !== undefined) call.target = target;
    }
    return { all: this.#all, named: this.#named, roots };
  }

  #read({ value, path }: Placed<JsonObject>, name: string, within: Call | undefined, depth: number): Template | undefined {
    if (this.#all.length >= MAX_TEMPLATES || depth > MAX_DEPTH) {
      note(this.#problems, tooManyTasks(path, depth > MAX_DEPTH ? MAX_DEPTH : MAX_TEMPLATES));
      return undefined;
    }
    const template: Template = { value, path, name, calls: [], ...(within === undefined ? {} : { within }) };
    this.#all.push(template);
    this.#groups(template).forEach((group, index) => {
      for (const call of group) this.#call(call, template, index, depth);
    });
    return template;
  }

  /** Steps in their groups; the tasks of a graph are one group. */
  #groups({ value, path }: Template): readonly (readonly Placed<JsonObject>[])[] {
    const dag = objectAt(value, 'dag', path, this.#problems);
    const tasks = dag === undefined ? [] : [objectsAt(dag, 'tasks', at(path, 'dag'), this.#problems)];
    const steps = field(value, 'steps');
    if (steps === undefined || steps === null) return tasks;
    if (!Array.isArray(steps)) {
      note(this.#problems, unreadable(at(path, 'steps'), 'a list', steps));
      return tasks;
    }
    return [...tasks, ...steps.map((group: unknown, index) => objectsIn(group, `${path}.steps[${index}]`, this.#problems))];
  }

  #call({ value, path }: Placed<JsonObject>, from: Template, group: number, depth: number): void {
    if (this.#calls.length >= MAX_CALLS) return note(this.#problems, tooManyTasks(path, MAX_CALLS));
    const call: Call = { value, path, name: textOf(value, 'name'), from, group, isExit: false };
    this.#calls.push(call);
    from.calls.push(call);
    this.#depends += textOf(value, 'depends').length;
    if (this.#depends > MAX_DEPENDS) return note(this.#problems, tooManyTasks(at(path, 'depends'), MAX_CALLS));
    const inline = objectAt(value, 'inline', path, this.#problems);
    if (inline !== undefined) {
      const target = this.#read({ value: inline, path: at(path, 'inline') }, call.name, call, depth + 1);
      if (target !== undefined) call.target = target;
    }
    const exit = textOf(value, 'onExit');
    const hooks = this.hooks(value, path, { from, hookOf: call, group });
    from.calls.push(...hooks);
    if (exit !== '') {
      const hook: Call = {
        value: { template: exit }, path: at(path, 'onExit'), name: `${call.name}.onExit`, from, group, hookOf: call, isExit: true,
      };
      from.calls.push(hook);
      this.#calls.push(hook);
    }
  }

  hooks(
    holder: JsonObject, path: string, of: { readonly from?: Template; readonly hookOf?: Call; readonly group?: number },
  ): readonly Call[] {
    const hooks = objectAt(holder, 'hooks', path, this.#problems) ?? {};
    const read = Object.entries(hooks).flatMap(([name, value]): Call[] => {
      const place = `${path}.hooks.${name}`;
      if (!isObject(value)) {
        note(this.#problems, unreadable(place, 'an object', value));
        return [];
      }
      const label = of.hookOf === undefined ? `hooks.${name}` : `${of.hookOf.name}.hooks.${name}`;
      return [{ group: 0, ...of, value, path: place, name: label, isExit: name === 'exit' }];
    });
    if (this.#calls.length + read.length > MAX_CALLS) {
      note(this.#problems, tooManyTasks(at(path, 'hooks'), MAX_CALLS));
      return [];
    }
    this.#calls.push(...read);
    return read;
  }
}
