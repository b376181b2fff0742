/** What ends, in words: of whom, and which of them. */
import type { Expiry } from '../domain/policy/expiry.ts';

/** `key of release (sha256:…)`, `exception hurry`; not escaped. */
export function endText({ kind, name, item }: Pick<Expiry, 'kind' | 'name' | 'item'>): string {
  return `${kind} ${kind === 'signer' || kind === 'exception' ? '' : 'of '}${name}${item === '' ? '' : ` (${item})`}`;
}
