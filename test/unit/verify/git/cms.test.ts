import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { armoured, commitOf, gitId, signedCommit, signedTag, tagOf } from '../../../world/git/object.ts';
import { attribute, field, gitsign, smime } from '../../../world/git/cms.ts';
import type { CmsChange } from '../../../world/git/cms.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName, subjectKeyId } from '../../../world/extensions.ts';
import { ctx, int, NULL, octets, oid, seq } from '../../../world/der.ts';
import type { Identity } from '../../../world/ca.ts';
import type { Proofs } from '../../../world/evidence.ts';
import { keyFromPem } from '../../../world/keys.ts';
import type { KeyType, SigningKey } from '../../../world/keys.ts';
import { makeCertificate } from '../../../world/x509.ts';
import type { Certificate, Name } from '../../../world/x509.ts';
import { createWorld } from '../../../world/world.ts';
import { doc, NOW, policy, signer, verdict, world } from './support.ts';

const payload = commitOf();
const DEVELOPER: Identity = { san: 'alice@acme.test', issuer: 'https://accounts.acme.test' };
const SIGNED = policy({ signature: { by: ['alice'] } });
const KEYLESS = signer('alice', { keyless: { issuer: DEVELOPER.issuer, subject: 'alice@acme.test', trustRoot: 'world' } });
const root = (more: object = {}): unknown => doc('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot(), ...more } });
const documents = [root(), KEYLESS, SIGNED];

const made = (proofs: Proofs = {}, change: CmsChange = {}, identity = DEVELOPER): Buffer =>
  signedCommit(payload, gitsign(world, payload, { identity }, proofs, change));

describe('commits signed by gitsign', () => {
  test('count for the identity of the certificate, with the log entry that lies in the signature', async () => {
    expect(await verdict({ documents, objects: [made()] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [made({}, {}, { ...DEVELOPER, san: 'mallory@acme.test' })] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(await verdict({ documents, objects: [made({}, {}, { ...DEVELOPER, issuer: 'https://accounts.evil.test' })] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
  });

  test('so do tags', async () => {
    const id = gitId('commit', payload);
    const raw = tagOf(id);
    expect(await verdict({ documents, objects: [signedTag(raw, gitsign(world, raw, { identity: DEVELOPER }))], id })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [signedTag(raw, gitsign(world, payload, { identity: DEVELOPER }))], id })).toMatchObject({ code: 'VERIFY_SIGNATURE_INVALID' });
  });

  test('a year later still count: the log says when it was', async () => {
    const at = NOW - 365 * 86_400_000;
    const old = createWorld({ now: at });
    const before = [doc('TrustRoot', 'world', { sigstore: { trustedRoot: old.trustedRoot() } }), KEYLESS, SIGNED];
    const object = signedCommit(payload, gitsign(old, payload, { identity: DEVELOPER }, { at }));
    expect(await verdict({ documents: before, objects: [object] })).toMatchObject({ code: 'POLICY_SATISFIED' });
  });

  test('without their log entry say what would help', async () => {
    const { code, text } = await verdict({ documents, objects: [made({ log: 'none' })] });
    expect(code).toBe('VERIFY_LOG_MISSING');
    expect(text).toContain('gitsign.rekorMode offline');
  });

  test('count by a timestamp where the root wants that in the place of a log', async () => {
    const stamped = [root({ require: { transparencyLog: 0, timestamps: 1 } }), KEYLESS, SIGNED];
    expect(await verdict({ documents: stamped, objects: [made({ log: 'none', tsa: true })] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: stamped, objects: [made({ log: 'none' })] })).toMatchObject({ code: 'VERIFY_TIMESTAMP' });
    expect(await verdict({ documents: stamped, objects: [made({ log: 'none', tsa: true, override: { timestamp: { message: Buffer.from('another') } } })] })).toMatchObject({ code: 'VERIFY_TIMESTAMP' });
  });

  const elsewhere = createWorld({ now: NOW });
  const foreignEntry = (): Buffer => {
    const entry = field.bytes(2, field.bytes(1, Buffer.alloc(32)));
    return made({}, { unsigned: () => [attribute('1.3.6.1.4.1.57264.3.1', octets(entry))] });
  };
  test.each<[string, string, () => Buffer]>([
    ['over another commit', 'VERIFY_SIGNATURE_INVALID', () => made({}, { content: commitOf({ message: 'Other\n' }) })],
    ['whose bytes were changed', 'VERIFY_SIGNATURE_INVALID', () => made({}, { signature: (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]) })],
    ['by another key than the certificate\'s', 'VERIFY_SIGNATURE_INVALID', () => made({ override: { signingKey: world.key() } })],
    ['that say they are over something else than data', 'VERIFY_SIGNATURE_INVALID', () => made({}, { contentType: '1.2.840.113549.1.9.16.1.4' })],
    ['with the content inside', 'VERIFY_MALFORMED', () => made({}, { inside: payload })],
    ['without certificate', 'VERIFY_MALFORMED', () => made({}, { certificates: () => [] })],
    ['with more certificates than anybody brings', 'VERIFY_MALFORMED', () => made({}, { certificates: (all) => Array.from({ length: 11 }, () => all).flat() })],
    ['with the log entry twice', 'VERIFY_MALFORMED', () => made({}, { unsigned: (all) => [...all, ...all] })],
    ['with an entry of a log that nobody knows', 'VERIFY_LOG_INVALID', foreignEntry],
    ['of another deployment', 'VERIFY_CERTIFICATE_UNTRUSTED', () => signedCommit(payload, gitsign(elsewhere, payload, { identity: DEVELOPER }))],
    ['logged elsewhere', 'VERIFY_LOG_INVALID', () => made({ override: { transparencyLog: elsewhere.rekor } })],
    ['with a promise by a stranger', 'VERIFY_LOG_INVALID', () => made({ override: { log: { promiseKey: world.key() } } })],
    ['with an entry about another signature', 'VERIFY_LOG_INVALID', () => made({}, { signature: (bytes) => bytes, entry: (entry) => ({ ...entry, integratedTime: entry.integratedTime + 1 }) })],
    ['logged after the certificate had ended', 'VERIFY_CERTIFICATE_EXPIRED', () => made({ override: { log: { at: NOW + 3_600_000 } } })],
    ['by a certificate that is not for signing code', 'VERIFY_CERTIFICATE_PROFILE', () => made({ override: { certificate: { eku: ['serverAuth'] } } })],
    ['in no CMS at all', 'VERIFY_MALFORMED', () => signedCommit(payload, armoured('SIGNED MESSAGE', Buffer.from('hello')))],
  ])('%s are refused with %s', async (_, code, forged) => {
    expect(await verdict({ documents, objects: [made()] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents, objects: [forged()] })).toMatchObject({ code });
  });

  test('an entry of one commit is no entry of another: its body is made of the signature it lies in', async () => {
    const stolen: Buffer[] = [];
    made({}, { unsigned: (all) => (stolen.push(...all), all) });
    expect(await verdict({ documents, objects: [made({}, { unsigned: () => stolen })] })).toMatchObject({ code: 'VERIFY_LOG_INVALID' });
  });
});

/** Authorities of one's own, and what they certify. */
const CA_NAME: Name = [['O', 'Acme'], ['CN', 'Acme Root']];
const authority = world.key('p256');
const anchor = makeCertificate({ subject: CA_NAME, issuer: CA_NAME, spki: authority.spki, notBefore: NOW - 1e10, notAfter: NOW + 1e11, extensions: [basicConstraints(true), keyUsage(['keyCertSign']), subjectKeyId(authority.spki)] }, authority);
function certified(key: SigningKey, { san = 'alice@acme.test', notAfter = NOW + 1e9, eku = ['emailProtection'], by = authority, issuer = CA_NAME }: { readonly san?: string; readonly notAfter?: number; readonly eku?: readonly string[]; readonly by?: SigningKey; readonly issuer?: Name } = {}): Certificate {
  return makeCertificate({ subject: [['CN', 'Alice']], issuer, spki: key.spki, notBefore: NOW - 1e9, notAfter, extensions: [keyUsage(['digitalSignature']), extendedKeyUsage(eku), subjectAltName([{ type: 'email', value: san }])] }, by);
}

describe('commits signed by S/MIME certificates', () => {
  const OWN = [
    doc('TrustRoot', 'acme', { x509: { certificates: anchor.pem } }),
    signer('alice', { x509: { san: 'alice@acme.test', eku: ['emailProtection'], trustRoot: 'acme' } }), SIGNED,
  ];
  const key = world.key('p256');
  const by = (certificate: Certificate, change: CmsChange = {}, chain: readonly Certificate[] = []): Buffer => signedCommit(payload, smime(payload, { key, certificate, chain }, NOW, change));

  test.each<KeyType>(['p256', 'rsa-2048', 'ed25519'])('by a key of type %s count while the certificate lasts', async (type) => {
    const own = world.key(type);
    const signedUntil = (notAfter: number): Buffer => signedCommit(payload, smime(payload, { key: own, certificate: certified(own, { notAfter }) }, NOW));
    expect(await verdict({ documents: OWN, objects: [signedUntil(NOW + 1000)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: OWN, objects: [signedUntil(NOW - 1000)] })).toMatchObject({ code: 'VERIFY_CERTIFICATE_EXPIRED' });
  });

  test('are by whom the certificate names, under that authority, for that purpose', async () => {
    expect(await verdict({ documents: OWN, objects: [by(certified(key))] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    for (const other of [certified(key, { san: 'mallory@acme.test' }), certified(key, { eku: ['serverAuth'] })])
      expect(await verdict({ documents: OWN, objects: [by(other)] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    expect(await verdict({ documents: OWN, objects: [by(certified(key, { by: world.key() }))] })).toMatchObject({ code: 'VERIFY_CERTIFICATE_UNTRUSTED' });
    expect(await verdict({ documents: OWN, objects: [by(certified(key), { names: certified(key) })] })).toMatchObject({ code: 'VERIFY_MALFORMED' });
  });

  test('find their way by intermediates that came along', async () => {
    const name: Name = [['O', 'Acme'], ['CN', 'Acme People']];
    const people = world.key('p256');
    const between = makeCertificate({ subject: name, issuer: CA_NAME, spki: people.spki, notBefore: NOW - 1e9, notAfter: NOW + 1e9, extensions: [basicConstraints(true), keyUsage(['keyCertSign'])] }, authority);
    const leaf = certified(key, { by: people, issuer: name });
    expect(await verdict({ documents: OWN, objects: [by(leaf, {}, [between])] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: OWN, objects: [by(leaf)] })).toMatchObject({ code: 'VERIFY_CERTIFICATE_UNTRUSTED' });
  });

  // Names of algorithms: RSA bare, with SHA-1, SHA-256 and SHA-384; ECDSA with SHA-256 and SHA-384; Ed25519.
  const [rsa, rsa1, rsa256, rsa384] = ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.5', '1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12'];
  const [ec256, ec384, ed] = ['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.3.101.112'];

  test.each<[KeyType, string, string]>([
    ['rsa-2048', rsa, 'POLICY_SATISFIED'], ['rsa-2048', rsa256, 'POLICY_SATISFIED'], ['rsa-2048', rsa384, 'VERIFY_ALGORITHM'],
    ['rsa-2048', rsa1, 'VERIFY_ALGORITHM'], ['rsa-2048', ec256, 'VERIFY_ALGORITHM'],
    ['p256', ec256, 'POLICY_SATISFIED'], ['p256', ec384, 'VERIFY_ALGORITHM'], ['p256', ed, 'VERIFY_ALGORITHM'], ['p256', rsa256, 'VERIFY_ALGORITHM'],
    ['p384', ec384, 'POLICY_SATISFIED'], ['p384', ec256, 'VERIFY_ALGORITHM'],
    ['ed25519', ed, 'POLICY_SATISFIED'], ['ed25519', ec256, 'VERIFY_ALGORITHM'],
  ])('by a key of type %s that say that they were made by %s are %s', async (type, algorithm, code) => {
    const own = world.key(type);
    const object = signedCommit(payload, smime(payload, { key: own, certificate: certified(own) }, NOW, { algorithm }));
    expect(await verdict({ documents: OWN, objects: [object] })).toMatchObject({ code });
  });

  // One hash in both places (RFC 8933, 3); of Ed25519 the content's is any that is allowed.
  test.each<[KeyType, string, 'sha256' | 'sha384' | 'sha512', string]>([
    ['rsa-2048', rsa256, 'sha256', 'POLICY_SATISFIED'], ['rsa-2048', rsa256, 'sha512', 'VERIFY_ALGORITHM'], ['rsa-2048', rsa, 'sha384', 'VERIFY_ALGORITHM'],
    ['p256', ec256, 'sha256', 'POLICY_SATISFIED'], ['p256', ec256, 'sha384', 'VERIFY_ALGORITHM'],
    ['p384', ec384, 'sha384', 'POLICY_SATISFIED'], ['p384', ec384, 'sha256', 'VERIFY_ALGORITHM'], ['p384', ec256, 'sha256', 'VERIFY_SIGNATURE_INVALID'],
    ['ed25519', ed, 'sha512', 'POLICY_SATISFIED'], ['ed25519', ed, 'sha256', 'POLICY_SATISFIED'],
  ])('by a key of type %s that say that they were made by %s over a content hashed by %s are %s', async (type, algorithm, digest, code) => {
    const own = world.key(type);
    const object = signedCommit(payload, smime(payload, { key: own, certificate: certified(own) }, NOW, { algorithm, digest }));
    expect(await verdict({ documents: OWN, objects: [object] })).toMatchObject({ code });
  });

  test.each<[string, string, string, number, string]>([
    ['for the same', 'sha256', 'sha256', 32, 'POLICY_SATISFIED'],
    ['for another mask', 'sha256', 'sha1', 32, 'VERIFY_ALGORITHM'], ['for a mask of another hash that is allowed', 'sha256', 'sha384', 32, 'VERIFY_ALGORITHM'],
    ['for a shorter salt', 'sha256', 'sha256', 20, 'VERIFY_ALGORITHM'], ['for another hash', 'sha384', 'sha384', 48, 'VERIFY_ALGORITHM'],
  ])('that say RSASSA-PSS with SHA-256 by a key that asks %s are told as what they are', async (_, hashAlgorithm, mgf1HashAlgorithm, saltLength, code) => {
    // node:crypto wants a number, whatever its types say.
    const salt = { saltLength } as object;
    const { privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm, mgf1HashAlgorithm, ...salt });
    const own = { ...keyFromPem('rsa-pss', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), hash: hashAlgorithm as 'sha256' };
    const sha256 = seq(oid('2.16.840.1.101.3.4.2.1'), NULL);
    const algorithm = seq(oid('1.2.840.113549.1.1.10'), seq(ctx(0, sha256), ctx(1, seq(oid('1.2.840.113549.1.1.8'), sha256)), ctx(2, int(32))));
    const object = signedCommit(payload, smime(payload, { key: own, certificate: certified(own) }, NOW, { algorithm }));
    expect(await verdict({ documents: OWN, objects: [object] })).toMatchObject({ code });
  });

  test('are not looked into before there is an authority that may have issued the certificate', async () => {
    const bent = (signature: Buffer): Buffer => Buffer.from(signature.map((byte, index) => (index === signature.length - 1 ? byte ^ 1 : byte)));
    expect(await verdict({ documents: OWN, objects: [by(certified(key), { signature: bent })] })).toMatchObject({ code: 'VERIFY_SIGNATURE_INVALID' });
    expect(await verdict({ documents: OWN, objects: [by(certified(key, { by: world.key() }), { signature: bent })] })).toMatchObject({ code: 'VERIFY_CERTIFICATE_UNTRUSTED' });
  });

  test('with lengths that are left open, as gpgsm writes them, are the same signature', async () => {
    const armour = smime(payload, { key, certificate: certified(key) }, NOW);
    const der = Buffer.from(armour.split('\n').slice(1, -2).join(''), 'base64');
    const open = armoured('SIGNED MESSAGE', leftOpen(der, 4));
    expect(await verdict({ documents: OWN, objects: [signedCommit(payload, open)] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    const cut = armoured('SIGNED MESSAGE', leftOpen(der, 4).subarray(0, -2));
    expect(await verdict({ documents: OWN, objects: [signedCommit(payload, cut)] })).toMatchObject({ code: 'VERIFY_MALFORMED' });
  });
});

/** Rewrites the first constructed layers with an open length. */
function leftOpen(der: Buffer, layers: number): Buffer {
  if (layers === 0 || ((der[0] ?? 0) & 0x20) === 0) return der;
  const size = (der[1] ?? 0) < 0x80 ? 0 : (der[1] ?? 0) & 0x7f;
  let inside = der.subarray(2 + size);
  const parts: Buffer[] = [];
  while (inside.length > 0) {
    const more = (inside[1] ?? 0) < 0x80 ? 0 : (inside[1] ?? 0) & 0x7f;
    const length = 2 + more + (more === 0 ? (inside[1] ?? 0) : inside.readUIntBE(2, more));
    parts.push(inside.subarray(0, length));
    inside = inside.subarray(length);
  }
  const last = parts.length === 1 || der[0] === 0xa0 ? parts.length - 1 : layers === 4 ? 1 : -1;
  const deeper = parts.map((part, index) => (index === last ? leftOpen(part, layers - 1) : part));
  return Buffer.concat([Buffer.from([der[0] ?? 0, 0x80]), ...deeper, Buffer.alloc(2)]);
}

describe('a commit of the repository of gitsign, recorded', () => {
  const recorded = readFileSync(new URL('../../../fixtures/git/gitsign-offline.commit', import.meta.url));
  const by = (subject: string): readonly unknown[] => [signer('alice', { keyless: { issuer: 'https://accounts.google.com', subject } }), SIGNED];

  test('is proven under the public good instance, by the log entry in it alone', async () => {
    expect(await verdict({ documents: by('billy@chainguard.dev'), objects: [recorded] })).toMatchObject({ code: 'POLICY_SATISFIED' });
    expect(await verdict({ documents: by('mallory@chainguard.dev'), objects: [recorded] })).toMatchObject({ code: 'VERIFY_SIGNER_UNTRUSTED' });
    const changed = Buffer.from(recorded.toString().replace('Mon Jun', 'Tue Jun'));
    expect(await verdict({ documents: by('billy@chainguard.dev'), objects: [changed] })).toMatchObject({ code: 'VERIFY_SIGNATURE_INVALID' });
  });
});
