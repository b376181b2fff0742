/** What ends, in words: of whom, and which of them. */
import type { Expiry } from '../domain/policy/expiry.ts';

/** `key of release (sha256:…)`, `exception hurry`, `revocation-list http://…`; not escaped. */
export function endText({ kind, name, item }: Pick<Expiry, 'kind' | 'name' | 'item'>): string {
  return `${kind} ${ALONE.has(kind) ? '' : 'of '}${name}${item === '' ? '' : ` (${item})`}`;
}

/** Kinds that are not of anybody. */
const ALONE: ReadonlySet<Expiry['kind']> = new Set<Expiry['kind']>(['signer', 'exception', 'revocation-list']);
