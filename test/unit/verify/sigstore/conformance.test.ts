import { describe, expect, test } from 'vitest';
import { hasSharedData } from '../../../support/shared.ts';
import { conformanceCases, judge } from './cases.ts';

/** Why each invalid case must be refused; BUNDLE, IDENTITY and TRUST_ROOT are found before or after the core. */
const CODES: Record<string, string> = {
  'bundle-empty-certificate-chain_fail': 'BUNDLE',
  'bundle-from-wrong-instance_fail': 'VERIFY_CERTIFICATE_UNTRUSTED',
  'bundle-invalid-base64-signature_fail': 'BUNDLE',
  'bundle-malformed-json_fail': 'BUNDLE',
  'bundle-negative-log-index_fail': 'VERIFY_LOG_INVALID',
  'bundle-unknown-version_fail': 'BUNDLE',
  'bundle-with-root-cert_fail': 'BUNDLE',
  'checkpoint-bad-keyhint_fail': 'VERIFY_LOG_INVALID',
  'checkpoint-wrong-roothash_fail': 'VERIFY_LOG_INVALID',
  'dsse-invalid-sig_fail': 'VERIFY_SIGNATURE_INVALID',
  'dsse-mismatch-envelope_fail': 'VERIFY_LOG_MISMATCH',
  'dsse-mismatch-sig_fail': 'VERIFY_LOG_MISMATCH',
  'inclusion-proof-corrupted-hash_fail': 'VERIFY_LOG_INVALID',
  'incorrect-public-key_fail': 'VERIFY_LOG_INVALID',
  'integrated-time-in-future_fail': 'VERIFY_CERTIFICATE_EXPIRED',
  'intoto-expired-certificate_fail': 'VERIFY_CERTIFICATE_EXPIRED',
  'intoto-log-entry-mismatch_fail': 'VERIFY_LOG_MISMATCH',
  'intoto-missing-inclusion-proof_fail': 'BUNDLE',
  'intoto-set-outside-signing-cert-validity_fail': 'VERIFY_CERTIFICATE_EXPIRED',
  'intoto-tsa-timestamp-outside-cert-validity_fail': 'VERIFY_CERTIFICATE_EXPIRED',
  'invalid-checkpoint-signature_fail': 'VERIFY_LOG_INVALID',
  'invalid-ct-key_fail': 'VERIFY_SCT',
  'invalid-inclusion-proof_fail': 'VERIFY_LOG_INVALID',
  'managed-key-no-key_fail': 'VERIFY_SIGNER_UNTRUSTED',
  'managed-key-wrong-key_fail': 'VERIFY_SIGNER_UNTRUSTED',
  'message-digest-mismatch_fail': 'BUNDLE',
  'rekor2-checkpoint-missing-log-signature_fail': 'VERIFY_LOG_INVALID',
  'rekor2-checkpoint-missing-origin_fail': 'VERIFY_LOG_INVALID',
  'rekor2-checkpoint-missing-root-hash_fail': 'VERIFY_LOG_INVALID',
  'rekor2-checkpoint-missing-size_fail': 'VERIFY_LOG_INVALID',
  'rekor2-checkpoint-no-matching-signature_fail': 'VERIFY_LOG_INVALID',
  'rekor2-dsse-invalid-sig_fail': 'VERIFY_SIGNATURE_INVALID',
  'rekor2-dsse-mismatch-envelope_fail': 'VERIFY_LOG_MISMATCH',
  'rekor2-dsse-mismatch-sig_fail': 'VERIFY_LOG_MISMATCH',
  'rekor2-no-inclusion-proof_fail': 'BUNDLE',
  'rekor2-no-timestamp_fail': 'VERIFY_TIME_MISSING',
  'rekor2-timestamp-outside-trust-root-tsa-validity_fail': 'VERIFY_TIMESTAMP',
  'rekor2-timestamp-outside-tsa-cert-validity_fail': 'VERIFY_TIMESTAMP',
  'rekor2-timestamp-payload-mismatch_fail': 'VERIFY_TIMESTAMP',
  'rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail': 'VERIFY_TIMESTAMP',
  'rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail': 'VERIFY_TIMESTAMP',
  'rekor2-timestamp-with-incorrect-time_fail': 'BUNDLE',
  'set-invalid-signature_fail': 'VERIFY_LOG_INVALID',
  'signature-mismatch_fail': 'VERIFY_SIGNATURE_INVALID',
  'trust-root-tlog-missing-validity-start_fail': 'TRUST_ROOT',
  'wrong-hashedrekord-artifact_fail': 'VERIFY_LOG_MISMATCH',
  'wrong-hashedrekord-cert-and-sig_fail': 'VERIFY_LOG_MISMATCH',
  'wrong-hashedrekord-entry_fail': 'VERIFY_LOG_MISMATCH',
  'wrong-material_fail': 'BUNDLE',
};

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('sigstore-conformance', () => {
  const cases = conformanceCases();

  test('all 70 cases are there', () => {
    expect(cases).toHaveLength(70);
    expect(cases.filter(({ valid }) => !valid).map(({ name }) => name)).toEqual(Object.keys(CODES).sort());
  });

  for (const mode of ['path', 'digest'] as const) {
    test.each(cases.map((one) => [one.name, one] as const))(`${mode} mode: %s`, (name, one) => {
      const result = judge(one, mode);
      expect(result.ok ? 'ok' : result.problem.code).toBe(one.valid ? 'ok' : CODES[name]);
    });
  }

  test('rekor2-timestamp-with-incorrect-time is refused by the core too, once its base64 is tidied', () => {
    const one = cases.find(({ name }) => name === 'rekor2-timestamp-with-incorrect-time_fail');
    const tidied = one?.bundle.replace(/("signedTimestamp": *")([^"]*)/, (_, name: string, value: string) => name + value.replaceAll('\\n', ''));
    const result = one && judge({ ...one, bundle: tidied ?? '' }, 'path');
    expect(result).toMatchObject({ ok: false, problem: { code: 'VERIFY_CERTIFICATE_EXPIRED' } });
  });
});
