/** Lines of SSH whose key lives on a security key, as policies give them, in the form in which keys are trusted. */
import type { OneSortKeys } from '../domain/ports.ts';
import { pemOf } from '../pki/public-key.ts';
import { readSecurityKeyLine } from '../pki/ssh/public-key.ts';

/** Reads one line; `undefined` for text that is none. Never throws. */
export function readSecurityKey(text: string): OneSortKeys | undefined {
  const read = readSecurityKeyLine(text);
  if (read?.ok !== true) return read;
  const { keyId, spki, application } = read.key;
  return { ok: true, keys: [{ key: { keyId, pem: pemOf(Buffer.from(spki)), securityKey: application } }] };
}
