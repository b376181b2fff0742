/** `$(…)` in texts: found and replaced as Tekton's replacer does, in one pass and in linear time. */
import type { DeferredReason } from '../../../domain/build/image.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import { spend } from './budget.ts';
import type { Budget } from './budget.ts';

/** A text that is known: all that it can be, several where versions of Tekton differ. */
export interface KnownText {
  readonly texts: readonly string[];
  /** It rests on a default that whoever starts a run may replace. */
  readonly byDefault: boolean;
}

/** A text that is known only when the run is on its way. */
export interface DeferredText {
  readonly reason: DeferredReason;
  readonly expression: string;
}

/** A text, known or deferred. */
export type Text = KnownText | DeferredText;

/** What a variable stands for; `undefined`: Tekton leaves it as it is written. */
export type Lookup = (variable: string) => Text | undefined;

const MOST_VARIANTS = 16;

/** A text without any doubt. */
export function known(text: string, byDefault = false): KnownText {
  return { texts: [text], byDefault };
}

/** True for a text that is not known yet. */
export function isDeferred(text: Text): text is DeferredText {
  return 'reason' in text;
}

/** Why a variable without a value has none. */
function deferredVariable(variable: string): DeferredText {
  return { reason: reasonFor(variable), expression: keptText(`$(${variable})`) };
}

function reasonFor(variable: string): DeferredReason {
  if (/^(?:inputs\.|tt\.)?params[.[]/.test(variable)) return 'parameter';
  return /^(?:tasks|steps|step|finally)\./.test(variable) ? 'result' : 'expression';
}

/** The names of the variables in a text, each once: what stands between `$(` and the next `)`, the innermost of nested ones. */
export function variablesIn(text: string): readonly string[] {
  const names = new Set<string>();
  scan(text, (variable) => {
    if (variable !== undefined) names.add(variable);
    return true;
  });
  return [...names];
}

/** The name of the variable that a text is as a whole; `undefined` when it is more, or none. */
export function onlyVariable(text: string): string | undefined {
  const isOne = text.startsWith('$(') && text.indexOf(')') === text.length - 1 && text.lastIndexOf('$(') === 0;
  return isOne ? text.slice(2, -1) : undefined;
}

/**
 * The text with every variable replaced, once: values are not looked into again. A text in which anything is left that looks
 * like a variable is deferred, for what Tekton makes of it in a later pass cannot be known, and it is never taken for a name.
 */
export function substitute(text: string, lookup: Lookup, budget: Budget): Text {
  if (!text.includes('$(')) return known(text);
  const values = new Map<string, Text | undefined>();
  const writing: Writing = { variants: [[]], byDefault: false, size: 0 };
  let open: DeferredText | undefined;
  scan(text, (variable, piece) => {
    if (variable !== undefined && !values.has(variable)) values.set(variable, lookup(variable));
    const value = variable === undefined ? known(piece) : values.get(variable) ?? deferredVariable(variable);
    open = isDeferred(value) ? value : write(value, writing) ? undefined : { reason: 'expression', expression: keptText(text) };
    return open === undefined;
  });
  if (open !== undefined) return open;
  // Each costs something, so that a matrix of matrices ends as well.
  if (!spend(budget, 32 + writing.size)) return { reason: 'parameter', expression: keptText(text) };
  const texts = [...new Set(writing.variants.map((variant) => variant.join('')))];
  const left = texts.find((one) => one.includes('$('));
  return left === undefined ? { texts, byDefault: writing.byDefault } : { reason: 'expression', expression: keptText(left) };
}

interface Writing {
  /** What the text can be, each as its pieces. */
  variants: string[][];
  byDefault: boolean;
  /** Characters of all of them. */
  size: number;
}

/** Adds a value to every variant; false when there are too many. */
function write({ texts, byDefault }: KnownText, writing: Writing): boolean {
  if (texts.length * writing.variants.length > MOST_VARIANTS) return false;
  writing.byDefault ||= byDefault;
  writing.size += texts.reduce((sum, one) => sum + one.length, 0) * writing.variants.length;
  if (texts.length === 1) for (const variant of writing.variants) variant.push(texts[0] ?? '');
  else writing.variants = writing.variants.flatMap((variant) => texts.map((one) => [...variant, one]));
  return true;
}

/** Tells the pieces of a text in order, variables and what is between them, until it is told to stop. Each sign is looked for once. */
function scan(text: string, visit: (variable: string | undefined, piece: string) => boolean): void {
  let done = 0;
  let close = -1;
  for (let open = text.indexOf('$('); open >= 0;) {
    if (close < open) close = text.indexOf(')', open + 2);
    if (close < 0) break;
    const next = text.indexOf('$(', open + 2);
    if (next < 0 || next > close) {
      if (open > done && !visit(undefined, text.slice(done, open))) return;
      if (!visit(text.slice(open + 2, close), '')) return;
      done = close + 1;
    }
    open = next;
  }
  if (done < text.length) visit(undefined, text.slice(done));
}
