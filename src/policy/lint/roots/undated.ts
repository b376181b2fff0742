/** Trust roots that date no signature: under them nothing has a provable age. */
import type { TrustRoot } from '../../../domain/policy/trust-root.ts';
import { datesNothing } from '../../trust-root/compile.ts';

/** Their names. */
export function undatedRoots(roots: readonly TrustRoot[]): ReadonlySet<string> {
  return new Set(roots.filter(datesNothing).map(({ name }) => name));
}
