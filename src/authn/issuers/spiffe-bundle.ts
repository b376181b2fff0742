/** A SPIFFE trust bundle: the keys of one trust domain, which the document itself does not name. */
import { own } from '../../text/json/fields.ts';
import { readKeySet } from '../tokens/key-set.ts';
import type { KeySet } from '../tokens/key-set.ts';

/** A bundle as it is in force. */
export interface TrustBundle {
  /** Empty: the trust domain has revoked everything. */
  readonly keys: KeySet;
  /** `spiffe_sequence`: rises whenever the bundle changes; absent where it is not told. */
  readonly sequence?: number;
  /** Milliseconds after which the bundle should be looked at again; absent: the publisher says nothing. */
  readonly refreshMs?: number;
}

const HINT = { leastSeconds: 10, mostSeconds: 86_400 };

/** Reads a bundle (SPIFFE Trust Domain and Bundle §4). Throws an Error for what is none. */
export function readTrustBundle(document: unknown): TrustBundle {
  const keys = readKeySet(document, 'jwt-svid');
  const sequence = numberOf(document, 'spiffe_sequence', 0);
  const hint = numberOf(document, 'spiffe_refresh_hint', undefined);
  return {
    keys,
    ...(sequence === undefined ? {} : { sequence }),
    ...(hint === undefined ? {} : { refreshMs: Math.min(Math.max(hint, HINT.leastSeconds), HINT.mostSeconds) * 1000 }),
  };
}

/** Throws when a bundle is older than the one in force: a copy from before would bring keys back that were revoked. */
export function refuseOlder(bundle: TrustBundle, inForce: TrustBundle | undefined): void {
  if (bundle.sequence !== undefined && inForce?.sequence !== undefined && bundle.sequence < inForce.sequence)
    throw new Error(`expected spiffe_sequence ${inForce.sequence} or later, found ${bundle.sequence}`);
}

/** A whole number that is not negative; one that is written and is none is an error, but for a hint, which then is none. */
function numberOf(document: unknown, name: string, least: number | undefined): number | undefined {
  const value = own(document, name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  if (least === undefined) return undefined;
  throw new Error(`expected ${name} as a whole number`);
}
