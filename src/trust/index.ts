/** The trust room as other rooms see it, and its answers to the policy compiler. */
import type { TrustReader } from '../domain/ports.ts';
import { hashJson } from '../text/json/hash.ts';
import { anchorWindows, readAnchors } from './anchors.ts';
import { publicGoodContent } from './sigstore/public-good.ts';
import { plainTrust } from './sigstore/plain-lists.ts';
import { readPublicKey } from '../pki/public-key.ts';
import { readOpenPgp } from './open-pgp.ts';
import { readSecurityKey } from './security-key.ts';
import { readPinnedRoot } from '../tuf/index.ts';
import { checkTrustedRoot } from './sigstore/trusted-root.ts';
import { readX509Bundle } from './spiffe/bundle.ts';
import { readNotationStore } from './notation/store.ts';
import { authorityWindows } from './sigstore/windows.ts';

export type {
  CompiledAuthority,
  CompiledCtLog,
  CompiledLog,
  CompiledRoot,
  CompiledTimestampAuthority,
  CompiledTrust,
  DatingTrust,
  Window,
} from './compiled-trust.ts';
export { covers } from './compiled-trust.ts';
export type { CompiledKinds, CompiledOf } from './compile.ts';
export { compileTrust } from './compile.ts';
export type { CompiledX509 } from './x509/compile.ts';
export type { CompiledSpiffe } from './spiffe/compile.ts';
export type { CompiledNotation } from './notation/compile.ts';
export { hashJson } from '../text/json/hash.ts';
export { PUBLIC_GOOD_AT, publicGoodRoot, publicGoodTuf } from './sigstore/public-good.ts';
export { readPublicKey } from '../pki/public-key.ts';
export { checkTrustedRoot, compileTrustedRoot } from './sigstore/trusted-root.ts';
export { createTufRootSource } from './sigstore/root-source.ts';
export { createBundleSource } from './spiffe/bundle-source.ts';
export type { BundlePorts, EndpointServer } from './spiffe/bundle-source.ts';

/**
 * The trust room behind the port that the policy compiler sees. Pure: no I/O, no clock. It knows nothing of what TUF
 * repositories and trust domains publish; a server puts its follower in the place of `tufRoot`, `spiffeBundle` and `publicGood`.
 */
export function createTrustReader(): TrustReader {
  return {
    key: readPublicKey,
    openPgp: readOpenPgp,
    securityKey: readSecurityKey,
    trustedRoot: checkTrustedRoot,
    windows: authorityWindows,
    hash: hashJson,
    publicGood: publicGoodContent,
    plainTrust,
    anchors: readAnchors,
    anchorWindows,
    notationStore: readNotationStore,
    pinnedRoot(json) {
      const reading = readPinnedRoot(json);
      return reading.ok ? undefined : reading.problem;
    },
    tufRoot: () => ({ usable: false, cause: 'its TUF repository has not been asked', unasked: true }),
    bundle: readX509Bundle,
    spiffeBundle: () => ({ usable: false, cause: 'nobody has read its bundle', unasked: true }),
  };
}
