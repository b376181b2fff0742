import { compileTrustedRoot } from '../trust/index.ts';
import type { CompiledRoot } from '../trust/index.ts';
import { parseCertificate } from '../pki/certificate.ts';
import { createJobRunner } from './job.ts';
import type { ProofCore } from './proof.ts';
import { identityText, readIdentity } from './sigstore/identity.ts';
import { createKeyProver, proveCertificate } from './sigstore/prove.ts';

/** Makes the Sigstore core of this room behind the interface that the formats use, with a memory of its own for keys. */
export function createSigstoreCore(): ProofCore<CompiledRoot> {
  return { proveCertificate, proveKey: createKeyProver(), compileRoot: compileTrustedRoot, describeCertificate };
}

/**
 * Verifies all evidence of a job in this thread; see {@link createJobRunner}. Keyless evidence costs about a
 * millisecond, so servers call it through `pool.ts`.
 */
export const runVerificationJob = createJobRunner(createSigstoreCore());

function describeCertificate(der: Uint8Array): string | undefined {
  try {
    return identityText(readIdentity(parseCertificate(der)));
  } catch {
    // Only for a message: a certificate without a readable identity is described as just that.
    return undefined;
  }
}
