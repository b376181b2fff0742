import type { TrustReader } from '../domain/ports.ts';
import { hashJson } from './canonical.ts';
import { publicGoodContent } from './public-good.ts';
import { readPublicKey } from './public-key.ts';
import { checkTrustedRoot } from './trusted-root.ts';
import { authorityWindows } from './windows.ts';

export type { CompiledAuthority, CompiledCtLog, CompiledLog, CompiledRoot, CompiledTimestampAuthority, Window } from './compiled-root.ts';
export { hashJson } from './canonical.ts';
export { publicGoodRoot } from './public-good.ts';
export { readPublicKey } from './public-key.ts';
export { checkTrustedRoot, compileTrustedRoot } from './trusted-root.ts';

/** The trust room behind the port that the policy compiler sees. Pure: no I/O, no clock. */
export function createTrustReader(): TrustReader {
  return { key: readPublicKey, trustedRoot: checkTrustedRoot, windows: authorityWindows, hash: hashJson, publicGood: publicGoodContent };
}
