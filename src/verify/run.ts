import { compileTrustedRoot } from '../trust/index.ts';
import type { CompiledRoot } from '../trust/index.ts';
import { parseCertificate } from '../pki/certificate.ts';
import { createJobRunner } from './job.ts';
import type { ProofCore } from './proof.ts';
import { identityText, readIdentity } from './sigstore/identity.ts';
import { proveCertificate, proveKey } from './sigstore/prove.ts';

/** The Sigstore core of this room behind the interface that the formats use. */
export const SIGSTORE_CORE: ProofCore<CompiledRoot> = { proveCertificate, proveKey, compileRoot: compileTrustedRoot, describeCertificate };

/**
 * Verifies all evidence of a job in this thread; see {@link createJobRunner}. Keyless evidence costs about a
 * millisecond, so servers call it through `pool.ts`.
 */
export const runVerificationJob = createJobRunner(SIGSTORE_CORE);

function describeCertificate(der: Uint8Array): string | undefined {
  try {
    return identityText(readIdentity(parseCertificate(der)));
  } catch {
    // Only for a message: a certificate without a readable identity is described as just that.
    return undefined;
  }
}
