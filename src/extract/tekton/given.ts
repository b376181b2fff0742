/** Parameters that whoever asks sets, with values put in where they are known. */
import type { GivenParameter } from '../../domain/build/build-request.ts';
import { addText } from './book.ts';
import type { Book } from './book.ts';
import { evaluate, literal, textsOfRaw } from './parameters/value.ts';
import type { RawParameter, Scope, Value } from './parameters/value.ts';
import { isDeferred } from './parameters/variables.ts';
import type { Text } from './parameters/variables.ts';

/** Writes down the parameters of a run, or of a task in a pipeline that stands in it. What is not known yet is told as written. */
export function addGiven(parameters: readonly RawParameter[], scope: Scope, book: Book): void {
  for (const { name, raw, path } of parameters) {
    const written = textsOfRaw(raw);
    if (book.budget.overrun || raw === undefined || !written.some((text) => text.includes('$('))) {
      book.parameters.push({ name, values: written, ...membersOf(raw instanceof Map ? literal(raw) : undefined), path });
      continue;
    }
    const value = evaluate(raw, scope, book.budget);
    book.parameters.push({ name, values: valuesOf(value, written), ...membersOf(value), path });
  }
}

function membersOf(value: Value | undefined): Pick<GivenParameter, 'members'> {
  if (value?.kind !== 'object') return {};
  return { members: [...value.members].map(([name, text]) => ({ name, values: isDeferred(text) ? [text.expression] : text.texts })) };
}

/** Items of a list that are texts of their own. */
const MOST_APART = 64;

/** Writes down the texts of parameters. */
export function addValueTexts(parameters: readonly RawParameter[], member: 'value' | 'default', book: Book): void {
  for (const { raw, path } of parameters) {
    const texts = textsOfRaw(raw);
    // Thousands of items are one text, line by line.
    for (const text of texts.length > MOST_APART ? [texts.join('\n')] : texts) addText(book, text, `${path}.${member}`);
  }
}

function valuesOf(value: Value, written: readonly string[]): readonly string[] {
  if (value.kind === 'unknown') return written;
  const texts: readonly Text[] = value.kind === 'text' ? [value.text] : value.kind === 'list' ? value.items : [...value.members.values()];
  // Written and evaluated lists have the same length unless one was put into the other, which then is known as a whole.
  return texts.flatMap((text, index) => (isDeferred(text) ? [written[index] ?? text.expression] : text.texts));
}
