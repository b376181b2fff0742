/** Distinguished names as people read them. */
import { ATTRIBUTE_TYPES } from '../text/names/distinguished-name.ts';
import type { DerNode } from './der.ts';
import { children, Malformed, readDer, readOid, sequence, TAG } from './der.ts';
import { textOf } from './distinguished-name.ts';

/**
 * A distinguished name as text for messages: `O=sigstore.dev, CN=sigstore-tsa`, `(no name)` when it is empty.
 *
 * For people only. Names are compared as DER, never as this text.
 */
export function nameText(name: Uint8Array): string {
  try {
    const attributes = sequence(readDer(name)).flatMap((set) => children(set)).map(attributeText);
    return attributes.length === 0 ? '(no name)' : attributes.join(', ');
  } catch (error) {
    if (error instanceof Malformed) return '(unreadable name)';
    throw error;
  }
}

function attributeText(node: DerNode): string {
  const [type, value] = sequence(node);
  const oid = readOid(type);
  return `${ATTRIBUTE_TYPES.get(oid) ?? oid}=${value === undefined ? '' : shownOf(value)}`;
}

/** What cannot be compared is shown all the same. */
function shownOf(value: DerNode): string {
  try {
    return textOf(value);
  } catch (error) {
    if (error instanceof Malformed) return Buffer.from(value.content).toString(value.tag === TAG.utf8 ? 'utf8' : 'latin1');
    throw error;
  }
}
