/** The real core joined with the job runner: cryptography, provers of all kinds, and the second opinion. */
import { equal, parseCertificate } from '../pki/certificate.ts';
import { createJobRunner } from './job.ts';
import type { ProofCore } from './proof.ts';
import { createProvers } from './provers/index.ts';
import type { ReadyRoot } from './provers/index.ts';
import { identityText, readIdentity } from './sigstore/identity.ts';
import { createSecondOpinion } from './second-opinion/index.ts';
import type { AskOpinion } from './second-opinion/index.ts';
import { createKeyProver } from './sigstore/prove.ts';

/** Makes the provers of all kinds of trust roots behind the interface that the formats use, with a memory of their own for keys. */
export function createProofCore(ask: AskOpinion = createSecondOpinion()): ProofCore<ReadyRoot> {
  const proveKey = createKeyProver();
  return {
    proveCertificate: (content, certificateDer, dating, root) => root.proveCertificate(content, certificateDer, dating),
    // Without a root nothing dates the signature: that a key made it is the same question under every kind.
    proveKey: (content, key, dating, root) =>
      root === undefined ? proveKey(content, key, dating, undefined) : root.proveKey(content, key, dating),
    lists: (certificateDer, { trust }) =>
      [...(trust.authorities ?? []).flatMap(({ path }) => path), ...(trust.anchors ?? [])].some(({ der }) => equal(der, certificateDer)),
    secondOpinion: ({ bundle }, signer, root, { trust }) =>
      bundle === undefined || root.kind !== 'sigstore'
        ? { kind: 'none', why: 'it judges Sigstore bundles only' }
        : ask({ bundle, root, trust: { logs: new Map(), ctLogs: new Map(), timestampAuthorities: [], ...trust }, signer }),
    compileRoot: createProvers(proveKey),
    describeCertificate,
  };
}

/**
 * Verifies all evidence of a job in this thread; see {@link createJobRunner}. Keyless evidence costs about a
 * millisecond, so servers call it through `pool.ts`.
 */
export const runVerificationJob = createJobRunner(createProofCore());

function describeCertificate(der: Uint8Array): string | undefined {
  try {
    return identityText(readIdentity(parseCertificate(der)));
  } catch {
    // Only for a message: a certificate without a readable identity is described as just that.
    return undefined;
  }
}
