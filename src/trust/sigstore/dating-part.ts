/** Logs and timestamp authorities without certificate authorities: what dates signatures under roots of other kinds. */
import type { CompiledTrust } from '../compiled-trust.ts';
import { compileTrustedRoot } from './trusted-root.ts';

/** Nothing is demanded of what dates: whoever asks says what it takes. */
const NOTHING = { transparencyLog: 0, sct: 0, timestamps: 0 };

/** The parts of a root that date signatures. `content` is a `trusted_root.json`, or nothing. Throws an `Error` when it is not valid. */
export function compileDating(name: string, content: unknown): Pick<CompiledTrust, 'logs' | 'timestampAuthorities'> {
  if (content === undefined) return {};
  const { logs, timestampAuthorities } =
    compileTrustedRoot({ kind: 'sigstore', name, id: '', trustedRoot: content, require: NOTHING, secondOpinion: 'off' });
  return { logs, timestampAuthorities };
}
