import type { LayerFact } from '../../../../src/domain/policy/examined-requirement.ts';
import { readEncryption } from '../../../../src/fetch/oci/layer-encryption.ts';
import { ctx, int, octets, oid, seq, setOf } from '../../../world/der.ts';
import { asDigest, base64 } from '../../../world/encode.ts';
import { distinguishedName } from '../../../world/x509.ts';
import { demanding, rowsAt } from './row.ts';
import type { Row } from './row.ts';
import { DIGEST } from './world.ts';

/** Rows of `encryption`: layers of which the manifest says for whom their keys are wrapped. */
const LAYER = asDigest(`sha256:${'11'.repeat(32)}`);
const TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const json = (value: unknown): string => base64(JSON.stringify(value));
const pubopts = json({ cipher: 'AES_256_CTR_HMAC_SHA256', hmac: base64(new Uint8Array(32)), cipheroptions: {} });

const layer = (mediaType: string, annotations: Readonly<Record<string, string>>): LayerFact => ({ mediaType, digest: LAYER, encryption: readEncryption(annotations) });
const wrapped = (scheme: string, blob: string): LayerFact =>
  layer(`${TYPE}+encrypted`, { 'org.opencontainers.image.enc.pubopts': pubopts, [`org.opencontainers.image.enc.keys.${scheme}`]: blob });

/** CMS EnvelopedData (RFC 5652, 6.1) for one certificate, by issuer and serial number. */
function enveloped(issuer: string, serial: number): string {
  const algorithm = seq(oid('1.2.840.113549.1.1.1'));
  const recipient = seq(int(0), seq(distinguishedName([['CN', issuer]]), int(serial)), algorithm, octets(new Uint8Array(8)));
  return base64(seq(oid('1.2.840.113549.1.7.3'), ctx(0, seq(int(0), setOf(recipient), seq(oid('1.2.840.113549.1.7.1'), algorithm)))));
}

/** A public-key encrypted session key packet of version 3, and encrypted data behind it. */
const pgp = (id: string): string =>
  base64(Buffer.concat([Buffer.from([0x84, 12, 3]), Buffer.from(id, 'hex'), Buffer.from([1, 0, 0, 0xd2, 3, 1, 2, 3])]));
const jwe = (header: object): string =>
  json({ recipients: [{ header: { alg: 'RSA-OAEP', ...header }, encrypted_key: 'AA' }], ciphertext: 'AA' });

const make = rowsAt('ClusterArtifactPolicy', demanding({ encryption: { recipients: ['node-a'] } }), 'spec.require.0.encryption');
const having = (one: LayerFact): { readonly scene: object } => ({
  scene: { layers: { ok: true, images: [{ digest: DIGEST, layers: [one] }] } },
});
const NODE_A = having(wrapped('jwe', jwe({ kid: 'node-a' })));
const wrappedFor = (recipient: object): { readonly base: Readonly<Record<string, unknown>> } => ({ base: { 'recipients.0': recipient } });
const PKCS7 = {
  ...having(wrapped('pkcs7', enveloped('node-a', 0x16c4))),
  ...wrappedFor({ pkcs7: { issuer: 'CN=node-a', serial: '16c4' } }),
};
const KBS = {
  ...having(wrapped('provider.kbs', json({ kid: 'a1', zone: 'b' }))),
  ...wrappedFor({ provider: { name: 'kbs', field: 'kid', value: 'a*' } }),
};

export const encryptionRows: readonly Row[] = [
  make('recipients.0', 'node-b', 'POLICY_RECIPIENT', NODE_A),
  make('recipients.0.jwe', 'node-b', 'POLICY_RECIPIENT', { ...NODE_A, ...wrappedFor({ jwe: 'node-a' }) }),
  make('recipients.0.pkcs7.issuer', 'CN=node-b', 'POLICY_RECIPIENT', PKCS7),
  make('recipients.0.pkcs7.serial', '16c5', 'POLICY_RECIPIENT', PKCS7),
  make('recipients.0.pgp', '4BFCAA51E17ED8FC', 'POLICY_RECIPIENT', {
    ...having(wrapped('pgp', pgp('4BFCAA51E17ED8FB'))),
    ...wrappedFor({ pgp: '4BFCAA51E17ED8FB' }),
  }),
  make('recipients.0.provider.name', 'other', 'POLICY_RECIPIENT', KBS),
  make('recipients.0.provider.field', 'zone', 'POLICY_RECIPIENT', KBS),
  make('recipients.0.provider.value', 'b*', 'POLICY_RECIPIENT', KBS),
  make('plainLayers', [LAYER], 'POLICY_SATISFIED', { ...having(layer(TYPE, {})), from: 'POLICY_NOT_ENCRYPTED' }),
  make('allowUnidentified', true, 'POLICY_SATISFIED', { ...having(wrapped('jwe', jwe({}))), from: 'POLICY_RECIPIENT' }),
];
