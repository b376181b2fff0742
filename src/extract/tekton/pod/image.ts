/** Image places: each is written down with all that it can become, or with the reason why that is not known yet. */
import type { BuildImage, ImageState } from '../../../domain/build/image.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { Book } from '../book.ts';
import type { Scope } from '../parameters/value.ts';
import { isDeferred, substitute } from '../parameters/variables.ts';

/** Writes down an image; `scopes` has one for each combination of a matrix. */
export function addImage(image: Omit<BuildImage, 'state'>, scopes: readonly Scope[], book: Book): void {
  book.images.push({ ...image, state: stateOf(image.raw, scopes, book) });
}

/** An image that Tekton puts no values into: what looks like a variable stays one, and is no name. */
export function addPlainImage(image: Omit<BuildImage, 'state'>, book: Book): void {
  const { raw } = image;
  const state: ImageState = raw.includes('$(') ? { state: 'deferred', reason: 'expression', expression: keptText(raw) }
    : { state: 'resolved', values: [raw] };
  book.images.push({ ...image, state });
}

function stateOf(raw: string, scopes: readonly Scope[], book: Book): ImageState {
  if (!raw.includes('$(')) return { state: 'resolved', values: [raw] };
  const values = new Set<string>();
  let byDefault = false;
  for (const scope of scopes) {
    const text = substitute(raw, scope.find, book.budget);
    if (isDeferred(text)) return { state: 'deferred', reason: text.reason, expression: text.expression };
    for (const one of text.texts) values.add(one);
    byDefault ||= text.byDefault;
  }
  return { state: 'resolved', values: [...values], ...(byDefault ? { byDefault: true } : {}) };
}
