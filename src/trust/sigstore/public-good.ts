/** The public-good Sigstore instance as it is packaged, and where its newer roots come from. */
import type { SigstoreRoot, TufRootSpec } from '../../domain/policy/trust-root.ts';
import { hashJson } from '../../text/json/hash.ts';
import tufRoot from './public-good.tuf_root.json' with { type: 'json' };
import trustedRoot from './public-good.trusted_root.json' with { type: 'json' };

/** The day on which the packaged copies were taken, epoch milliseconds: nothing older replaces them. */
export const PUBLIC_GOOD_AT = Date.UTC(2026, 10, 21);

/**
 * The TUF repository of the public-good instance, with the packaged root pinned. Without end: the packaged content is always there
 * to fall back to.
 */
export const publicGoodTuf: TufRootSpec = {
  mirror: 'https://tuf-repo-cdn.sigstore.dev',
  targets: 'https://tuf-repo-cdn.sigstore.dev/targets',
  root: tufRoot,
  target: 'trusted_root.json',
  refresh: 6 * 3_600_000,
  maxStale: Number.POSITIVE_INFINITY,
};

const REQUIRE = { transparencyLog: 1, sct: 1, timestamps: 0 } as const;

/** Content of the packaged public-good `trusted_root.json`; where it comes from is noted in `public-good.SOURCE.md`. */
export const publicGoodContent: unknown = trustedRoot;

/** The built-in trust root `sigstore-public-good`: one log entry and one SCT, a trusted time from either source. */
export function publicGoodRoot(): SigstoreRoot {
  const id = hashJson({ trustedRoot, require: REQUIRE });
  return { kind: 'sigstore', name: 'sigstore-public-good', id, trustedRoot, require: REQUIRE, secondOpinion: 'report' };
}
