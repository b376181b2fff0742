/** With which values templates are called, as far as what they run depends on these. */
import { field } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { parametersIn, writtenIn } from './arguments.ts';
import type { Globals } from './globals.ts';
import { itemsOf } from './items.ts';
import { MAX_DEPTH, MAX_SETTINGS, MAX_TEXT, parameterLimit } from './limits.ts';
import { deferred, tagsIn } from './placeholders.ts';
import type { Lookup, Value } from './placeholders.ts';
import type { Call, Template, Templates } from './templates.ts';

const INPUT = 'inputs.parameters.';

/** One way in which a template is called: what its placeholders stand for. */
export type Scope = ReadonlyMap<string, Value>;

/** A lookup in a scope. */
export function lookupIn(scope: Scope): Lookup {
  return (tag) => scope.get(tag);
}

/**
 * The scopes of every template of an object: as many as there are different values for the placeholders on which its images depend.
 *
 * A template that nobody in the object calls has its own defaults; so has one of a stored definition, which others call, when there
 * is a default for all that it needs. One that calls itself has values that are not known, besides those that are.
 */
export class Scopes {
  readonly #callers = new Map<Template, Call[]>();
  readonly #needs = new Map<Template, Set<string>>();
  readonly #known = new Map<Template, readonly Scope[]>();
  readonly #open = new Set<Template>();
  readonly #globals: Globals;
  readonly #stored: boolean;
  /** Some call names its template by a placeholder: it may be any. */
  readonly #anyCalled: boolean;

  /** `needs` gives the placeholders that the images of a template hold. */
  constructor({ all, roots }: Templates, needs: (template: Template) => readonly string[], globals: Globals, stored: boolean) {
    this.#globals = globals;
    this.#stored = stored;
    const called = [...roots, ...all.flatMap(({ calls }) => calls)];
    this.#anyCalled = called.some(({ value, target }) => target === undefined && /\{\{/.test(textOf(value, 'template')));
    for (const call of called) {
      if (call.target === undefined) continue;
      const callers = this.#callers.get(call.target);
      if (callers === undefined) this.#callers.set(call.target, [call]);
      else callers.push(call);
    }
    for (const template of all) this.#need(template, needs(template).filter(isOfCaller));
  }

  /** Every scope of a template; at least one. */
  of(template: Template): readonly Scope[] {
    const known = this.#known.get(template);
    if (known !== undefined) return known;
    const needs = this.#needs.get(template) ?? new Set();
    if (needs.size === 0) return [new Map()];
    if (this.#open.has(template)) return [unknown(needs, 'a template that calls itself')];
    if (this.#open.size >= MAX_DEPTH) {
      this.#globals.note(parameterLimit(template.path, `at most ${MAX_DEPTH} templates that call each other`));
      return [unknown(needs, 'templates that call each other')];
    }
    this.#open.add(template);
    const scopes = this.#called(template, needs);
    this.#open.delete(template);
    this.#known.set(template, scopes);
    return scopes;
  }

  #called(template: Template, needs: ReadonlySet<string>): readonly Scope[] {
    const callers = this.#callers.get(template) ?? [];
    const found = new Map<string, Scope>();
    const add = (scope: Scope): void => void found.set(JSON.stringify([...scope]), scope);
    const declared = parametersIn(template.value, 'inputs');
    const own = this.#scope(template, needs, { given: new Map(), declared, path: template.path, around: () => undefined });
    if (callers.length === 0 || (this.#stored && template.within === undefined && [...own.values()].every(({ known }) => known))) add(own);
    for (const call of callers) {
      const given = parametersIn(call.value, 'arguments');
      const repeated = [...needs].some((tag) => needed(call, tag, template).some((one) => one.startsWith('item')));
      for (const outer of call.from === undefined ? [new Map() as Scope] : this.of(call.from)) {
        const inOuter = lookupIn(outer);
        for (const item of repeated ? itemsOf(call, inOuter, this.#globals) : [() => undefined]) {
          add(this.#scope(template, needs, { given, declared, path: call.path, around: (tag) => item(tag) ?? inOuter(tag) }));
          if (found.size <= MAX_SETTINGS && this.#globals.charge(64 * needs.size)) continue;
          this.#globals.note(parameterLimit(call.path, `at most ${MAX_SETTINGS} different values for the images of a template`));
          return [unknown(needs, `more than ${MAX_SETTINGS} values`)];
        }
      }
    }
    if (this.#anyCalled && template.within === undefined) add(unknown(needs, 'a template that is named by a placeholder'));
    return found.size === 0 ? [own] : [...found.values()];
  }

  #scope(template: Template, needs: ReadonlySet<string>, from: Calling): Scope {
    const scope = new Map<string, Value>();
    for (const tag of needs) {
      // Text of a template that stands in a step was replaced with the step's own before.
      const inherited = template.within === undefined ? undefined : from.around(tag);
      if (inherited !== undefined && (inherited.known || tag.startsWith('item'))) scope.set(tag, inherited);
      else if (tag.startsWith(INPUT)) scope.set(tag, this.#input(tag, from) ?? inherited ?? nothing(tag));
    }
    return scope;
  }

  #input(tag: string, from: Calling): Value | undefined {
    const name = tag.slice(INPUT.length);
    const argument = writtenIn(from.given.get(name));
    if (argument !== undefined && 'value' in argument) return argument.value;
    if (argument !== undefined) return this.#globals.evaluate(argument.text, MAX_TEXT, from.path, from.around);
    const own = writtenIn(from.declared.get(name));
    if (own === undefined) return undefined;
    return 'value' in own ? own.value : this.#globals.evaluate(own.text, MAX_TEXT, from.path);
  }

  /** Notes what a template needs, and what its callers need for it; each placeholder of each template once. */
  #need(template: Template, tags: readonly string[]): void {
    const queue: [Template, string][] = tags.map((tag) => [template, tag]);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [of, tag] = next;
      const needs = this.#needs.get(of) ?? new Set<string>();
      if (needs.has(tag)) continue;
      if (needs.size >= MAX_SETTINGS) {
        this.#globals.note(parameterLimit(of.path, `at most ${MAX_SETTINGS} parameters in images`));
        continue;
      }
      this.#needs.set(of, needs.add(tag));
      for (const call of this.#callers.get(of) ?? []) {
        const { from } = call;
        if (from !== undefined) queue.push(...needed(call, tag, of).map((more): [Template, string] => [from, more]));
      }
    }
  }
}

type Parameters = ReturnType<typeof parametersIn>;

/** How a template is called: what it is given, what it declares, and what the placeholders around the call stand for. */
interface Calling {
  readonly given: Parameters;
  readonly declared: Parameters;
  readonly path: string;
  readonly around: Lookup;
}

/** Placeholders of the calling template from which one of the called template comes. */
function needed(call: Call, tag: string, of: Template): readonly string[] {
  const texts: string[] = [];
  const argument = tag.startsWith(INPUT) ? writtenIn(parametersIn(call.value, 'arguments').get(tag.slice(INPUT.length))) : undefined;
  if (argument !== undefined && 'text' in argument) texts.push(argument.text);
  const tags = [...texts.flatMap(tagsIn), ...(of.within === undefined ? [] : [tag])];
  const repeated = tags.some((one) => one.startsWith('item')) ? itemTags(call) : [];
  return [...tags, ...repeated].filter(isOfCaller);
}

function itemTags(call: Call): readonly string[] {
  const list = field(call.value, 'withParam');
  const items = field(call.value, 'withItems');
  return [...(typeof list === 'string' ? tagsIn(list) : []), ...(Array.isArray(items) ? tagsIn(JSON.stringify(items)) : [])];
}

/** Whether a placeholder means something else in every template. */
function isOfCaller(tag: string): boolean {
  return tag.startsWith(INPUT) || tag === 'item' || tag.startsWith('item.');
}

function unknown(needs: ReadonlySet<string>, why: string): Scope {
  return new Map([...needs].map((tag) => [tag, deferred('expression', `{{${tag}}}: ${why}`)]));
}

function nothing(tag: string): Value {
  return deferred('parameter', `{{${tag}}}`);
}
