/** Which value a variable has where it stands: precedence and propagation of parameters, as Tekton applies them. */
import type { Scope, Value } from './value.ts';
import { isDeferred, known } from './variables.ts';
import type { DeferredText, Text } from './variables.ts';

/** Values by the name of the parameter. */
export type Values = ReadonlyMap<string, Value>;

/** A parameter as a variable names it; a dotted one may be a name with dots, or a member of an object. */
interface Reference {
  readonly spelling: 'params' | 'inputs' | 'tt';
  readonly name: string;
  readonly tail: '' | '[*]' | number;
  readonly dotted: boolean;
}

/** Nothing has a value. */
export const EMPTY_SCOPE: Scope = { find: () => undefined, whole: () => undefined };

/** Only context variables and those of `outer` (a TriggerTemplate's). */
export function contextScope(contexts: Readonly<Record<string, string>>, outer: Scope = EMPTY_SCOPE): Scope {
  return {
    find: (variable) => (Object.hasOwn(contexts, variable) ? known(contexts[variable] ?? '') : outer.find(variable)),
    whole: (variable) => outer.whole(variable),
  };
}

/** Parameters in one layer upon another: the first that has the name, item or member. */
export function layered(layers: readonly Values[], spellings: readonly Reference['spelling'][], outer: Scope = EMPTY_SCOPE): Scope {
  return {
    find(variable) {
      const reference = parse(variable, spellings);
      return (reference === undefined ? undefined : firstIn(layers, reference)) ?? outer.find(variable);
    },
    whole(variable) {
      const reference = parse(variable, spellings);
      if (reference === undefined || typeof reference.tail === 'number') return outer.whole(variable);
      const holder = layers.find((layer) => layer.has(reference.name));
      return holder?.get(reference.name) ?? outer.whole(variable);
    },
  };
}

/** What an embedded task sees: see {@link embedded}. */
export interface EmbeddedLayers {
  /** Given by the task of the pipeline. */
  readonly given: Values;
  /** One combination of a matrix. */
  readonly combination: Values;
  /** What the task declares. */
  readonly defaults: Values;
  /** Of the pipeline that holds it. */
  readonly pipeline: Scope;
}

/**
 * What an embedded task sees. Its pipeline puts its own values in first (propagation), where the task of the pipeline gives none of
 * that name; defaults that the task declares come last. `$(inputs.params.x)` is never propagated. Items of lists and combinations of a
 * matrix are not looked at by propagation: then both values are possible, by the version of Tekton, and both are told.
 */
export function embedded({ given, combination, defaults, pipeline }: EmbeddedLayers): Scope {
  const own = layered([given, combination, defaults], ['params', 'inputs']);
  return {
    find(variable) {
      const reference = parse(variable, ['params', 'inputs']);
      if (reference === undefined) return pipeline.find(variable);
      if (reference.spelling === 'inputs') return own.find(variable);
      const inner = firstIn([given], reference);
      if (inner !== undefined && reference.tail === '') return inner;
      const mixed = inner ?? firstIn([combination], reference);
      const outer = pipeline.find(variable);
      if (mixed === undefined) return outer ?? own.find(variable);
      return outer === undefined ? mixed : either(mixed, outer);
    },
    whole: (variable) => own.whole(variable) ?? pipeline.whole(variable),
  };
}

/** Both texts are possible; one that is deferred makes the whole deferred. */
export function either(one: Text, other: Text): Text {
  if (isDeferred(one)) return one;
  if (isDeferred(other)) return other;
  return { texts: [...new Set([...one.texts, ...other.texts])], byDefault: one.byDefault || other.byDefault };
}

const QUOTED = /^params\[(?:"([^"]+)"|'([^']+)')\](\[(?:\*|\d{1,6})\])?$/;
const INDEX = /\[(?:\*|\d{1,6})\]$/;

/** Longest variable that is looked up: a longer one is none that Tekton would have a value for. */
const LONGEST = 1024;

function parse(variable: string, spellings: readonly Reference['spelling'][]): Reference | undefined {
  if (variable.length > LONGEST) return undefined;
  const quoted = variable.startsWith('params[') ? QUOTED.exec(variable) : null;
  if (quoted !== null) {
    if (!spellings.includes('params')) return undefined;
    return { spelling: 'params', name: quoted[1] ?? quoted[2] ?? '', tail: tailOf(quoted[3]), dotted: false };
  }
  const [spelling, prefix] = variable.startsWith('params.') ? ['params' as const, 7]
    : variable.startsWith('inputs.params.') ? ['inputs' as const, 14]
    : variable.startsWith('tt.params.') ? ['tt' as const, 10] : ['none' as const, 0];
  if (spelling === 'none' || !spellings.includes(spelling)) return undefined;
  const rest = variable.slice(prefix);
  const index = rest.endsWith(']') ? INDEX.exec(rest) : null;
  return { spelling, name: index === null ? rest : rest.slice(0, index.index), tail: tailOf(index?.[0]), dotted: true };
}

function tailOf(text: string | undefined): Reference['tail'] {
  if (text === undefined) return '';
  return text === '[*]' ? text : Number(text.slice(1, -1));
}

function firstIn(layers: readonly Values[], reference: Reference): Text | undefined {
  for (const layer of layers) {
    const found = textIn(layer, reference);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textIn(layer: Values, { spelling, name, tail, dotted }: Reference): Text | undefined {
  const value = layer.get(name);
  if (value?.kind === 'unknown') return value.text;
  if (typeof tail === 'number') return value?.kind === 'list' ? value.items[tail] : undefined;
  if (tail === '[*]') return undefined;
  const found = value?.kind === 'text' ? [value.text] : [];
  // Members of objects have one spelling only.
  if (dotted && spelling === 'params') found.push(...memberIn(layer, name));
  return found.length === 0 ? undefined : found.reduce(either);
}

function memberIn(layer: Values, name: string): Text[] {
  const found: Text[] = [];
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const holder = layer.get(name.slice(0, dot));
    const member: Text | DeferredText | undefined = holder?.kind === 'object' ? holder.members.get(name.slice(dot + 1))
      : holder?.kind === 'unknown' ? holder.text : undefined;
    if (member !== undefined) found.push(member);
  }
  return found;
}
