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
export function deferredVariable(variable: string): DeferredText {
  return { reason: reasonFor(variable), expression: keptText(`$(${variable})`) };
}

function reasonFor(variable: string): DeferredReason {
  if (/^(?:inputs\.|tt\.)?params[.[]/.test(variable)) return 'parameter';
  return /^(?:tasks|steps|step|finally)\./.test(variable) ? 'result' : 'expression';
}

/** The names of the variables in a text, in order: what stands between `$(` and the next `)`, the innermost of nested ones. */
export function variablesIn(text: string): readonly string[] {
  return split(text).flatMap((piece) => (piece.variable === undefined ? [] : [piece.variable]));
}

/**
 * The text with every variable replaced, once: values are not looked into again. A text in which anything is left that looks
 * like a variable is deferred, for what Tekton makes of it in a later pass cannot be known, and it is never taken for a name.
 */
export function substitute(text: string, lookup: Lookup, budget: Budget): Text {
  if (!text.includes('$(')) return known(text);
  let variants: readonly string[][] = [[]];
  let byDefault = false;
  let size = 0;
  for (const piece of split(text)) {
    const value = piece.variable === undefined ? known(piece.text) : lookup(piece.variable);
    if (value === undefined) return deferredVariable(piece.variable ?? '');
    if (isDeferred(value)) return value;
    byDefault ||= value.byDefault;
    size += Math.max(...value.texts.map((one) => one.length)) * variants.length;
    if (value.texts.length * variants.length > MOST_VARIANTS) return { reason: 'expression', expression: keptText(text) };
    variants = value.texts.length === 1
      ? (variants.forEach((variant) => variant.push(value.texts[0] ?? '')), variants)
      : variants.flatMap((variant) => value.texts.map((one) => [...variant, one]));
  }
  // Each costs something, so that a matrix of matrices ends as well.
  if (!spend(budget, 32 + size)) return { reason: 'parameter', expression: keptText(text) };
  const texts = [...new Set(variants.map((variant) => variant.join('')))];
  const open = texts.find((one) => one.includes('$('));
  return open === undefined ? { texts, byDefault } : { reason: 'expression', expression: keptText(open) };
}

interface Piece {
  readonly text: string;
  readonly variable?: string;
}

/** Cuts a text at its variables. Linear: each `$(` and each `)` is looked for once. */
function split(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  let close = -1;
  for (let open = text.indexOf('$('); open >= 0;) {
    if (close < open) close = text.indexOf(')', open + 2);
    if (close < 0) break;
    const next = text.indexOf('$(', open + 2);
    if (next < 0 || next > close) {
      if (open > done) pieces.push({ text: text.slice(done, open) });
      pieces.push({ text: text.slice(open, close + 1), variable: text.slice(open + 2, close) });
      done = close + 1;
    }
    open = next;
  }
  if (done < text.length) pieces.push({ text: text.slice(done) });
  return pieces;
}
