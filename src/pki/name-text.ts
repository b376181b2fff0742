/** Distinguished names as people read them. */
import type { DerNode } from './der.ts';
import { children, Malformed, readDer, readOid, sequence, TAG } from './der.ts';

const SHORT_NAMES = new Map([
  ['2.5.4.3', 'CN'], ['2.5.4.6', 'C'], ['2.5.4.7', 'L'], ['2.5.4.8', 'ST'], ['2.5.4.10', 'O'], ['2.5.4.11', 'OU'],
]);

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
  const encoding = value?.tag === TAG.utf8 ? 'utf8' : 'latin1';
  return `${SHORT_NAMES.get(oid) ?? oid}=${Buffer.from(value?.content ?? []).toString(encoding)}`;
}
