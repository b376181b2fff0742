/** What every SPIFFE bundle says of itself, whatever keys are in it: which of its trust domain's bundles it is, and when to look again. */
import { own } from '../json/fields.ts';

/** The members of a bundle beside its keys. */
export interface BundleTimes {
  /** `spiffe_sequence`: rises whenever the bundle changes; absent where it is not told. */
  readonly sequence?: number;
  /** Milliseconds after which the bundle should be looked at again, bounded; absent: the publisher says nothing. */
  readonly refreshMs?: number;
}

/** How often a bundle is looked at whose publisher says nothing of it, in milliseconds (SPIFFE Federation, 4.1). */
export const BUNDLE_REFRESH = 5 * 60_000;

const HINT = { leastSeconds: 10, mostSeconds: 86_400 };

/** Reads them (SPIFFE Trust Domain and Bundle, 4.1). Throws an Error for a sequence that is none; a hint that is none is passed over. */
export function readBundleTimes(document: unknown): BundleTimes {
  const sequence = numberOf(own(document, 'spiffe_sequence'));
  const hint = numberOf(own(document, 'spiffe_refresh_hint'));
  if (sequence === 'none') throw new Error('expected spiffe_sequence as a whole number');
  return {
    ...(sequence === undefined ? {} : { sequence }),
    ...(hint === undefined || hint === 'none' ? {} : { refreshMs: Math.min(Math.max(hint, HINT.leastSeconds), HINT.mostSeconds) * 1000 }),
  };
}

/** Throws when a bundle is older than the one in force: a copy from before would bring keys back that were revoked. */
function refuseOlder(bundle: BundleTimes, inForce: BundleTimes | undefined): void {
  if (bundle.sequence !== undefined && inForce?.sequence !== undefined && bundle.sequence < inForce.sequence)
    throw new Error(`expected spiffe_sequence ${inForce.sequence} or later, found ${bundle.sequence}`);
}

/** The bundle as it comes into force after another: not an older one, and one without a number does not forget the last one. Throws. */
export function following<B extends BundleTimes>(bundle: B, inForce: BundleTimes | undefined): B {
  refuseOlder(bundle, inForce);
  return bundle.sequence !== undefined || inForce?.sequence === undefined ? bundle : { ...bundle, sequence: inForce.sequence };
}

function numberOf(value: unknown): number | 'none' | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 'none';
}
