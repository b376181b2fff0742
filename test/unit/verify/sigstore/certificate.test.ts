import { describe, expect, test } from 'vitest';
import type { CertificateOverrides, Identity } from '../../../world/ca.ts';
import { makeCa } from '../../../world/ca.ts';
import { makeCtLog } from '../../../world/ct-log.ts';
import { octets, oid, seq, utf8 } from '../../../world/der.ts';
import { basicConstraints, EKU, nameConstraints } from '../../../world/extensions.ts';
import type { Extension, GeneralName } from '../../../world/extensions.ts';
import { makeKey } from '../../../world/keys.ts';
import type { KeyType } from '../../../world/keys.ts';
import { createWorld } from '../../../world/world.ts';
import { makeSigned } from '../../../world/evidence.ts';
import { checkTrustedRoot } from '../../../../src/trust/index.ts';
import { proveCertificate } from '../../../../src/verify/sigstore/prove.ts';
import { codeOf, compiledRoot, forge, IDENTITY, KEYLESS, MESSAGE, NOW, partsOf, proveKeyless, proveParts, world } from './world-case.ts';

const MINUTE = 60_000;
const without = (id: string) => (extensions: readonly Extension[]): readonly Extension[] => extensions.filter((one) => one.oid !== id);

describe('what a proven certificate says', () => {
  test('names, claims, times and ids come from the certificate', () => {
    const result = proveKeyless({ tsa: true });
    expect(result).toMatchObject({
      ok: true,
      signer: {
        kind: 'certificate', trustRoot: 'world', issuer: IDENTITY.issuer, subject: { type: 'uri', value: IDENTITY.san },
        claims: { issuer: IDENTITY.issuer, runnerEnvironment: 'github-hosted' }, notBefore: NOW, notAfter: NOW + 10 * MINUTE,
      },
      times: [{ source: 'log', at: NOW }, { source: 'timestamp', at: NOW, by: expect.stringContaining('world.example timestamp') as string }],
      logEntries: [{ kind: 'hashedrekord 0.0.1', logId: world.rekor.logId.toString('hex') }],
    });
  });

  test.each<[string, GeneralName | string, { type: string; value: string }]>([
    ['URI', 'https://example.com/x', { type: 'uri', value: 'https://example.com/x' }],
    ['e-mail', 'jane@example.com', { type: 'email', value: 'jane@example.com' }],
    ['DNS name', 'build.example.com', { type: 'dns', value: 'build.example.com' }],
  ])('subject name of type %s keeps its type', (_, san, subject) => {
    expect(proveKeyless({}, { by: { identity: { ...IDENTITY, san } } })).toMatchObject({ ok: true, signer: { subject } });
  });

  test.each<KeyType>(['p256', 'p384', 'p521', 'ed25519', 'rsa-2048'])('a certificate for a %s key proves its signature', (keyType) => {
    // Ed25519 entries are logged as a hash of SHA-512; all others by their own hash.
    expect(codeOf(proveKeyless({}, { by: { ...KEYLESS, keyType } }))).toBe('ok');
  });

  test.each<KeyType>(['p256', 'p521', 'ed25519', 'rsa-2048', 'rsa-pss'])('authorities with %s keys issue certificates', (keyType) => {
    const other = createWorld({ now: NOW, ca: makeCa({ now: NOW, keyType, intermediate: keyType !== 'p521' }) });
    expect(codeOf(proveParts(partsOf(makeSigned(other, MESSAGE, KEYLESS, { log: 'v1' })), compiledRoot({ of: other })))).toBe('ok');
  });
});

describe('certificate profile', () => {
  const PROFILE = 'VERIFY_CERTIFICATE_PROFILE';
  test.each<[string, CertificateOverrides, string]>([
    ['as Fulcio issues it', {}, 'ok'],
    ['B11 extended key usage serverAuth only', { eku: ['serverAuth'] }, PROFILE],
    ['B11 codeSigning beside others', { eku: ['serverAuth', 'codeSigning'] }, 'ok'],
    ['B11 no extended key usage', { eku: false }, PROFILE],
    ['no digitalSignature in the key usage', { keyUsage: ['keyEncipherment'] }, PROFILE],
    ['no key usage', { keyUsage: false }, PROFILE],
    ['the leaf is an authority', { basicConstraints: { ca: true } }, PROFILE],
    ['the leaf says it is no authority', { basicConstraints: { ca: false } }, 'ok'],
    ['an unknown critical extension', { extensions: [{ oid: '1.2.3.4', critical: true, value: octets(Buffer.alloc(1)) }] }, PROFILE],
    ['an unknown extension that is not critical', { extensions: [{ oid: '1.2.3.4', value: octets(Buffer.alloc(1)) }] }, 'ok'],
    ['an extension twice', { extensions: [basicConstraints(false), basicConstraints(false)] }, 'VERIFY_MALFORMED'],
    ['name constraints in the leaf', { extensions: [nameConstraints({ permitted: [{ type: 'uri', value: '.example.com' }] })] }, PROFILE],
    ['no issuer claim', { issuerV1: false, issuerV2: false }, PROFILE],
    ['only the old issuer claim', { issuerV2: false }, 'ok'],
    ['only the new issuer claim', { issuerV1: false }, 'ok'],
    ['issuer claims that disagree', { issuerV2: 'https://evil.example' }, PROFILE],
    ['D08 an issuer claim whose arc equals the real one in 32 bits', { issuerV1: false, issuerV2: false, extensions: [{ oid: '1.3.6.1.4.1.57264.1.4294967304', value: utf8(IDENTITY.issuer) }] }, PROFILE],
    ['no subject name', { mapExtensions: without('2.5.29.17') }, PROFILE],
    ['a claim that is not UTF-8', { issuerV1: false, issuerV2: false, extensions: [{ oid: '1.3.6.1.4.1.57264.1.8', value: Buffer.from([0x0c, 1, 0xff]) }] }, 'VERIFY_MALFORMED'],
  ])('%s', (_, certificate, code) => {
    expect(codeOf(forge({ certificate }))).toBe(code);
  });

  test.each<[string, Identity['san'], string]>([
    ['two names', [{ type: 'uri', value: 'https://a.example' }, { type: 'uri', value: IDENTITY.san }], PROFILE],
    ['a directory name', { type: 'directory', value: [['CN', 'x']] }, PROFILE],
    ['a name with a line break', { type: 'uri', value: 'https://a.example/\n' }, 'VERIFY_MALFORMED'],
    ['a name with a NUL', { type: 'email', value: 'jane@example.com\0.evil' }, 'VERIFY_MALFORMED'],
  ])('%s', (_, san, code) => {
    expect(codeOf(proveKeyless({}, { by: { identity: { ...IDENTITY, san } } }))).toBe(code);
  });

  test.each<[string, KeyType, string]>([['RSA of 1024 bits', 'rsa-1024', 'VERIFY_MALFORMED'], ['secp256k1', 'secp256k1', 'VERIFY_MALFORMED']])('D12 a certificate for a key of %s is refused', (_, keyType, code) => {
    expect(codeOf(proveKeyless({}, { by: { ...KEYLESS, keyType } }))).toBe(code);
  });

  test.each([['B23 empty', Buffer.alloc(0)], ['no DER', Buffer.from('hello')], ['D06 nested 10000 deep', nested(10_000)]])('certificate bytes: %s', (_, der) => {
    const parts = partsOf(makeSigned(world, MESSAGE, KEYLESS, { log: 'v1' }));
    expect(codeOf(proveCertificate(parts.content, der, parts.dating, compiledRoot()))).toBe('VERIFY_MALFORMED');
  });
});

describe('certificate path', () => {
  const UNTRUSTED = 'VERIFY_CERTIFICATE_UNTRUSTED';
  test('a certificate of another deployment is reported with the identity it names', () => {
    const other = createWorld({ now: NOW, ca: makeCa({ now: NOW, organization: 'other.example' }) });
    const result = proveParts(partsOf(makeSigned(other, MESSAGE, KEYLESS, { log: 'v1' })));
    expect(result).toMatchObject({ ok: false, problem: { code: UNTRUSTED, found: `${IDENTITY.san} (issuer ${IDENTITY.issuer})` } });
  });

  test.each<[string, CertificateOverrides, string]>([
    ['signed by a stranger in the name of the authority', { issuerKey: makeKey('p384') }, UNTRUSTED],
    ['signature altered', { signature: () => Buffer.from('3006020101020101', 'hex') }, UNTRUSTED],
    ['issuer name of another authority', { issuerName: [['O', 'evil']] }, UNTRUSTED],
  ])('%s', (_, certificate, code) => {
    expect(codeOf(forge({ certificate }))).toBe(code);
  });

  test('B14 a leaf that issues another certificate is no authority', () => {
    const leafKey = makeKey('p384');
    const result = forge({ certificate: { issuerKey: leafKey, issuerName: [['CN', 'attacker leaf']], ctLogs: [] } });
    expect(codeOf(result)).toBe(UNTRUSTED);
  });

  test.each<[string, { start: number; end?: number }, string]>([
    ['B13 covers the time', { start: NOW, end: NOW }, 'ok'],
    ['B13 ended before', { start: NOW - MINUTE, end: NOW - 1 }, 'VERIFY_CERTIFICATE_EXPIRED'],
    ['B13 starts after', { start: NOW + 1 }, 'VERIFY_CERTIFICATE_EXPIRED'],
  ])('window of the authority in the trust root: %s', (_, window, code) => {
    expect(codeOf(proveKeyless({}, { root: compiledRoot({ root: { windows: { ca: window } } }) }))).toBe(code);
  });

  test.each<[string, number, string]>([
    ['at its start', 0, 'ok'], ['at its end', 10 * MINUTE, 'ok'], ['a second before', -1000, 'VERIFY_CERTIFICATE_EXPIRED'], ['a second after', 10 * MINUTE + 1000, 'VERIFY_CERTIFICATE_EXPIRED'],
  ])('certificate validity: logged %s', (_, offset, code) => {
    expect(codeOf(forge({ log: { at: NOW + offset } }))).toBe(code);
  });

  test('B07 a certificate must be valid at every proven time', () => {
    expect(codeOf(proveKeyless({ tsa: true }))).toBe('ok');
    expect(codeOf(forge({ timestamp: { at: NOW + 11 * MINUTE } }, { tsa: true }))).toBe('VERIFY_CERTIFICATE_EXPIRED');
  });

  test('B08 an intermediate that had expired at the proven time refuses the leaf that outlives it', () => {
    const ca = makeCa({ now: NOW, notAfter: NOW + MINUTE });
    const other = createWorld({ now: NOW, ca });
    const root = compiledRoot({ of: other });
    const at = (log: number): string => codeOf(proveParts(partsOf(makeSigned(other, MESSAGE, KEYLESS, { log: 'v1', override: { log: { at: log } } })), root));
    expect(at(NOW + MINUTE)).toBe('ok');
    expect(at(NOW + 2 * MINUTE)).toBe('VERIFY_CERTIFICATE_EXPIRED');
  });

  test('authorities with name constraints or unknown critical extensions are refused with the trust root', () => {
    for (const extension of [nameConstraints({ excluded: [{ type: 'dns', value: 'x' }] }), { oid: '1.2.3', critical: true, value: octets(Buffer.alloc(0)) }]) {
      const other = createWorld({ now: NOW, ca: makeCa({ now: NOW, extensions: [extension] }) });
      expect(checkTrustedRoot(other.trustedRoot())[0]?.path).toBe('certificateAuthorities[0].certChain.certificates[0]');
    }
  });
});

describe('signed certificate timestamps', () => {
  const second = makeCtLog({ baseUrl: 'https://ctfe.world.example/second' });
  const both = createWorld({ ...world, now: NOW });
  const rootWithTwo = (sct: number) => compiledRoot({
    of: both, require: { transparencyLog: 1, sct, timestamps: 0 },
    root: { map: (root) => ({ ...root, ctlogs: [...root.ctlogs, { ...root.ctlogs[0], baseUrl: second.baseUrl, logId: { keyId: second.logId.toString('base64') }, publicKey: { ...(root.ctlogs[0]?.['publicKey'] as object), rawBytes: second.key.spki.toString('base64') } }] }) },
  });

  test.each<[string, CertificateOverrides, string]>([
    ['B16 none', { ctLogs: [] }, 'VERIFY_SCT'],
    ['of an unknown log only', { ctLogs: [makeCtLog()] }, 'VERIFY_SCT'],
    ['of an unknown log beside a known one', { ctLogs: [makeCtLog(), world.ctLog] }, 'ok'],
    ['B16 signed by a stranger', { sct: { key: makeKey() } }, 'VERIFY_SCT'],
    ['with extensions', { sct: { extensions: Buffer.from('00', 'hex') } }, 'ok'],
    ['of another version', { sct: { version: 1 } }, 'VERIFY_SCT'],
    ['over another certificate', { sct: { signature: (one) => Buffer.concat([one.subarray(0, -1), Buffer.of((one.at(-1) ?? 0) ^ 1)]) } }, 'VERIFY_SCT'],
  ])('%s', (_, certificate, code) => {
    expect(codeOf(forge({ certificate }))).toBe(code);
  });

  test('a log that was not trusted at the time of the SCT does not count', () => {
    expect(codeOf(proveKeyless({}, { root: compiledRoot({ root: { windows: { ctLog: { start: NOW, end: NOW } } } }) }))).toBe('ok');
    expect(codeOf(proveKeyless({}, { root: compiledRoot({ root: { windows: { ctLog: { start: NOW + 1 } } } }) }))).toBe('VERIFY_SCT');
  });

  test('B05 distinct logs are counted, not SCTs', () => {
    const prove = (ctLogs: CertificateOverrides['ctLogs']) => codeOf(proveKeyless({ override: { certificate: { ...(ctLogs && { ctLogs }) } } }, { root: rootWithTwo(2) }));
    expect(prove([world.ctLog, second])).toBe('ok');
    expect(prove([world.ctLog, world.ctLog])).toBe('VERIFY_SCT');
  });

  test('a root that requires none does not read them', () => {
    const root = compiledRoot({ require: { transparencyLog: 1, sct: 0, timestamps: 0 } });
    expect(codeOf(proveKeyless({ override: { certificate: { sct: { key: makeKey() } } } }, { root }))).toBe('ok');
  });

  test('an RSA log signs SCTs as well', () => {
    const other = createWorld({ now: NOW, ctLog: makeCtLog({ key: makeKey('rsa-2048') }) });
    expect(codeOf(proveParts(partsOf(makeSigned(other, MESSAGE, KEYLESS, { log: 'v1' })), compiledRoot({ of: other })))).toBe('ok');
  });
});

test('extended key usages of the world are the real ones', () => {
  expect(EKU['codeSigning']).toBe('1.3.6.1.5.5.7.3.3');
  expect(oid('1.3.6.1.5.5.7.3.3').toString('hex')).toBe('06082b06010505070303');
});

function nested(depth: number): Buffer {
  let der: Buffer = seq();
  for (let i = 0; i < depth; i += 1) der = seq(der);
  return der;
}
