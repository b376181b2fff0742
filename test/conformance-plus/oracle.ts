import { bundleFromJSON, ValidationError } from '@sigstore/bundle';
import { PublicKey, TrustedRoot } from '@sigstore/protobuf-specs';
import { PolicyError, toSignedEntity, toTrustMaterial, VerificationError, Verifier } from '@sigstore/verify';
import type { VerificationPolicy, VerifierOptions } from '@sigstore/verify';
import { base64 } from '../world/encode.ts';
import { keyDetails } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';

/** What a caller of @sigstore/verify hands over: bundle, trusted root, keys, thresholds and the identity expected. */
export interface OracleQuestion {
  readonly bundle: Uint8Array;
  readonly root: Record<string, unknown>;
  readonly artifact?: Uint8Array;
  /** Trusted keys by hint, with the end of their validity. */
  readonly key?: { readonly key: SigningKey; readonly hint: string; readonly end?: number };
  readonly thresholds?: VerifierOptions;
  readonly policy?: VerificationPolicy;
}

/** `accepts`, `refuses`, or `throws …` with the name of an error that is not one the library documents. */
export function askOracle(question: OracleQuestion | undefined): string {
  if (question === undefined) return 'not asked';
  try {
    const bundle = bundleFromJSON(JSON.parse(Buffer.from(question.bundle).toString('utf8')));
    const trust = toTrustMaterial(TrustedRoot.fromJSON(question.root), keysOf(question));
    const entity = toSignedEntity(bundle, question.artifact && Buffer.from(question.artifact));
    new Verifier(trust, question.thresholds).verify(entity, question.policy);
    return 'accepts';
  } catch (error) {
    const own = error instanceof VerificationError || error instanceof PolicyError || error instanceof ValidationError;
    return own ? 'refuses' : `throws ${error instanceof Error ? error.constructor.name : typeof error}`;
  }
}

function keysOf({ key }: OracleQuestion): Record<string, PublicKey> | undefined {
  if (key === undefined) return undefined;
  const validFor = { start: '2000-01-01T00:00:00Z', ...(key.end === undefined ? {} : { end: new Date(key.end).toISOString() }) };
  return { [key.hint]: PublicKey.fromJSON({ rawBytes: base64(key.key.spki), keyDetails: keyDetails(key.key), validFor }) };
}
