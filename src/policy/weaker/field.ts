/** How one field of a demand is compared with what it was: each way gives what is milder now, and nothing where it is as strict. */
import type { TextMatcher } from '../../domain/policy/requirement.ts';

/** What is milder, as ends of sentences that begin with the name of the field: `is 1, was 2`. */
export type Milder<V> = (before: V, now: V) => readonly string[];

/** One way for each field of a thing; a field for which nobody has said how it is compared does not compile. */
export type Fields<T> = { readonly [F in keyof T]-?: Milder<T[F]> };

/** Compares field by field; each text begins with the name of its field. */
export function compareFields<T extends object>(fields: Fields<T>, before: T, now: T): readonly string[] {
  const names = Object.keys(fields) as (keyof T & string)[];
  return names.flatMap((name) => fields[name](before[name], now[name]).map((text) => `${name} ${text}`));
}

/** Says nothing of strictness. */
export const meaningless: Milder<unknown> = () => [];

/** A number of which less is milder; absent: none is asked for. */
export const atLeast: Milder<number | undefined> = (before = 0, now = 0) => (now < before ? [`is ${now}, was ${before}`] : []);

/** A number of which more is milder; absent: there is no bound. `write` makes it a text. */
export function atMost(write: (value: number) => string = String): Milder<number | undefined> {
  const text = (value: number | undefined): string => (value === undefined ? 'without bound' : write(value));
  return (before, now) => ((now ?? Infinity) > (before ?? Infinity) ? [`is ${text(now)}, was ${text(before)}`] : []);
}

/** A length of time in milliseconds of which more is milder. */
export const lasting: Milder<number | undefined> = atMost(durationText);

/** A moment after which nothing counts; later is milder. */
export const until: Milder<number | undefined> = atMost(timeText);

/** A moment before which nothing counts; earlier is milder. */
export const since: Milder<number | undefined> = (before, now) =>
  ((now ?? -Infinity) < (before ?? -Infinity) ? [`is ${now === undefined ? 'without bound' : timeText(now)}, was ${timeText(before ?? 0)}`] : []);

/** A demand that is made while it is on. */
export const demanded: Milder<boolean | undefined> = (before = false, now = false) => (before && !now ? ['is off'] : []);

/** A leniency that is given while it is on. */
export const granted: Milder<boolean | undefined> = (before = false, now = false) => (now && !before ? ['is on'] : []);

/** One of some words, the mildest first; absent is the first of them. */
export function stricter<W extends string>(...words: readonly W[]): Milder<W | undefined> {
  const rank = (word: W | undefined): number => (word === undefined ? 0 : words.indexOf(word));
  return (before, now) => (rank(now) < rank(before) ? [`is ${now ?? words[0] ?? ''}, was ${before ?? ''}`] : []);
}

/** Lists may hold thousands. */
const MOST = 10;

function shown(what: string, texts: readonly string[]): readonly string[] {
  if (texts.length === 0) return [];
  return [`${what} ${texts.slice(0, MOST).join(', ')}${texts.length > MOST ? ` and ${texts.length - MOST} more` : ''}`];
}

/** A list of what all has to be: what is missing now is milder. */
export function needs<V>(textOf: (value: V) => string = asText): Milder<Iterable<V> | undefined> {
  return (before, now) => {
    const kept = new Set([...now ?? []].map(textOf));
    return shown('has no more', [...before ?? []].map(textOf).filter((text) => !kept.has(text)));
  };
}

/** A list of what may be: what is new in it is milder. `absent`: whether a missing list allows everything or nothing. */
export function allows<V>(absent: 'everything' | 'nothing', textOf: (value: V) => string = asText): Milder<Iterable<V> | undefined> {
  return (before, now) => {
    if (absent === 'everything' && before === undefined) return [];
    if (absent === 'everything' && now === undefined) return ['is not there any more'];
    const known = new Set([...before ?? []].map(textOf));
    return shown('has besides', [...now ?? []].map(textOf).filter((text) => !known.has(text)));
  };
}

/** A list of what may be in which nothing stands for everything. */
export function allowsOrEverything<V>(textOf: (value: V) => string = asText): Milder<Iterable<V> | undefined> {
  const filled = (list: Iterable<V> | undefined): readonly V[] | undefined => {
    const values = [...list ?? []];
    return values.length === 0 ? undefined : values;
  };
  return (before, now) => allows<V>('everything', textOf)(filled(before), filled(now));
}

/** A text that is compared: nothing is lost when it is the same pattern, or a text that the pattern matched; absent: any text. */
export const matched: Milder<TextMatcher | undefined> = (before, now) => {
  if (before === undefined) return [];
  if (now === undefined) return [`is not compared any more, was ${before.source}`];
  const kept = (now.kind === before.kind && now.source === before.source) || (now.kind === 'exact' && before.test(now.source));
  return kept ? [] : [`is ${now.source}, was ${before.source}`];
};

/** What cannot be told to be as strict unless it is the same; absent: nothing is demanded. */
export const sameIfAny: Milder<unknown> = (before, now) => (before === undefined || asText(before) === asText(now) ? [] : ['is another']);

/** What cannot be told to be as strict unless it is the same, also where it is new. */
export const same: Milder<unknown> = (before, now) => (asText(before) === asText(now) ? [] : ['is another']);

/** Fields below, where there may be none: then nothing was demanded, or nothing is any more. */
export function below<T extends object>(fields: Fields<T>): Milder<T | undefined> {
  return (before, now) => {
    if (before === undefined) return [];
    return now === undefined ? ['is not there any more'] : compareFields(fields, before, now).map((text) => `: ${text}`);
  };
}

/** The same text for the same value, whatever it is made of; functions say nothing. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  const plain = (_: string, part: unknown): unknown =>
    (part instanceof Set || part instanceof Map ? [...(part as Iterable<unknown>)] : part);
  return JSON.stringify(value, plain) ?? '';
}

function timeText(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** As policies write it. */
function durationText(milliseconds: number): string {
  for (const [unit, length] of [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]] as const)
    if (milliseconds >= length && milliseconds % length === 0) return `${milliseconds / length}${unit}`;
  return `${milliseconds}ms`;
}
