/** A Namespace object, read as its name and labels. */
import { isObject, ownTexts } from '../../text/json/fields.ts';

/** Labels of a namespace. */
export type Labels = Readonly<Record<string, string>>;

/** Reads name and labels of a Namespace object; `undefined` when it is none. Values that are no text are left out. */
export function readNamespace(object: unknown): { readonly name: string; readonly labels: Labels } | undefined {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  if (!isObject(metadata) || typeof metadata['name'] !== 'string') return undefined;
  return { name: metadata['name'], labels: ownTexts(metadata, 'labels') };
}
