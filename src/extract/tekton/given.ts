/** Parameters that whoever asks sets, with values put in where they are known. */
import { addText } from './book.ts';
import type { Book } from './book.ts';
import { evaluate, textsOfRaw } from './parameters/value.ts';
import type { RawParameter, Scope, Value } from './parameters/value.ts';
import { isDeferred } from './parameters/variables.ts';
import type { Text } from './parameters/variables.ts';

/** Writes down the parameters of a run, or of a task in a pipeline that stands in it. What is not known yet is told as written. */
export function addGiven(parameters: readonly RawParameter[], scope: Scope, book: Book): void {
  for (const { name, raw, path } of parameters)
    book.parameters.push({ name, values: raw === undefined ? [] : valuesOf(evaluate(raw, scope, book.budget), textsOfRaw(raw)), path });
}

/** Writes down the texts of parameters. */
export function addValueTexts(parameters: readonly RawParameter[], member: 'value' | 'default', book: Book): void {
  for (const { raw, path } of parameters) for (const text of textsOfRaw(raw)) addText(book, text, `${path}.${member}`);
}

function valuesOf(value: Value, written: readonly string[]): readonly string[] {
  if (value.kind === 'unknown') return written;
  const texts: readonly Text[] = value.kind === 'text' ? [value.text] : value.kind === 'list' ? value.items : [...value.members.values()];
  // Written and evaluated lists have the same length unless one was put into the other, which then is known as a whole.
  return texts.flatMap((text, index) => (isDeferred(text) ? [written[index] ?? text.expression] : text.texts));
}
