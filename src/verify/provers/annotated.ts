/** What lies beside a layer is tried both ways, by certificate and by key, since anybody may have added the certificate. */
import type { TrustMaterial } from '../../domain/evidence.ts';
import type { ProofTools, Signed } from '../proof.ts';
import { proveByCertificate } from './certificate.ts';
import { proveByKeys } from './keys.ts';
import type { Attempt, Further } from './keys.ts';

/** A signature beside which a layer's annotations may name a certificate. */
export interface AnnotatedSignature extends Signed {
  readonly hint: string;
  readonly certificateDer: Uint8Array | undefined;
  /** See {@link proveByKeys}; default: everything may be tried. */
  readonly further?: Further;
}

/**
 * Proves a legacy cosign signature by its certificate or, failing that, by the trusted keys: `cosign sign --key`
 * may attach a certificate too, and a certificate that somebody added to the unsigned annotations must not
 * hide a good signature by key.
 */
export function proveAnnotated(signature: AnnotatedSignature, trust: TrustMaterial, tools: ProofTools): Attempt {
  const { further } = signature;
  if (signature.certificateDer === undefined) return proveByKeys(signature, signature.hint, trust, tools, further);
  const keyless = proveByCertificate(signature, signature.certificateDer, trust, tools);
  if (keyless.proven.length > 0 || keyless.partial || trust.keys.length === 0) return keyless;
  const keyed = proveByKeys(signature, signature.hint, trust, tools, further);
  return keyed.proven.length > 0 ? keyed : { ...keyless, partial: keyed.partial };
}
