/** Placeholders in texts (`{{inputs.parameters.x}}`): what they are known to come to, or why they are not known. */
import type { DeferredReason } from '../../../domain/build/image.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import { MAX_RAW } from '../limits.ts';

/** What a text comes to: known, or not known before the run is on its way. */
export type Value =
  | { readonly known: true; readonly text: string }
  | { readonly known: false; readonly reason: DeferredReason; readonly expression: string }
  /** More text than is put together. */
  | { readonly known: false; readonly reason: 'limit'; readonly expression: string };

/** What a placeholder stands for, by what is written between the braces; `undefined` where nothing is known of it. */
export type Lookup = (tag: string) => Value | undefined;

/** A text that is known. */
export function known(text: string): Value {
  return { known: true, text };
}

/** A value that is not known yet. */
export function deferred(reason: DeferredReason, expression: string): Value {
  return { known: false, reason, expression: keptText(expression) };
}

/** What stands between the braces of every placeholder in a text, as Argo trims it; `=…` for an expression. Linear. */
export function tagsIn(text: string): readonly string[] {
  const tags: string[] = [];
  forEachPart(text, () => undefined, (tag) => tags.push(tag));
  return tags;
}

/**
 * A text with its placeholders replaced once, as Argo does it; the first that is not known decides. What comes out of placeholders is
 * at most `most` characters long; a text without any is what it is.
 */
export function evaluate(text: string, lookup: Lookup, most: number): Value {
  if (!text.includes('{{')) return known(text);
  if (text.length > Math.max(most, MAX_RAW)) return tooLong(text);
  let result = '';
  let open: Value | undefined;
  forEachPart(
    text,
    (literal) => {
      if (result.length <= most) result += literal;
    },
    (tag) => {
      if (open !== undefined) return;
      const value = /^=|\{\{/.test(tag) ? deferred('expression', `{{${tag}}}`) : (lookup(tag) ?? deferred(reasonOf(tag), `{{${tag}}}`));
      if (!value.known) open = value;
      else if (result.length <= most) result += value.text;
    },
  );
  if (open !== undefined) return open;
  if (result.length > most) return tooLong(text);
  // A placeholder that comes out of values would be replaced by a later pass, or not at all.
  return result.includes('{{') && result.includes('}}') ? deferred('expression', text) : known(result);
}

function tooLong(text: string): Value {
  return { known: false, reason: 'limit', expression: keptText(text) };
}

/** Why a placeholder is not known, by what it speaks of. */
function reasonOf(tag: string): DeferredReason {
  if (/^(?:steps|tasks|workflow\.outputs|outputs)\./.test(tag)) return 'result';
  return /^(?:inputs|workflow)\.parameters\./.test(tag) ? 'parameter' : 'expression';
}

function forEachPart(text: string, literal: (part: string) => void, tag: (part: string) => void): void {
  let from = 0;
  for (;;) {
    const open = text.indexOf('{{', from);
    const close = open < 0 ? -1 : text.indexOf('}}', open + 2);
    if (close < 0) return literal(text.slice(from));
    literal(text.slice(from, open));
    tag(text.slice(open + 2, close).trim());
    from = close + 2;
  }
}
