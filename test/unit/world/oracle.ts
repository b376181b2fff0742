import { bundleFromJSON } from '@sigstore/bundle';
import { PublicKey, TrustedRoot } from '@sigstore/protobuf-specs';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';
import type { VerifierOptions } from '@sigstore/verify';
import { base64 } from '../../world/encode.ts';
import { keyDetails } from '../../world/keys.ts';
import type { SigningKey } from '../../world/keys.ts';

/** What the oracle is told besides the bundle. */
export interface OracleInput {
  readonly root: Record<string, unknown>;
  readonly artifact?: Uint8Array;
  readonly key?: SigningKey;
  readonly thresholds?: VerifierOptions;
}

/** Asks @sigstore/verify, the independent implementation: `accepted`, or the error's code and message. */
export function ask(bundle: Uint8Array, input: OracleInput): string {
  try {
    const parsed = bundleFromJSON(JSON.parse(Buffer.from(bundle).toString('utf8')));
    const keys = input.key && { [input.key.hint]: PublicKey.fromJSON({ rawBytes: base64(input.key.spki), keyDetails: keyDetails(input.key), validFor: { start: '2000-01-01T00:00:00Z' } }) };
    const trust = toTrustMaterial(TrustedRoot.fromJSON(input.root), keys);
    new Verifier(trust, input.thresholds).verify(toSignedEntity(parsed, input.artifact && Buffer.from(input.artifact)));
    return 'accepted';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code ?? 'ERROR'}: ${message}`;
  }
}

/** Thresholds for keys without log and time. */
export const KEY_ONLY: VerifierOptions = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
