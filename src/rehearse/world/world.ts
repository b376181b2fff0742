/** A whole Sigstore deployment that exists nowhere else: whoever trusts it trusts nothing real. */
import { makeCa } from './ca.ts';
import type { CertificateAuthority } from './ca.ts';
import { makeCtLog } from './log/ct-log.ts';
import type { CtLog } from './log/ct-log.ts';
import { makeKey } from './keys.ts';
import type { KeyType, SigningKey } from './keys.ts';
import type { TransparencyLog } from './log/log-entry.ts';
import { makeRekor } from './log/rekor.ts';
import { makeRekor2 } from './log/rekor2.ts';
import { trustedRootOf } from './trusted-root.ts';
import type { TrustedParts, TrustedRootOptions } from './trusted-root.ts';
import { makeTsa } from './tsa.ts';
import type { TimestampAuthority } from './tsa.ts';

/** A whole Sigstore deployment: everything that signs, logs and dates. */
export interface World extends TrustedParts {
  /** A fresh key pair; default P-256. */
  key(type?: KeyType): SigningKey;
  /** Content of `trusted_root.json` (media type version 0.1) for everything in this world. */
  trustedRoot(options?: TrustedRootOptions): Record<string, unknown>;
}

/** Parts that replace those a world would make on its own. */
export interface WorldOptions {
  readonly now: number;
  readonly ca?: CertificateAuthority;
  readonly ctLog?: CtLog;
  readonly rekor?: TransparencyLog;
  readonly rekor2?: TransparencyLog;
  readonly tsa?: TimestampAuthority;
}

/** Makes a world. Two worlds share nothing: evidence of one is untrusted in the other. */
export function createWorld(options: WorldOptions): World {
  const { now } = options;
  const parts = {
    now,
    ca: options.ca ?? makeCa({ now }),
    ctLog: options.ctLog ?? makeCtLog(),
    rekor: options.rekor ?? makeRekor(),
    rekor2: options.rekor2 ?? makeRekor2(),
    tsa: options.tsa ?? makeTsa({ now }),
  };
  return { ...parts, key: makeKey, trustedRoot: (rootOptions) => trustedRootOf(parts, rootOptions) };
}
