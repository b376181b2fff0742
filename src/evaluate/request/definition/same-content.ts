/** What an engine makes of a definition says the same as the definition, but for defaults and for what was filled in. */
import { isObject } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';

/** Amounts and times: written in many ways, and none of them changes what runs. */
const UNCOMPARED: ReadonlySet<string> = new Set(['computeResources', 'resources', 'timeout']);
/** Of a task that stands in a pipeline: what becomes labels and annotations of its run, and what names the kind of another engine. */
const BESIDE: ReadonlySet<string> = new Set(['metadata', 'apiVersion', 'kind', 'spec']);
/** What engines write where an author has left it out. */
const DEFAULTS: Readonly<Record<string, ReadonlySet<unknown>>> = {
  type: new Set(['string', 'array', 'object']),
  kind: new Set(['Task', 'Pipeline']),
};

/**
 * Whether `made`, which an engine has written, is what `defined` says. A placeholder `$(…)` in `defined` stands for any text, and
 * `$(…[*])` for any number of items, since the engine has filled it in; members that are empty are as good as absent.
 */
export function sameContent(made: unknown, defined: unknown): boolean {
  return sameValue(without(made), without(defined));
}

/** Whether all texts are the same, by name; a placeholder in `defined` stands for any text. */
export function sameTexts(made: Readonly<Record<string, string>>, defined: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(defined);
  return names.length === Object.keys(made).length
    && names.every((name) => Object.hasOwn(made, name) && fits(made[name] ?? '', defined[name] ?? ''));
}

function without(content: unknown): unknown {
  return isObject(content) ? Object.fromEntries(Object.entries(content).filter(([name]) => !BESIDE.has(name))) : content;
}

function sameValue(made: unknown, defined: unknown): boolean {
  if (typeof made === 'string' && typeof defined === 'string') return fits(made, defined);
  if (Array.isArray(defined)) return Array.isArray(made) && sameItems(made, defined);
  if (isObject(made) && isObject(defined)) return sameMembers(made, defined);
  // A parameter may be filled in with a list or an object where its placeholder is all that stands there.
  return made === defined || (typeof defined === 'string' && /^\$\([^()]*\)$/.test(defined) && made !== undefined);
}

function sameMembers(made: JsonObject, defined: JsonObject): boolean {
  return [...new Set([...Object.keys(made), ...Object.keys(defined)])].every((name) => {
    if (UNCOMPARED.has(name)) return true;
    const [own, written] = [member(made, name), member(defined, name)];
    if (isEmpty(own) && isEmpty(written)) return true;
    if (isEmpty(written)) return Object.hasOwn(DEFAULTS, name) && DEFAULTS[name]?.has(own) === true;
    return sameValue(own, written);
  });
}

function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** What Go leaves out or writes as it likes. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).every((name) => UNCOMPARED.has(name));
}

/** Lists of items, of which some stand for any number: the last of those is where another try begins, so the time is the product at most. */
function sameItems(made: readonly unknown[], defined: readonly unknown[]): boolean {
  let [at, want, star, resumed] = [0, 0, -1, 0];
  while (at < made.length) {
    const wanted = defined[want];
    if (want < defined.length && isMany(wanted)) [star, resumed, want] = [want, at, want + 1];
    else if (want < defined.length && sameValue(made[at], wanted)) [at, want] = [at + 1, want + 1];
    else if (star >= 0) [resumed, at, want] = [resumed + 1, resumed + 1, star + 1];
    else return false;
  }
  return defined.slice(want).every(isMany);
}

function isMany(item: unknown): boolean {
  return typeof item === 'string' && /^\$\([^()]*\[\*\]\)$/.test(item);
}

/** The literal parts around placeholders, in their order: the first at the beginning, the last at the end. */
function fits(made: string, defined: string): boolean {
  if (made === defined) return true;
  const parts = defined.split(/\$\([^()]*\)/);
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (parts.length === 1 || made.length < first.length + last.length || !made.startsWith(first) || !made.endsWith(last)) return false;
  const end = made.length - last.length;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = made.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}
