import type { TrustReader } from '../domain/ports.ts';
import { hashJson } from './canonical.ts';
import { publicGoodContent } from './public-good.ts';
import { plainTrust } from './plain-lists.ts';
import { readPublicKey } from './public-key.ts';
import { readPinnedRoot } from './tuf/index.ts';
import { checkTrustedRoot } from './trusted-root.ts';
import { authorityWindows } from './windows.ts';

export type { CompiledAuthority, CompiledCtLog, CompiledLog, CompiledRoot, CompiledTimestampAuthority, Window } from './compiled-root.ts';
export { hashJson } from './canonical.ts';
export { PUBLIC_GOOD_AT, publicGoodRoot, publicGoodTuf } from './public-good.ts';
export { readPublicKey } from './public-key.ts';
export { checkTrustedRoot, compileTrustedRoot } from './trusted-root.ts';
export { createTufRootSource } from './tuf/index.ts';

/**
 * The trust room behind the port that the policy compiler sees. Pure: no I/O, no clock. It knows nothing of what TUF
 * repositories publish; a server puts its follower in the place of `tufRoot` and `publicGood`.
 */
export function createTrustReader(): TrustReader {
  return {
    key: readPublicKey,
    trustedRoot: checkTrustedRoot,
    windows: authorityWindows,
    hash: hashJson,
    publicGood: publicGoodContent,
    plainTrust,
    pinnedRoot(json) {
      const reading = readPinnedRoot(json);
      return reading.ok ? undefined : reading.problem;
    },
    tufRoot: () => ({ usable: false, cause: 'its TUF repository has not been asked' }),
  };
}
