import { describe, expect, test } from 'vitest';
import type { VerifiedEvidence } from '../../../src/domain/evidence.ts';
import type { ProvenTime } from '../../../src/domain/policy/identity.ts';
import type { Signer, Validity } from '../../../src/domain/policy/requirement.ts';
import type { Revocation, RevokedThing } from '../../../src/domain/policy/revocation.ts';
import { evaluate } from '../../../src/evaluate/index.ts';
import { makeRevocationBook } from '../../../src/policy/compile/revocation-book.ts';
import {
  attestationBy, attestationProof, certificate, DIGEST, exact, HOUR, ISSUER, KEY_A, KEY_B, keyIdentity, keylessIdentity, keyProof, NOW, proof, question, signatureBy, signer, WORKFLOW,
} from './support.ts';

const LOG = 'ab'.repeat(32);
const COMPROMISED = NOW - 10 * HOUR;
const key = (keyId = KEY_A) => ({ kind: 'key' as const, keyId, trustRoot: 'root' });
const times = (...at: number[]): { times: ProvenTime[] } => ({ times: at.map((one, index) => ({ source: index % 2 === 0 ? 'log' : 'timestamp', at: one, by: 'somebody' })) });
const dated = (keyId = KEY_A) => keyIdentity(keyId, { trustRoot: 'root' });

function revoked(what: RevokedThing, more: Partial<Revocation> = {}): Revocation {
  return { what, reason: 'laptop lost', declaredBy: 'Signer alice', ...more };
}

function withRevocations(who: Signer, ...entries: Revocation[]): Signer {
  return { ...who, revocations: [makeRevocationBook(entries)] };
}

function code(who: Signer, evidence: VerifiedEvidence): string {
  return evaluate(signatureBy([who]), question([evidence])).code;
}

describe('B12 the window of a key', () => {
  const ended: Validity = { notAfter: NOW - HOUR };
  test.each([
    { name: 'a timestamp after the end', signed: proof(key(), times(NOW - HOUR / 2)), holds: false },
    { name: 'no timestamp', signed: proof(key()), holds: false },
    { name: 'a timestamp before the end', signed: proof(key(), times(NOW - 2 * HOUR)), holds: true },
    { name: 'a timestamp at the very end', signed: proof(key(), times(NOW - HOUR)), holds: true },
    { name: 'a timestamp one millisecond after the end', signed: proof(key(), times(NOW - HOUR + 1)), holds: false },
    { name: 'one timestamp before and one after the end', signed: proof(key(), times(NOW - HOUR / 2, NOW - 2 * HOUR)), holds: true },
  ])('B12 ended, $name: holds $holds', ({ signed, holds }) => {
    const finding = evaluate(signatureBy([signer('alice', { ...dated(), ...ended })]), question([signed]));
    expect(finding.code).toBe(holds ? 'POLICY_SATISFIED' : 'POLICY_KEY_WINDOW');
    if (!holds) expect(finding.cause).toContain('is after notAfter 2026-10-31T23:00:00.000Z');
  });

  test('the cause says whether a time is proven, also when it is the present', () => {
    const late = evaluate(signatureBy([signer('alice', { ...dated(), ...ended })]), question([proof(key(), times(NOW))]));
    expect(late.cause).toContain('the proven signing time');
    const undated = evaluate(signatureBy([signer('alice', { ...dated(), ...ended })]), question([proof(key())]));
    expect(undated.cause).toContain('no signing time is proven');
  });
});

describe('the window of a signer', () => {
  test.each([
    { name: 'key, proven inside', who: dated(), window: { notAfter: NOW - HOUR }, signed: proof(key(), times(NOW - 2 * HOUR)), expected: 'POLICY_SATISFIED' },
    { name: 'key, proven after', who: dated(), window: { notAfter: NOW - 2 * HOUR }, signed: proof(key(), times(NOW - HOUR)), expected: 'POLICY_SIGNER_WINDOW' },
    { name: 'key, proven before', who: dated(), window: { notBefore: NOW - HOUR }, signed: proof(key(), times(NOW - 2 * HOUR)), expected: 'POLICY_SIGNER_WINDOW' },
    { name: 'key, undated, now inside', who: dated(), window: { notBefore: NOW - HOUR, notAfter: NOW + HOUR }, signed: proof(key()), expected: 'POLICY_SATISFIED' },
    { name: 'key, undated, now after', who: dated(), window: { notAfter: NOW - 1 }, signed: proof(key()), expected: 'POLICY_SIGNER_WINDOW' },
    { name: 'key, dated under a root the signer does not name', who: keyIdentity(KEY_A), window: { notAfter: NOW - HOUR }, signed: proof(key(), times(NOW - 2 * HOUR)), expected: 'POLICY_SIGNER_WINDOW' },
    { name: 'certificate, proven inside', who: keylessIdentity(), window: { notAfter: NOW - HOUR }, signed: proof(certificate(), times(NOW - 2 * HOUR)), expected: 'POLICY_SATISFIED' },
    { name: 'certificate, proven after', who: keylessIdentity(), window: { notAfter: NOW - 2 * HOUR }, signed: proof(certificate(), times(NOW - HOUR)), expected: 'POLICY_SIGNER_WINDOW' },
  ])('$name: $expected', ({ who, window, signed, expected }) => {
    expect(code({ ...signer('alice', who), validity: window }, signed)).toBe(expected);
  });

  test('attestations are judged alike', () => {
    const rule = attestationBy([{ ...signer('alice', dated()), validity: { notAfter: NOW - HOUR } }], 'https://x/vuln');
    expect(evaluate(rule, question([attestationProof(key(), 'https://x/vuln', times(NOW - 2 * HOUR))])).code).toBe('POLICY_SATISFIED');
    expect(evaluate(rule, question([attestationProof(key(), 'https://x/vuln', times(NOW))])).code).toBe('POLICY_SIGNER_WINDOW');
  });
});

describe('B21 revocations', () => {
  const entry = { logEntries: [{ logId: LOG, logIndex: '42', leafHash: 'e1', kind: 'hashedrekord' }] };
  const leaf = certificate({ fingerprint: `sha256:${'fe'.repeat(32)}`, serial: 'c0ffee' });
  const kinds: { name: string; what: RevokedThing; other: RevokedThing; who: Signer; signed: VerifiedEvidence }[] = [
    { name: 'key', what: { kind: 'key', keyId: KEY_A }, other: { kind: 'key', keyId: KEY_B }, who: signer('alice', dated()), signed: proof(key(), times(NOW)) },
    { name: 'key of a certificate', what: { kind: 'key', keyId: leaf.keyId }, other: { kind: 'key', keyId: KEY_B }, who: signer('ci', keylessIdentity()), signed: proof(leaf, times(NOW)) },
    { name: 'certificate by fingerprint', what: { kind: 'fingerprint', fingerprint: leaf.fingerprint }, other: { kind: 'fingerprint', fingerprint: KEY_A }, who: signer('ci', keylessIdentity()), signed: proof(leaf, times(NOW)) },
    { name: 'certificate by serial number', what: { kind: 'serial', serial: 'c0ffee' }, other: { kind: 'serial', serial: 'c0ffe' }, who: signer('ci', keylessIdentity()), signed: proof(leaf, times(NOW)) },
    { name: 'certificate by serial number and root', what: { kind: 'serial', serial: 'c0ffee', trustRoot: 'root' }, other: { kind: 'serial', serial: 'c0ffee', trustRoot: 'other' }, who: signer('ci', keylessIdentity()), signed: proof(leaf, times(NOW)) },
    { name: 'identity', what: { kind: 'identity', issuer: exact(ISSUER), subject: exact(WORKFLOW) }, other: { kind: 'identity', issuer: exact(ISSUER), subject: exact('https://github.com/acme/other') }, who: signer('ci', keylessIdentity()), signed: proof(leaf, times(NOW)) },
    { name: 'log entry', what: { kind: 'logIndex', logId: LOG, index: '42' }, other: { kind: 'logIndex', logId: LOG, index: '4' }, who: signer('alice', dated()), signed: proof(key(), { ...times(NOW), ...entry }) },
    { name: 'artifact', what: { kind: 'digest', digest: DIGEST }, other: { kind: 'digest', digest: KEY_A }, who: signer('alice', dated()), signed: proof(key(), times(NOW)) },
  ];

  test.each(kinds)('B21 $name: revoked falls, another one does not matter', ({ what, other, who, signed }) => {
    expect(code(withRevocations(who, revoked(what)), signed)).toBe('POLICY_REVOKED');
    expect(code(withRevocations(who, revoked(other)), signed)).toBe('POLICY_SATISFIED');
  });

  test.each(kinds)('B21 $name: with a date of compromise, only what is proven to be older stays', ({ what, who, signed }) => {
    const since = withRevocations(who, revoked(what, { compromisedAt: COMPROMISED }));
    const at = (...moments: number[]): string => code(since, { ...signed, ...times(...moments) });
    expect(at(COMPROMISED - 1)).toBe('POLICY_SATISFIED');
    expect(at(COMPROMISED)).toBe('POLICY_REVOKED');
    expect(at(NOW)).toBe('POLICY_REVOKED');
    expect(at()).toBe('POLICY_REVOKED');
    expect(at(NOW, COMPROMISED - 1)).toBe('POLICY_SATISFIED');
  });

  test('B21 times proven under a root that the identity does not name save nothing', () => {
    const since = revoked({ kind: 'key', keyId: KEY_A }, { compromisedAt: COMPROMISED });
    const old = proof(key(), times(COMPROMISED - HOUR));
    expect(code(withRevocations(signer('alice', dated()), since), old)).toBe('POLICY_SATISFIED');
    expect(code(withRevocations(signer('alice', keyIdentity(KEY_A)), since), old)).toBe('POLICY_REVOKED');
    expect(code(withRevocations(signer('alice', keyIdentity(KEY_A, { trustRoot: 'other' })), since), old)).toBe('POLICY_REVOKED');
  });

  test('of two revocations of one key the stricter decides, in both orders and across documents', () => {
    const [strict, lax] = [revoked({ kind: 'key', keyId: KEY_A }), revoked({ kind: 'key', keyId: KEY_A }, { compromisedAt: NOW + HOUR })];
    const old = proof(key(), times(NOW - HOUR));
    for (const order of [[strict, lax], [lax, strict]]) {
      expect(code(withRevocations(signer('alice', dated()), ...order), old)).toBe('POLICY_REVOKED');
      expect(code({ ...signer('alice', dated()), revocations: order.map((one) => makeRevocationBook([one])) }, old)).toBe('POLICY_REVOKED');
    }
    expect(code(withRevocations(signer('alice', dated()), lax), old)).toBe('POLICY_SATISFIED');
  });

  test('a revocation of one signer does not bind another who has the same key', () => {
    const alice = withRevocations(signer('alice', dated()), revoked({ kind: 'key', keyId: KEY_A }));
    expect(evaluate(signatureBy([alice, signer('twin', dated())]), question([proof(key())])).code).toBe('POLICY_SATISFIED');
    expect(evaluate(signatureBy([alice]), question([proof(key())])).code).toBe('POLICY_REVOKED');
  });

  test('an identity is revoked whatever the type of its name', () => {
    const who = withRevocations(signer('ci', keylessIdentity({ subject: exact('release.acme.example') })), revoked({ kind: 'identity', issuer: exact(ISSUER), subject: exact('release.acme.example') }));
    for (const type of ['dns', 'username'] as const) expect(code(who, proof(certificate({ subject: { type, value: 'release.acme.example' } }), times(NOW)))).toBe('POLICY_REVOKED');
  });

  test('evidence of an index does not speak for a platform image that is revoked', () => {
    const child = `sha256:${'c4'.repeat(32)}`;
    const who = withRevocations(signer('alice', dated()), revoked({ kind: 'digest', digest: child }));
    expect(evaluate(signatureBy([who]), { ...question([proof(key())]), covered: child }).code).toBe('POLICY_REVOKED');
    expect(evaluate(signatureBy([who]), { ...question([proof(key())]), covered: KEY_B }).code).toBe('POLICY_SATISFIED');
  });

  test('the finding names what, by whom, why, since when, and the proven time', () => {
    const who = withRevocations(signer('alice', dated()), revoked({ kind: 'key', keyId: KEY_A }, { compromisedAt: COMPROMISED }));
    const late = evaluate(signatureBy([who]), question([proof(key(), times(NOW))]));
    expect(late.verdict).toBe('violated');
    expect(late.cause).toBe(`key ${KEY_A} is revoked by Signer alice: laptop lost; compromised at 2026-10-31T14:00:00.000Z, and the proven signing time 2026-11-01T00:00:00.000Z is not before that`);
    expect(late.found).toEqual([`alice: key ${KEY_A}`]);
    expect(late.expected?.[0]).toContain('older than 2026-10-31T14:00:00.000Z');
    expect(evaluate(signatureBy([who]), question([proof(key())])).cause).toContain('no signing time is proven');
  });

  test('evidence that survives says so', () => {
    const who = withRevocations(signer('alice', dated()), revoked({ kind: 'key', keyId: KEY_A }, { compromisedAt: COMPROMISED }));
    const finding = evaluate(signatureBy([who]), question([proof(key(), times(COMPROMISED - HOUR))]));
    expect(finding.evidence?.[0]?.text).toContain('counts for alice: proven to be older than its compromise at 2026-10-31T14:00:00.000Z (laptop lost)');
  });

  test('a revoked signature beside a stranger is what the message is about', () => {
    const who = withRevocations(signer('alice', dated()), revoked({ kind: 'key', keyId: KEY_A }));
    expect(evaluate(signatureBy([who]), question([keyProof(KEY_B), proof(key())])).code).toBe('POLICY_REVOKED');
  });
});

describe('maxCertificateLifetime', () => {
  const short = signer('ci', keylessIdentity({ maxCertificateLifetime: HOUR }));
  test.each([
    { name: 'as long as allowed', lifetime: HOUR, expected: 'POLICY_SATISFIED' },
    { name: 'one second longer', lifetime: HOUR + 1000, expected: 'POLICY_CERTIFICATE_LIFETIME' },
    { name: 'a year', lifetime: 365 * 24 * HOUR, expected: 'POLICY_CERTIFICATE_LIFETIME' },
  ])('$name: $expected', ({ lifetime, expected }) => {
    expect(code(short, proof(certificate({ notBefore: NOW - lifetime, notAfter: NOW }), times(NOW)))).toBe(expected);
  });

  test('names what was found and what is allowed', () => {
    const finding = evaluate(signatureBy([short]), question([proof(certificate({ notBefore: NOW - 365 * 24 * HOUR, notAfter: NOW, serial: 'c0' }), times(NOW))]));
    expect(finding).toMatchObject({ found: ['certificate c0, valid for 365 days'], expected: ['a certificate valid for at most 1 hour'] });
  });

  test('a second identity of the signer without the bound still proves it', () => {
    const who = signer('ci', keylessIdentity({ maxCertificateLifetime: HOUR }), keylessIdentity());
    expect(code(who, proof(certificate({ notBefore: NOW - 24 * HOUR, notAfter: NOW }), times(NOW)))).toBe('POLICY_SATISFIED');
  });
});

describe('limits of time and scope hold inside thresholds and alternatives', () => {
  const bounded = (name: string, keyId: string, inScope: boolean): Signer => ({ ...signer(name, dated(keyId)), mayCertify: [{ kind: 'image', source: 'ghcr.io/acme/**', test: () => inScope }] });
  const [alice, bob, outsider] = [bounded('alice', KEY_A, true), bounded('bob', KEY_B, true), bounded('bob', KEY_B, false)];
  const both = [proof(key(KEY_A), times(NOW - HOUR)), proof(key(KEY_B), times(NOW - HOUR))];

  test('mayCertify: a signer outside of its bound adds nothing to a threshold', () => {
    expect(evaluate(signatureBy([alice, bob], { threshold: 2 }), question(both)).code).toBe('POLICY_SATISFIED');
    const finding = evaluate(signatureBy([alice, outsider], { threshold: 2 }), question(both));
    expect(finding.code).toBe('POLICY_THRESHOLD');
    expect(finding.evidence?.map((note) => note.code)).toEqual(['POLICY_SATISFIED', 'POLICY_SIGNER_OUT_OF_SCOPE']);
  });

  test('mayCertify: an alternative cannot be met by a signer outside of its bound', () => {
    const rule = (who: Signer) => ({ kind: 'anyOf' as const, name: 'either', of: [signatureBy([outsider]), signatureBy([who], { name: 'second' })] });
    expect(evaluate(rule(alice), question(both)).code).toBe('POLICY_SATISFIED');
    const finding = evaluate(rule(outsider), question(both));
    expect(finding.code).toBe('POLICY_ANY_OF');
    expect(finding.found?.every((text) => text.includes('POLICY_SIGNER_OUT_OF_SCOPE'))).toBe(true);
  });

  test('mayCertify binds attestations as well', () => {
    expect(evaluate(attestationBy([outsider], 'https://x/vuln'), question([attestationProof(key(KEY_B), 'https://x/vuln')])).code).toBe('POLICY_SIGNER_OUT_OF_SCOPE');
  });

  test('maxAge: an old signature adds nothing to a threshold', () => {
    const proofs = [proof(key(KEY_A), times(NOW - HOUR)), proof(key(KEY_B), times(NOW - 3 * HOUR))];
    expect(evaluate(signatureBy([alice, bob], { threshold: 2, maxAge: 2 * HOUR }), question(proofs)).code).toBe('POLICY_THRESHOLD');
    expect(evaluate(signatureBy([alice, bob], { threshold: 2, maxAge: 4 * HOUR }), question(proofs)).code).toBe('POLICY_SATISFIED');
  });

  test('maxAge: an alternative that is younger or laxer may hold', () => {
    const rule = { kind: 'anyOf' as const, name: 'either', of: [signatureBy([alice], { maxAge: HOUR / 2 }), signatureBy([bob], { name: 'second', maxAge: 2 * HOUR })] };
    expect(evaluate(rule, question(both)).code).toBe('POLICY_SATISFIED');
    expect(evaluate(rule, question(both.slice(0, 1))).code).toBe('POLICY_ANY_OF');
  });

  test('revocation: a revoked signer adds nothing to a threshold, and cannot meet an alternative', () => {
    const gone = withRevocations(bob, revoked({ kind: 'key', keyId: KEY_B }));
    expect(evaluate(signatureBy([alice, gone], { threshold: 2 }), question(both)).code).toBe('POLICY_THRESHOLD');
    expect(evaluate({ kind: 'anyOf', name: 'either', of: [signatureBy([gone])] }, question(both)).code).toBe('POLICY_ANY_OF');
  });
});
