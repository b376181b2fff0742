/** Trust roots that date no signature: under them nothing has a provable age. */
import type { TrustRoot } from '../../../domain/policy/trust-root.ts';
import { listed } from '../../trust-root/sigstore/numbers.ts';

/** Names of the roots with authorities of one's own that list nobody who tells a time. */
export function undatedRoots(roots: readonly TrustRoot[]): ReadonlySet<string> {
  return new Set(roots.filter(datesNothing).map(({ name }) => name));
}

function datesNothing(root: TrustRoot): boolean {
  switch (root.kind) {
    case 'sigstore':
      return false;
    case 'notation':
      return root.tsa.length === 0 && root.signingAuthority.length === 0;
    case 'x509':
    case 'spiffe': {
      const { transparencyLog, timestamps } = root.dating === undefined ? NOTHING : listed(root.dating);
      return transparencyLog + timestamps === 0;
    }
  }
}

const NOTHING = { transparencyLog: 0, timestamps: 0 };
