import { describe, expect, test } from 'vitest';
import type { EvidenceProblem } from '../../../src/domain/evidence.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import {
  ARTIFACT, attestationBy, attestationProof, certificate, exact, HOUR, ISSUER, KEY_A, KEY_B, keyIdentity, keylessIdentity, keyProof, NOW, proof, question, signatureBy, signer,
  DIGEST,
} from './support.ts';

const ALICE = signer('alice', keyIdentity(KEY_A));
const BOB = signer('bob', keyIdentity(KEY_B));
const problem = (code: ReasonCode, more: Partial<EvidenceProblem> = {}): EvidenceProblem => ({ code, source: 'somewhere', ...more });

describe('signature: who signed', () => {
  test.each([
    { name: 'a trusted key signed', proofs: [keyProof(KEY_A)], code: 'POLICY_SATISFIED' },
    { name: 'another key signed', proofs: [keyProof(KEY_B)], code: 'VERIFY_SIGNER_UNTRUSTED' },
    { name: 'nobody signed', proofs: [], code: 'FETCH_NONE_FOUND' },
    { name: 'a trusted key attested but did not sign', proofs: [attestationProof({ kind: 'key', keyId: KEY_A }, 'https://x/vuln')], code: 'FETCH_NONE_FOUND' },
  ])('if $name, $code', ({ proofs, code }) => {
    expect(evaluate(signatureBy([ALICE]), question(proofs)).code).toBe(code);
  });

  test.each([
    { name: 'certificate as the policy says', change: {}, code: 'POLICY_SATISFIED' },
    { name: 'another subject', change: { subject: { type: 'uri' as const, value: 'https://github.com/acme/app-evil' } }, code: 'VERIFY_SIGNER_UNTRUSTED' },
    { name: 'another issuer', change: { issuer: 'https://accounts.google.com' }, code: 'VERIFY_SIGNER_UNTRUSTED' },
    { name: 'another trust root', change: { trustRoot: 'other' }, code: 'VERIFY_SIGNER_UNTRUSTED' },
    { name: 'the same text as a DNS name', change: { subject: { type: 'dns' as const, value: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1' } }, code: 'VERIFY_SIGNER_UNTRUSTED' },
  ])('keyless with $name: $code', ({ change, code }) => {
    const finding = evaluate(signatureBy([signer('ci', keylessIdentity())]), question([proof(certificate(change))]));
    expect(finding.code).toBe(code);
  });

  test.each([
    { policy: undefined, signed: undefined, code: 'POLICY_SATISFIED' },
    { policy: 'google', signed: 'google', code: 'POLICY_SATISFIED' },
    { policy: undefined, signed: 'google', code: 'VERIFY_SIGNER_UNTRUSTED' },
    { policy: 'google', signed: undefined, code: 'VERIFY_SIGNER_UNTRUSTED' },
    { policy: 'google', signed: 'other', code: 'VERIFY_SIGNER_UNTRUSTED' },
  ])('A05 a key pinned for bare payloads as $policy, and a signature over one as $signed: $code', ({ policy, signed, code }) => {
    const identity = keyIdentity(KEY_A, policy === undefined ? {} : { barePayloadKeyId: policy });
    const made = proof({ kind: 'key', keyId: KEY_A, ...(signed === undefined ? {} : { barePayloadKeyId: signed }) });
    expect(evaluate(signatureBy([signer('google', identity)]), question([made])).code).toBe(code);
  });

  test('a claim that differs is named', () => {
    const wants = signer('ci', keylessIdentity({ claims: [{ name: 'runnerEnvironment', value: exact('github-hosted') }] }));
    expect(evaluate(signatureBy([wants]), question([proof(certificate())])).code).toBe('POLICY_SATISFIED');
    const finding = evaluate(signatureBy([wants]), question([proof(certificate({ claims: { runnerEnvironment: 'self-hosted' } }))]));
    expect(finding).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(finding.cause).toContain('self-hosted');
  });

  test('claims are looked up as own properties only', () => {
    const wants = signer('ci', keylessIdentity({ claims: [{ name: 'constructor', value: { kind: 'regexp', source: '.*', test: () => true } }] }));
    expect(evaluate(signatureBy([wants]), question([proof(certificate())])).code).toBe('VERIFY_SIGNER_UNTRUSTED');
  });
});

describe('signature: what else must hold', () => {
  const at = (time: number) => ({ times: [{ source: 'log' as const, at: time, by: 'l' }] });
  const rooted = (keyId: string) => ({ kind: 'key' as const, keyId, trustRoot: 'root' });

  test.each([
    { name: 'now inside, no time proven', window: { notAfter: NOW + HOUR }, signed: keyProof(KEY_A), code: 'POLICY_SATISFIED' },
    { name: 'now after the end, no time proven', window: { notAfter: NOW - HOUR }, signed: keyProof(KEY_A), code: 'POLICY_KEY_WINDOW' },
    { name: 'now before the start', window: { notBefore: NOW + HOUR }, signed: keyProof(KEY_A), code: 'POLICY_KEY_WINDOW' },
    { name: 'proven before the end', window: { notAfter: NOW - HOUR, trustRoot: 'root' }, signed: proof(rooted(KEY_A), at(NOW - 2 * HOUR)), code: 'POLICY_SATISFIED' },
    { name: 'proven after the end', window: { notAfter: NOW - HOUR, trustRoot: 'root' }, signed: proof(rooted(KEY_A), at(NOW - HOUR / 2)), code: 'POLICY_KEY_WINDOW' },
    { name: 'proven under a root the signer does not name', window: { notAfter: NOW - HOUR }, signed: proof(rooted(KEY_A), at(NOW - 2 * HOUR)), code: 'POLICY_KEY_WINDOW' },
  ])('key window: $name: $code', ({ window, signed, code }) => {
    expect(evaluate(signatureBy([signer('alice', keyIdentity(KEY_A, window))]), question([signed])).code).toBe(code);
  });

  test('a required log entry must be proven under the root the signer names', () => {
    const wants = signer('alice', keyIdentity(KEY_A, { transparencyLog: 'required', trustRoot: 'root' }));
    const entry = { logEntries: [{ logId: 'aa', logIndex: '1', leafHash: 'e1', kind: 'hashedrekord' }] };
    expect(evaluate(signatureBy([wants]), question([proof(rooted(KEY_A), entry)])).code).toBe('POLICY_SATISFIED');
    expect(evaluate(signatureBy([wants]), question([proof(rooted(KEY_A))])).code).toBe('POLICY_LOG_REQUIRED');
    expect(evaluate(signatureBy([wants]), question([proof({ kind: 'key', keyId: KEY_A, trustRoot: 'other' }, entry)])).code).toBe('POLICY_LOG_REQUIRED');
  });

  test.each([
    { name: 'young enough', signed: proof(rooted(KEY_A), at(NOW - HOUR)), code: 'POLICY_SATISFIED' },
    { name: 'exactly as old', signed: proof(rooted(KEY_A), at(NOW - 2 * HOUR)), code: 'POLICY_SATISFIED' },
    { name: 'too old', signed: proof(rooted(KEY_A), at(NOW - 3 * HOUR)), code: 'POLICY_TOO_OLD' },
    { name: 'no time proven', signed: proof(rooted(KEY_A)), code: 'POLICY_AGE_UNPROVEN' },
    { name: 'a time proven under a root the signer does not name', signed: proof({ kind: 'key', keyId: KEY_A, trustRoot: 'other' }, at(NOW - HOUR)), code: 'POLICY_AGE_UNPROVEN' },
    { name: 'old, by a stranger', signed: proof(rooted(KEY_B), at(NOW - 3 * HOUR)), code: 'VERIFY_SIGNER_UNTRUSTED' },
  ])('maxAge: $name: $code', ({ signed, code }) => {
    const dated = signer('alice', keyIdentity(KEY_A, { trustRoot: 'root' }));
    expect(evaluate(signatureBy([dated], { maxAge: 2 * HOUR }), question([signed])).code).toBe(code);
  });

  test.each([
    { reference: 'ghcr.io/acme/app', code: 'POLICY_SATISFIED' },
    { reference: 'ghcr.io/acme/other', code: 'POLICY_REPOSITORY' },
    { reference: undefined, code: 'POLICY_REPOSITORY' },
    { reference: 'ghcr.io/acme/app:v1', code: 'POLICY_SATISFIED' },
    { reference: 'ghcr.io/acme/other:v1', code: 'POLICY_REPOSITORY' },
    { reference: `ghcr.io/acme/app@${DIGEST}`, code: 'POLICY_SATISFIED' },
    { reference: `ghcr.io/acme/app:v1@${DIGEST}`, code: 'POLICY_SATISFIED' },
    { reference: `ghcr.io/acme/app@sha256:${'e'.repeat(64)}`, code: 'POLICY_REPOSITORY' },
    { reference: 'ghcr.io/acme/app@sha256:abcd', code: 'POLICY_REPOSITORY' },
    { reference: 'ghcr.io/acme/app/', code: 'POLICY_REPOSITORY' },
    { reference: '', code: 'POLICY_REPOSITORY' },
  ])('E16 F7 bindRepository with signed reference $reference: $code', ({ reference, code }) => {
    const signed = keyProof(KEY_A, reference === undefined ? {} : { dockerReference: reference });
    expect(evaluate(signatureBy([ALICE], { bindRepository: true }), question([signed])).code).toBe(code);
  });

  test('mayCertify is an upper bound', () => {
    const bound = (source: string, holds: boolean) => ({ ...ALICE, mayCertify: [{ kind: 'image' as const, source, test: () => holds }] });
    expect(evaluate(signatureBy([bound('ghcr.io/acme/**', true)]), question([keyProof(KEY_A)])).code).toBe('POLICY_SATISFIED');
    expect(evaluate(signatureBy([bound('ghcr.io/x/**', false)]), question([keyProof(KEY_A)])).code).toBe('POLICY_SIGNER_OUT_OF_SCOPE');
  });
});

describe('signature: thresholds count distinct signers with distinct credentials', () => {
  const both = signatureBy([ALICE, BOB], { threshold: 2 });
  const twin = signer('twin', keyIdentity(KEY_A));

  test.each([
    { name: 'two signers, two keys', rule: both, proofs: [keyProof(KEY_A), keyProof(KEY_B)], code: 'POLICY_SATISFIED' },
    { name: 'one signer twice', rule: both, proofs: [keyProof(KEY_A), keyProof(KEY_A, { evidenceDigest: 'e2' })], code: 'POLICY_THRESHOLD' },
    { name: 'one key under two names', rule: signatureBy([ALICE, twin], { threshold: 2 }), proofs: [keyProof(KEY_A)], code: 'POLICY_THRESHOLD' },
    { name: 'one signer with two keys', rule: signatureBy([signer('alice', keyIdentity(KEY_A), keyIdentity(KEY_B)), signer('carol')], { threshold: 2 }), proofs: [keyProof(KEY_A), keyProof(KEY_B)], code: 'POLICY_THRESHOLD' },
  ])('$name: $code', ({ rule, proofs, code }) => {
    expect(evaluate(rule, question(proofs)).code).toBe(code);
  });
});

describe('signature: what is said when it fails', () => {
  test.each([
    { name: 'broken', problems: [problem('VERIFY_SIGNATURE_INVALID')], code: 'VERIFY_SIGNATURE_INVALID', verdict: 'violated' },
    { name: 'for another digest', problems: [problem('VERIFY_SUBJECT_MISMATCH')], code: 'VERIFY_SUBJECT_MISMATCH', verdict: 'violated' },
    { name: 'registry down', problems: [problem('FETCH_UNREACHABLE')], code: 'FETCH_UNREACHABLE', verdict: 'undetermined' },
    { name: 'registry down beside a broken one', problems: [problem('VERIFY_SIGNATURE_INVALID'), problem('FETCH_UNREACHABLE')], code: 'FETCH_UNREACHABLE', verdict: 'undetermined' },
    { name: 'engine fault beside an untrusted one', problems: [problem('VERIFY_SIGNER_UNTRUSTED'), problem('ENGINE_FAULT')], code: 'ENGINE_FAULT', verdict: 'undetermined' },
    { name: 'problem of an attestation only', problems: [problem('VERIFY_SIGNATURE_INVALID', { claimedType: 'https://x/vuln' })], code: 'FETCH_NONE_FOUND', verdict: 'violated' },
  ])('$name: $code', ({ problems, code, verdict }) => {
    expect(evaluate(signatureBy([ALICE]), question([], problems))).toMatchObject({ code, verdict });
  });

  test('a place that could not be looked at does not spoil what is proven', () => {
    expect(evaluate(signatureBy([ALICE]), question([keyProof(KEY_A)], [problem('FETCH_TIMEOUT')])).code).toBe('POLICY_SATISFIED');
  });

  test('half of a threshold is undetermined as long as a place could not be looked at', () => {
    const finding = evaluate(signatureBy([ALICE, BOB], { threshold: 2 }), question([keyProof(KEY_A)], [problem('FETCH_TIMEOUT')]));
    expect(finding).toMatchObject({ code: 'FETCH_TIMEOUT', verdict: 'undetermined' });
  });

  test('the finding names who was expected and who was found', () => {
    const finding = evaluate(signatureBy([signer('ci', keylessIdentity())]), question([proof(certificate({ subject: { type: 'uri', value: 'https://other' } }))]));
    expect(finding.expected?.[0]).toContain(ISSUER);
    expect(finding.found?.[0]).toContain('https://other');
    expect(finding).toMatchObject({ path: ARTIFACT.path, artifact: ARTIFACT.raw, policy: 'p', requirement: 'signed' });
  });
});

describe('attestation', () => {
  const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
  const rule = attestationBy([ALICE], VULN);
  const key = { kind: 'key' as const, keyId: KEY_A };
  test.each([
    { name: 'the type by the signer', proofs: [attestationProof(key, VULN)], code: 'POLICY_SATISFIED' },
    { name: 'another type', proofs: [attestationProof(key, `${VULN}0`)], code: 'POLICY_TYPE_MISSING' },
    { name: 'only a signature', proofs: [keyProof(KEY_A)], code: 'POLICY_TYPE_MISSING' },
    { name: 'the type by somebody else', proofs: [attestationProof({ kind: 'key', keyId: KEY_B }, VULN)], code: 'VERIFY_SIGNER_UNTRUSTED' },
    { name: 'nothing', proofs: [], code: 'FETCH_NONE_FOUND' },
  ])('$name: $code', ({ proofs, code }) => {
    expect(evaluate(rule, question(proofs)).code).toBe(code);
  });
});

describe('npm publish attestations', () => {
  const PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';
  const key = { kind: 'key' as const, keyId: KEY_A };
  const published = (predicate: unknown, type = PUBLISH) => ({ ...attestationProof(key, type), statement: { type: 'https://in-toto.io/Statement/v0.1', predicateType: type, subjects: [], predicate } });
  const judged = (predicate: unknown, kind: 'package' | 'blob' = 'package', type = PUBLISH): string => {
    const asked = question([published(predicate, type)]);
    return evaluate(attestationBy([ALICE], type), { ...asked, artifact: { ...asked.artifact, kind, name: 'pkg:npm/@acme/lib@1.0.0' } }).code;
  };
  test.each([
    ['this package', { name: '@acme/lib', version: '1.0.0', registry: 'https://registry.example' }, 'POLICY_SATISFIED'],
    ['another version', { name: '@acme/lib', version: '1.0.1' }, 'POLICY_PREDICATE'],
    ['another name', { name: 'lib', version: '1.0.0' }, 'POLICY_PREDICATE'],
    ['a name that is no text', { name: ['@acme/lib'], version: '1.0.0' }, 'POLICY_PREDICATE'],
    ['nothing', {}, 'POLICY_PREDICATE'],
    ['no predicate', undefined, 'POLICY_PREDICATE'],
  ])('about %s', (_, predicate, code) => {
    expect(judged(predicate)).toBe(code);
    expect(judged(predicate, 'blob')).toBe('POLICY_SATISFIED');
    expect(judged(predicate, 'package', 'https://example.com/publish')).toBe('POLICY_SATISFIED');
  });
});

describe('anyOf', () => {
  const rule = { kind: 'anyOf' as const, name: 'either', of: [signatureBy([ALICE]), signatureBy([BOB], { name: 'second' })] };
  test.each([
    { name: 'one alternative holds', proofs: [keyProof(KEY_B)], problems: [], code: 'POLICY_SATISFIED' },
    { name: 'none holds', proofs: [], problems: [], code: 'POLICY_ANY_OF' },
    { name: 'none holds and one is open', proofs: [], problems: [problem('FETCH_TIMEOUT')], code: 'FETCH_TIMEOUT' },
  ])('$name: $code', ({ proofs, problems, code }) => {
    expect(evaluate(rule, question(proofs, problems)).code).toBe(code);
  });
});
