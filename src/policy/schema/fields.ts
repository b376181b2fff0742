/** The building blocks of all schemas: unknown keys are errors, and whatever is wrong is told at once. */
import { z } from 'zod';
import { didYouMean } from '../read/suggest.ts';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import { exactText, globText } from '../match/text-matcher.ts';
import type { Result } from '../../text/result.ts';

/** A zod check that runs even when other parts of the value are wrong, so that all problems are told at once. */
function always<T>(run: z.core.CheckFn<T>): z.core.$ZodCheck<T> {
  const check = z.check<T>(run);
  check._zod.def.when = () => true;
  return check;
}

/** Groups of keys of which exactly one must be written, or at most one. A list inside a group is one alternative of several keys. */
export interface KeyRules {
  readonly exactlyOne?: readonly (readonly (string | readonly string[])[])[];
  readonly atMostOne?: readonly (readonly string[])[];
}

/** Unknown keys of one object that are told one by one: to find what each was meant to be costs more than to read it. */
const MOST_UNKNOWN = 20;

/**
 * An object in which every unknown key is an error with a suggestion (a policy must never ignore what its author
 * wrote: security.md C05), and in which groups of alternative keys are counted.
 */
export function strict<S extends z.core.$ZodLooseShape>(shape: S, rules: KeyRules = {}): z.ZodObject<S, z.core.$strip> {
  const known = Object.keys(shape);
  const checked = z.looseObject(shape).check(
    always((context) => {
      const value: unknown = context.value;
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
      const unknown = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
      const misspelt = unknown.slice(0, MOST_UNKNOWN);
      for (const key of misspelt) context.issues.push(unknownKey(key, known));
      const more = unknown.length - misspelt.length;
      if (more > 0) context.issues.push({ code: 'custom', message: `${more} more unknown fields`, input: undefined });
      for (const message of miscounted(value, rules, misspelt)) context.issues.push({ code: 'custom', message, input: value });
    }),
  );
  // Loose only so that the check above sees the unknown keys and can say more about them than zod does.
  return checked.meta({ additionalProperties: false, ...ruleSchema(rules) }) as unknown as z.ZodObject<S, z.core.$strip>;
}

/** The same rules for editors: of groups of several keys it is not said how many of each may be written. */
function ruleSchema({ exactlyOne = [], atMostOne = [] }: KeyRules): Readonly<Record<string, unknown>> {
  const required = (choice: string | readonly string[]): unknown =>
    typeof choice === 'string' ? { required: [choice] } : { anyOf: choice.map((key) => ({ required: [key] })) };
  const one = exactlyOne.map((group) => ({ oneOf: group.map(required) }));
  const most = atMostOne.flatMap((group) =>
    group.flatMap((a, index) => group.slice(index + 1).map((b) => ({ not: { required: [a, b] } }))));
  return one.length + most.length === 0 ? {} : { allOf: [...one, ...most] };
}

function unknownKey(key: string, known: readonly string[]): z.core.$ZodRawIssue {
  const message = `unknown field ${JSON.stringify(key)}${didYouMean(key, known) || `; expected one of ${known.join(', ')}`}`;
  return { code: 'custom', message, path: [key], params: { part: 'key' }, input: undefined };
}

/** Where one of the choices is misspelt, that is told, and not that none of them is there. */
function miscounted(value: object, rules: KeyRules, misspelt: readonly string[]): readonly string[] {
  const written = (group: readonly (string | readonly string[])[]): string[] =>
    group
      .map((choice) => (typeof choice === 'string' ? [choice] : choice).filter((key) => Object.hasOwn(value, key)).join(' and '))
      .filter((text) => text !== '');
  return [
    ...(rules.exactlyOne ?? [])
      .filter((group) => written(group).length !== 1)
      .filter((group) => written(group).length > 1 || !misspelt.some((key) => didYouMean(key, group.flat()) !== ''))
      .map((group) => `expected exactly one of ${group.flat().join(', ')}; found ${written(group).join(' and ') || 'none'}`),
    ...(rules.atMostOne ?? [])
      .filter((group) => written(group).length > 1)
      .map((group) => `expected at most one of ${group.join(', ')}; found ${written(group).join(' and ')}`),
  ];
}

/**
 * A text that stands for something else: read by `parse`, whose problem becomes the message. `words`: the only ones it may be, which
 * editors offer.
 */
export function parsed<T>(parse: (text: string) => Result<T>, words?: readonly string[]): z.ZodType<T, string> {
  const text = words === undefined ? z.string() : z.string().meta({ enum: [...words] });
  return text.transform((text, context): T => {
    const result = parse(text);
    if (result.ok) return result.value;
    context.issues.push({ code: 'custom', message: result.problem, input: text });
    return z.NEVER;
  });
}

/** A field of the design that this version cannot honour: always an error, because ignoring it would weaken the policy. */
export function unsupported(what: string): z.ZodOptional<z.ZodType<unknown>> {
  return z
    .unknown()
    .meta({ not: {} })
    .check((context) => {
      context.issues.push({
        code: 'custom',
        message: `${what} is not supported by this version`,
        params: { part: 'key' },
        input: context.value,
      });
    })
    .optional();
}

/** A text that is compared exactly, or `{glob: …}`: claims of certificates, annotations of signatures. */
export const textOrGlob = z.unknown().transform((value, context): TextMatcher => {
  const globbed =
    typeof value === 'object' && value !== null && Object.keys(value).join() === 'glob' ? (value as { glob: unknown }).glob : undefined;
  const source = globbed ?? value;
  const result = typeof source !== 'string' ? undefined : globbed === undefined ? exactText(source) : globText(source);
  if (result?.ok === true) return result.value;
  context.issues.push({
    code: 'custom',
    message: result?.problem ?? 'expected a text (quote numbers and true/false) or {glob: "…"}',
    input: value,
  });
  return z.NEVER;
});

/** One of a few words; not z.enum, because the message shall name the closest word. */
export function word<const W extends string>(...words: readonly W[]): z.ZodType<W, string> {
  return parsed((text) => {
    const found = words.find((candidate) => candidate === text);
    return found === undefined
      ? { ok: false, problem: `expected one of ${words.join(', ')}; found ${JSON.stringify(text)}${didYouMean(text, words)}` }
      : { ok: true, value: found };
  }, words);
}

/** A list that is not empty and has no value twice; `what` names its entries. */
export function list<T extends z.ZodType>(entry: T, what: string, max = 1000): z.ZodArray<T> {
  return z
    .array(entry)
    .min(1, `must not be empty: name at least one ${what}`)
    .max(max, `has more than ${max} entries`);
}

/** A list of distinct texts. */
export function names(what: string): z.ZodType<string[], string[]> {
  return list(z.string().min(1, 'name is empty').max(253, 'name is longer than 253 characters'), what).check((context) => {
    const seen = new Set<string>();
    for (const [index, name] of context.value.entries()) {
      if (seen.has(name))
        context.issues.push({ code: 'custom', message: `${JSON.stringify(name)} stands here twice`, path: [index], input: name });
      seen.add(name);
    }
  });
}
