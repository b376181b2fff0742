/** The core that decides: a signature by certificate or key is proven, or refused with its reason. */
import type { ProvenSigner } from '../../domain/policy/identity.ts';
import type { TrustedKey } from '../../domain/evidence.ts';
import type { CompiledRoot, DatingTrust } from '../../trust/index.ts';
import { settled } from '../provers/settled.ts';
import { requireHash, requireSignatureOf } from '../provers/signature.ts';
import type { DatingMaterial, SignedContent } from '../provers/signed.ts';
import { namedAuthorities, proveIssuer, requireValidity } from './chain.ts';
import type { Dating } from './dating.ts';
import { proveDating } from './dating.ts';
import { KeyCache } from './key-cache.ts';
import { provenCertificate, readLeaf } from './leaf.ts';
import { checkLimits } from './limits.ts';
import type { ProofResult } from '../proof.ts';
import { proveScts } from './sct.ts';
import { refuseLogs, refuseTimestamps, refuseUndated, unlistedPhrases } from './unlisted.ts';

/** Keys of policies that are kept ready; policies name far fewer. */
const READY_KEYS = 1_000;

/**
 * Proves a signature made with a certificate of a trust root (sigstore client-spec, 4).
 *
 * On success: the signature is the certificate's over the content; the certificate fits the code-signing profile,
 * was issued under the root and was valid at every proven time; enough distinct CT logs, transparency logs and
 * timestamp authorities of the root say so, and at least one of them tells a trusted time. Not established: that
 * anybody trusts this identity, and what the content says. Pure and synchronous; never throws.
 */
export function proveCertificate(
  content: SignedContent,
  certificateDer: Uint8Array,
  dating: DatingMaterial,
  root: CompiledRoot,
): ProofResult {
  return settled(() => {
    checkLimits(content, dating);
    const leaf = readLeaf(certificateDer);
    const authorities = namedAuthorities(leaf, root);
    const issuer = proveIssuer(leaf, authorities, root);
    requireSignatureOf(content, leaf.certificate.key, 'own');
    const proven = proveDating(dating, { content, verifier: { kind: 'certificate', der: certificateDer } }, root);
    requireEnough(proven, root);
    requireValidity(leaf, issuer, authorities, proven.times);
    proveScts(leaf.certificate, issuer, root);
    return { ok: true, signer: provenCertificate(leaf, issuer, root.name), times: proven.times, logEntries: proven.logEntries };
  });
}

/** Proves a signature made with a key that a policy trusts; synchronous, never throws. */
export type ProveKey = (
  content: SignedContent,
  key: TrustedKey,
  dating: DatingMaterial,
  root: DatingTrust | undefined,
) => ProofResult;

/**
 * Makes a prover of signatures by keys, with a memory of keys made ready: all it has between two calls, and nothing that
 * a result depends on.
 *
 * With a root, of whatever kind, all dating material that it knows must verify under it and be about this key; times and log
 * entries are then reported, and what it does not list as such. Without one, dating material is not looked at and nothing dates
 * the signature. How much of it a policy demands is judged in `evaluate/`.
 */
export function createKeyProver(): ProveKey {
  const keys = new KeyCache(READY_KEYS);
  return (content, key, dating, root) =>
    settled(() => {
      checkLimits(content, dating);
      const { key: keyObject, spki, keyId } = keys.get(key.pem);
      requireHash(content, keyObject, key);
      const signer: ProvenSigner = { kind: 'key', keyId, ...(key.hashAlgorithm === undefined ? {} : { hashAlgorithm: key.hashAlgorithm }) };
      if (root === undefined) return { ok: true, signer, times: [], logEntries: [] };
      const { times, logEntries, unlisted } = proveDating(dating, { content, verifier: { kind: 'key', der: spki } }, root);
      const proven = times.length + logEntries.length > 0;
      const extras = unlistedPhrases(unlisted);
      // Policies compare this name with the root they trust: without it no time and no entry counts.
      const named = proven ? { ...signer, trustRoot: root.name } : signer;
      return { ok: true, signer: named, times, logEntries, ...(extras === undefined ? {} : { unlisted: extras }) };
    });
}

/** What is missing is told with what came along and does not count; without that, by the number alone. */
function requireEnough({ times, distinct, unlisted }: Dating, root: CompiledRoot): void {
  const { transparencyLog, transparencyLogOperators: operators = 0, timestamps } = root.require;
  if (distinct.logs < transparencyLog) {
    const found = distinct.logs === 0 ? 'no entry of a log that the trust root lists' : `entries of ${distinct.logs} distinct logs`;
    refuseLogs(unlisted, { code: 'VERIFY_LOG_MISSING', found, expected: `entries of at least ${transparencyLog} that trust root ${root.name} lists` }, root);
  }
  if (distinct.operators < operators) {
    const found = `entries of logs of ${distinct.operators} named operators`;
    refuseLogs(unlisted, { code: 'VERIFY_LOG_MISSING', found, expected: `entries of logs of at least ${operators} that trust root ${root.name} names` }, root);
  }
  if (distinct.timestamps < timestamps) {
    const found = distinct.timestamps === 0 ? 'no timestamp of an authority that the trust root lists' : `timestamps of ${distinct.timestamps} distinct authorities`;
    refuseTimestamps(unlisted, { code: 'VERIFY_TIMESTAMP', found, expected: `timestamps of at least ${timestamps} that trust root ${root.name} lists` }, root);
  }
  if (times.length === 0) {
    const expected = 'a log entry with a signed entry timestamp, or an RFC 3161 timestamp';
    const found = distinct.logs === 0 ? 'no time that counts' : 'a log entry that tells no time by itself';
    refuseUndated(unlisted, { code: 'VERIFY_TIME_MISSING', found, expected }, root);
  }
}
