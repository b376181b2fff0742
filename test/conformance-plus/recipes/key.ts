import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { base64, hash, sha256Hex } from '../../world/encode.ts';
import { makeKey } from '../../world/keys.ts';
import type { SigningKey } from '../../world/keys.ts';
import { ARTIFACT, ENVELOPE, keyed, MINUTE, NOW, policyDocument, signerDocument, world } from '../scene.ts';
import type { KeyedChange } from '../scene.ts';
import type { Question, Recipe } from '../recipe.ts';

const INVALID = 'VERIFY_SIGNATURE_INVALID';
const LOADED = 'refused when loaded';
const ED_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** A signature that is changed after it was made. */
function altered(change: (signature: Buffer) => Buffer, more: KeyedChange = {}): Question {
  return keyed({ ...ENVELOPE, ...more, override: { signature: change } });
}

/** S + L instead of S: the same point, another encoding (RFC 8032, 5.1.7). */
function plusOrder(signature: Buffer): Buffer {
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + ED_ORDER;
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()]);
}

/** The key pair's public half replaced by another one. */
function withPublic(key: SigningKey, spki: Buffer): SigningKey {
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return { ...key, publicKey, spki, publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(), keyId: `sha256:${sha256Hex(spki)}`, hint: base64(hash(spki)) };
}

/** The neutral element as Ed25519 key: R = neutral, S = 0 then solves the equation for every message (RFC 8032, 5.1.7). */
function smallOrder(): Question {
  const real = makeKey('ed25519');
  const neutral = Buffer.concat([real.spki.subarray(0, 12), Buffer.from(`01${'00'.repeat(31)}`, 'hex')]);
  return keyed({ ...ENVELOPE, key: withPublic(real, neutral), override: { signature: () => Buffer.concat([neutral.subarray(12), Buffer.alloc(32)]) } });
}

const rsa3 = (() => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
  return withPublic({ ...makeKey('rsa-2048'), privateKey: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })) }, createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
})();

/** Largest integer whose cube is at most n. */
function cubeRoot(n: bigint): bigint {
  let low = 0n;
  let high = 1n << 700n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** 3n <= n) low = middle;
    else high = middle - 1n;
  }
  return low;
}

/** Bleichenbacher's forgery for e = 3: a right beginning of the padding, the digest, and garbage behind it. */
function cubeForgery(signed: Uint8Array): Buffer {
  const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), hash(signed)]);
  const head = Buffer.concat([Buffer.from(`0001${'ff'.repeat(8)}00`, 'hex'), info]);
  const block = Buffer.concat([head, Buffer.alloc(256 - head.length, 0xff)]);
  return Buffer.from(cubeRoot(BigInt(`0x${block.toString('hex')}`)).toString(16).padStart(512, '0'), 'hex');
}

function digestInfoWithGarbage(): Question {
  return keyed({ key: rsa3, override: { signature: () => cubeForgery(ARTIFACT) } });
}

/** A key of another size or sort than policies may name; the signature is its own and good. */
function weak(key: SigningKey): Question {
  return keyed({ key, ...ENVELOPE });
}

function curve(namedCurve: string): SigningKey {
  const pair = generateKeyPairSync('ec', { namedCurve });
  return withPublic({ ...makeKey(), privateKey: pair.privateKey }, pair.publicKey.export({ type: 'spki', format: 'der' }));
}

/** RSA with e = 1: the signature is the padded digest itself. */
function exponentOne(): Question {
  const real = makeKey('rsa-2048');
  const jwk = real.publicKey.export({ format: 'jwk' });
  const key = withPublic(real, createPublicKey({ key: { ...jwk, e: 'AQ' }, format: 'jwk' }).export({ type: 'spki', format: 'der' }));
  const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), hash(ARTIFACT)]);
  const padded = Buffer.concat([Buffer.from('0001', 'hex'), Buffer.alloc(256 - 3 - info.length, 0xff), Buffer.from('00', 'hex'), info]);
  return keyed({ key, override: { signature: () => padded } });
}

/** Policy documents with this text as key; the evidence does not matter. */
function pemBomb(data: string): Question {
  const { oracle: _, ...question } = keyed();
  return { ...question, documents: [signerDocument([{ key: { data } }]), policyDocument()] };
}

function encrypted(key: SigningKey): Buffer {
  return publicEncrypt({ key: key.publicKey, padding: constants.RSA_PKCS1_PADDING }, hash(ARTIFACT));
}

const DAY = 24 * 60 * MINUTE;
const WINDOW = { notBefore: '2000-01-01T00:00:00Z', notAfter: new Date(NOW - DAY).toISOString() };
const OPEN = { ...WINDOW, notAfter: new Date(NOW + DAY).toISOString() };
const trusted = makeKey();

/** Forgeries of signatures by key, and keys that must not be trusted. */
export const KEY: readonly Recipe[] = [
  { id: 'key-stranger', title: 'signature by a stranger under the hint of the trusted key', expected: INVALID, forged: () => keyed({ ...ENVELOPE, key: trusted, override: { signingKey: makeKey() } }), twin: () => keyed({ ...ENVELOPE, key: trusted }) },
  { id: 'key-hint-proto', title: 'signature by a stranger under the hint __proto__', expected: 'VERIFY_SIGNER_UNTRUSTED', forged: () => keyed({ ...ENVELOPE, trusted, hint: '__proto__', oracleHint: trusted.hint }), twin: () => keyed({ ...ENVELOPE, key: trusted, hint: '__proto__', oracleHint: trusted.hint }) },
  { id: 'key-hint-constructor', title: 'signature by a stranger under the hint constructor', expected: 'VERIFY_SIGNER_UNTRUSTED', forged: () => keyed({ ...ENVELOPE, trusted, hint: 'constructor', oracleHint: trusted.hint }), twin: () => keyed({ ...ENVELOPE, key: trusted, hint: 'constructor', oracleHint: trusted.hint }) },
  { id: 'key-hint-to-string', title: 'signature by a stranger under the hint toString', expected: 'VERIFY_SIGNER_UNTRUSTED', forged: () => keyed({ ...ENVELOPE, trusted, hint: 'toString', oracleHint: trusted.hint }), twin: () => keyed({ ...ENVELOPE, key: trusted, hint: 'toString', oracleHint: trusted.hint }) },
  { id: 'ecdsa-zero', title: 'ECDSA signature with r = s = 0', rows: ['D13'], expected: INVALID, forged: () => altered(() => Buffer.from('3006020100020100', 'hex')), twin: () => keyed(ENVELOPE) },
  { id: 'ecdsa-zero-raw', title: 'ECDSA signature r‖s with r = s = 0, over a digest', rows: ['D13'], expected: INVALID, forged: () => keyed({ override: { signature: () => Buffer.alloc(64) } }), twin: () => keyed({ override: { sign: { encoding: 'p1363' } } }) },
  { id: 'ecdsa-order', title: 'ECDSA signature with r and s equal to the order of the curve', rows: ['D13'], expected: INVALID, forged: () => altered(() => Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.repeat(2), 'hex')), twin: () => keyed(ENVELOPE) },
  { id: 'ecdsa-trailing-bytes', title: 'bytes after an ECDSA signature', rows: ['D13'], expected: INVALID, forged: () => altered((one) => Buffer.concat([one, Buffer.of(0)])), twin: () => keyed(ENVELOPE) },
  { id: 'ecdsa-trailing-bytes-digest', title: 'bytes after an ECDSA signature over a digest', rows: ['D13'], expected: INVALID, forged: () => keyed({ override: { signature: (one) => Buffer.concat([one, Buffer.of(0)]) } }), twin: () => keyed() },
  { id: 'ecdsa-long-length', title: 'ECDSA signature with a length that is not in its shortest form', rows: ['D13'], expected: INVALID, forged: () => altered((one) => Buffer.concat([Buffer.of(0x30, 0x81), one.subarray(1)])), twin: () => keyed(ENVELOPE) },
  { id: 'ed25519-plus-order', title: 'Ed25519 signature with S + L', rows: ['D10'], expected: INVALID, forged: () => altered(plusOrder, { key: makeKey('ed25519') }), twin: () => keyed({ ...ENVELOPE, key: makeKey('ed25519') }) },
  { id: 'ed25519-small-order', title: 'trusted Ed25519 key that is the neutral element of the curve', rows: ['D10'], expected: LOADED, forged: smallOrder, twin: () => keyed({ ...ENVELOPE, key: makeKey('ed25519') }) },
  { id: 'rsa-exponent-3', title: 'RSA with e = 3: cube root of a padding with garbage behind the digest', rows: ['D09'], expected: INVALID, forged: digestInfoWithGarbage, twin: () => keyed({ key: rsa3 }) },
  { id: 'rsa-exponent-1', title: 'trusted RSA key with e = 1: the signature is the padded digest', rows: ['D12'], expected: LOADED, forged: exponentOne, twin: () => keyed({ key: makeKey('rsa-2048') }) },
  { id: 'rsa-block-type-2', title: 'RSA "signature" made with the public key', rows: ['D09'], expected: INVALID, forged: () => { const key = makeKey('rsa-2048'); return keyed({ key, override: { signature: () => encrypted(key) } }); }, twin: () => keyed({ key: makeKey('rsa-2048') }) },
  { id: 'rsa-1024', title: 'trusted RSA key of 1024 bits', rows: ['D12'], expected: LOADED, forged: () => weak(makeKey('rsa-1024')), twin: () => weak(makeKey('rsa-2048')) },
  { id: 'key-p192', title: 'trusted P-192 key', rows: ['D12'], expected: LOADED, forged: () => weak(curve('prime192v1')), twin: () => weak(makeKey('p256')) },
  { id: 'key-secp256k1', title: 'trusted secp256k1 key', rows: ['D12'], expected: LOADED, forged: () => weak(makeKey('secp256k1')), twin: () => weak(makeKey('p256')) },
  { id: 'key-ml-dsa', title: 'trusted ML-DSA-65 key that the policy does not name as one', rows: ['D12'], expected: LOADED, forged: () => weak(makeKey('ml-dsa-65')), twin: () => keyed({ ...ENVELOPE, key: makeKey('ml-dsa-65'), signer: { algorithm: 'ml-dsa-65' } }) },
  { id: 'key-window-ended', title: 'key whose window ended, and nothing that proves a time', rows: ['B12'], expected: 'POLICY_KEY_WINDOW', forged: () => keyed({ ...ENVELOPE, signer: WINDOW, oracleEnd: NOW - DAY }), twin: () => keyed({ ...ENVELOPE, signer: OPEN, oracleEnd: NOW + DAY }) },
  { id: 'key-window-ended-stamped', title: 'key whose window ended before the timestamp', rows: ['B12'], expected: 'POLICY_KEY_WINDOW', forged: () => keyed({ ...ENVELOPE, tsa: true, signer: WINDOW, oracleEnd: NOW - DAY }), twin: () => keyed({ ...ENVELOPE, tsa: true, signer: OPEN, oracleEnd: NOW + DAY }) },
  { id: 'key-log-missing', title: 'log entry demanded, none there', expected: 'POLICY_LOG_REQUIRED', forged: () => keyed({ ...ENVELOPE, logged: true, log: 'none' }), twin: () => keyed({ ...ENVELOPE, logged: true }) },
  { id: 'key-log-promise', title: 'log entry demanded, its promise by a stranger', rows: ['B02'], expected: 'VERIFY_LOG_INVALID', forged: () => keyed({ ...ENVELOPE, logged: true, override: { log: { promiseKey: world.key() } } }), twin: () => keyed({ ...ENVELOPE, logged: true }) },
  { id: 'pem-bomb', title: 'key of a policy that is a thousand times "-----BEGIN A-----"', rows: ['D19'], expected: LOADED, forged: () => pemBomb('-----BEGIN A-----\n'.repeat(900)), twin: () => keyed() },
];
