/** A Namespace object, read as its name and labels. */
import { isObject } from '../../text/json/fields.ts';

/** Labels of a namespace. */
export type Labels = Readonly<Record<string, string>>;

/** Reads name and labels of a Namespace object; `undefined` when it is none. Values that are no text are left out. */
export function readNamespace(object: unknown): { readonly name: string; readonly labels: Labels } | undefined {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  if (!isObject(metadata) || typeof metadata['name'] !== 'string') return undefined;
  const labels = isObject(metadata['labels']) ? metadata['labels'] : {};
  const entries = Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { name: metadata['name'], labels: Object.fromEntries(entries) };
}
