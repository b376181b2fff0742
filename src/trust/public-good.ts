import type { SigstoreRoot } from '../domain/evidence.ts';
import { hashJson } from './canonical.ts';
import trustedRoot from './public-good.trusted_root.json' with { type: 'json' };

const REQUIRE = { transparencyLog: 1, sct: 1, timestamps: 0 } as const;

/** Content of the packaged public-good `trusted_root.json`; where it comes from is noted in `public-good.SOURCE.md`. */
export const publicGoodContent: unknown = trustedRoot;

/** The built-in trust root `sigstore-public-good`: one log entry and one SCT, a trusted time from either source. */
export function publicGoodRoot(): SigstoreRoot {
  return { name: 'sigstore-public-good', id: hashJson({ trustedRoot, require: REQUIRE }), trustedRoot, require: REQUIRE };
}
