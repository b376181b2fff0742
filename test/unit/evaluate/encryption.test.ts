import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import type { EncryptionRequirement, LayerFact, LayersFact, Recipient } from '../../../src/domain/policy/examined-requirement.ts';
import { judgeEncryption } from '../../../src/evaluate/encryption.ts';
import { readEncryption } from '../../../src/fetch/oci/layer-encryption.ts';
import { PKCS7 } from '../../support/enveloped.ts';
import { question } from './support.ts';

const KEYS = 'org.opencontainers.image.enc.keys.';
const base64 = (value: unknown): string => Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64');
const url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const OPTIONS = base64({ cipher: 'AES_256_CTR_HMAC_SHA256', hmac: base64(new Uint8Array(32)), cipheroptions: {} });
const jwe = (kid?: string): string => base64({ recipients: [{ header: { alg: 'RSA-OAEP', ...(kid === undefined ? {} : { kid }) }, encrypted_key: 'AA' }], ciphertext: 'AA' });

/** A public-key encrypted session key packet, version 3, old format, and an encrypted data packet behind it. */
const pgp = (...ids: string[]): string => base64(Buffer.concat([...ids.map((id) => Buffer.concat([Buffer.from([0x84, 12, 3]), Buffer.from(id, 'hex'), Buffer.from([1, 0, 0])])), Buffer.from([0xd2, 3, 1, 2, 3])]));

const layer = (annotations: Record<string, string> = { [`${KEYS}jwe`]: jwe('node-a') }, mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted'): LayerFact => ({
  mediaType, digest: `sha256:${'11'.repeat(32)}` as Digest, encryption: readEncryption({ 'org.opencontainers.image.enc.pubopts': OPTIONS, ...annotations }),
});
const NODE_A: Recipient = { scheme: 'jwe', kid: 'node-a' };
const requirement = (more: Partial<EncryptionRequirement> = {}): EncryptionRequirement => ({ kind: 'encryption', name: 'encrypted', recipients: [NODE_A], plainLayers: new Set(), allowUnidentified: false, ...more });

function judge(layers: readonly LayerFact[] | LayersFact | undefined, how: Partial<EncryptionRequirement> = {}): string {
  const fact: LayersFact | undefined = Array.isArray(layers) ? { ok: true, images: [{ digest: `sha256:${'22'.repeat(32)}` as Digest, layers: layers as readonly LayerFact[] }] } : (layers as LayersFact | undefined);
  return judgeEncryption(requirement(how), { ...question([]), ...(fact === undefined ? {} : { layers: fact }) }).code;
}

describe('encryption', () => {
  const pkcs7 = (issuer: string, serial: string): Recipient => ({ scheme: 'pkcs7', issuer, serial });
  const [a, b] = [pkcs7('C=DE,O=Acme,CN=node-a', '16c4'), pkcs7('CN=node-b', 'ff01')];
  const provider = (value: string, field = 'kid'): Recipient => ({ scheme: 'provider', provider: 'attestation-agent', field, value });
  const kbs = { [`${KEYS}provider.attestation-agent`]: base64({ kid: 'kbs:///acme/keys/1', wrapped_data: 'AA' }) };

  test.each<[string, string, readonly LayerFact[], Partial<EncryptionRequirement>]>([
    ['for the recipient', 'POLICY_SATISFIED', [layer()], {}],
    ['for somebody else', 'POLICY_RECIPIENT', [layer({ [`${KEYS}jwe`]: jwe('node-b') })], {}],
    ['for both', 'POLICY_RECIPIENT', [layer({ [`${KEYS}jwe`]: `${jwe('node-a')},${jwe('node-b')}` })], {}],
    ['for both, both allowed', 'POLICY_SATISFIED', [layer({ [`${KEYS}jwe`]: `${jwe('node-a')},${jwe('node-b')}` })], { recipients: [{ scheme: 'jwe', kid: 'node-*' }] }],
    ['for nobody', 'POLICY_RECIPIENT', [layer({})], {}],
    ['for a key without a name', 'POLICY_RECIPIENT', [layer({ [`${KEYS}jwe`]: jwe() })], {}],
    ['for a key without a name, allowed', 'POLICY_SATISFIED', [layer({ [`${KEYS}jwe`]: jwe() })], { allowUnidentified: true }],
    ['flattened JWE with the name in the protected header', 'POLICY_SATISFIED', [layer({ [`${KEYS}jwe`]: base64({ protected: url({ alg: 'RSA-OAEP', kid: 'node-a' }), encrypted_key: 'AA', ciphertext: 'AA' }) })], {}],
    ['compact JWE', 'POLICY_SATISFIED', [layer({ [`${KEYS}jwe`]: base64(Buffer.from(`${url({ kid: 'node-a' })}.a.b.c.d`)) })], {}],
    ['CMS for both certificates', 'POLICY_SATISFIED', [layer({ [`${KEYS}pkcs7`]: PKCS7 })], { recipients: [a, b] }],
    ['CMS for a certificate too many', 'POLICY_RECIPIENT', [layer({ [`${KEYS}pkcs7`]: PKCS7 })], { recipients: [a] }],
    ['CMS of another serial number', 'POLICY_RECIPIENT', [layer({ [`${KEYS}pkcs7`]: PKCS7 })], { recipients: [a, pkcs7('CN=node-b', 'ff02')] }],
    ['OpenPGP', 'POLICY_SATISFIED', [layer({ [`${KEYS}pgp`]: pgp('4bfcaa51e17ed8fb') })], { recipients: [{ scheme: 'pgp', keyId: '4bfcaa51e17ed8fb' }] }],
    ['OpenPGP for a second one', 'POLICY_RECIPIENT', [layer({ [`${KEYS}pgp`]: pgp('4bfcaa51e17ed8fb', '0102030405060708') })], { recipients: [{ scheme: 'pgp', keyId: '4bfcaa51e17ed8fb' }] }],
    ['OpenPGP, hidden', 'POLICY_RECIPIENT', [layer({ [`${KEYS}pgp`]: pgp('0000000000000000') })], { recipients: [{ scheme: 'pgp', keyId: '0000000000000000' }] }],
    ['PKCS#11', 'POLICY_RECIPIENT', [layer({ [`${KEYS}pkcs11`]: base64({ version: 0, recipients: [{ version: 0, blob: 'AA' }] }) })], {}],
    ['a key provider', 'POLICY_SATISFIED', [layer(kbs)], { recipients: [provider('kbs:///acme/*')] }],
    ['a key provider with another key', 'POLICY_RECIPIENT', [layer(kbs)], { recipients: [provider('kbs:///other/*')] }],
    ['a key provider by a field it has not', 'POLICY_RECIPIENT', [layer(kbs)], { recipients: [provider('*', 'constructor')] }],
    ['a scheme that is not known', 'POLICY_RECIPIENT', [layer({ [`${KEYS}rot13`]: base64({}) })], { allowUnidentified: true }],
    ['a wrapped key that is no base64', 'POLICY_RECIPIENT', [layer({ [`${KEYS}jwe`]: '***' })], { allowUnidentified: true }],
    ['a plain layer', 'POLICY_NOT_ENCRYPTED', [layer(), layer({}, 'application/vnd.oci.image.layer.v1.tar+gzip')], {}],
    ['a plain layer that may be', 'POLICY_SATISFIED', [layer({}, 'application/vnd.oci.image.layer.v1.tar+gzip')], { plainLayers: new Set([`sha256:${'11'.repeat(32)}`]) }],
    ['another cipher', 'POLICY_NOT_ENCRYPTED', [layer({ 'org.opencontainers.image.enc.pubopts': base64({ cipher: 'AES_128_CTR', hmac: base64(new Uint8Array(32)) }) })], {}],
    ['no hmac', 'POLICY_NOT_ENCRYPTED', [layer({ 'org.opencontainers.image.enc.pubopts': base64({ cipher: 'AES_256_CTR_HMAC_SHA256', hmac: '' }) })], {}],
    ['no layers', 'POLICY_NOT_ENCRYPTED', [], {}],
  ])('%s: %s', (_what, expected, layers, how) => {
    expect(judge(layers, how)).toBe(expected);
  });

  test('every image of an index counts', () => {
    const image = (layers: readonly LayerFact[]): { digest: Digest; layers: readonly LayerFact[] } => ({ digest: `sha256:${'33'.repeat(32)}` as Digest, layers });
    expect(judge({ ok: true, images: [image([layer()]), image([layer()])] })).toBe('POLICY_SATISFIED');
    expect(judge({ ok: true, images: [image([layer()]), image([layer({}, 'application/vnd.oci.image.layer.v1.tar')])] })).toBe('POLICY_NOT_ENCRYPTED');
  });

  test('a manifest that could not be read is what it is, not plain', () => {
    expect(judge({ ok: false, problem: { code: 'FETCH_UNREACHABLE', source: 'ghcr.io' } })).toBe('FETCH_UNREACHABLE');
    expect(judge(undefined)).toBe('ENGINE_DEADLINE');
  });
});
