import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { encodeCbor, head, tagged } from '../../world/cbor.ts';
import type { Cbor } from '../../world/cbor.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, nameConstraints, subjectKeyId } from '../../world/extensions.ts';
import type { Extension } from '../../world/extensions.ts';
import { describe } from '../../world/image.ts';
import { makeKey } from '../../world/keys.ts';
import { makeNotary, notarySign } from '../../world/notation.ts';
import type { Notary, NotaryMaking, NotarySigning } from '../../world/notation.ts';
import { makeTsa } from '../../world/tsa.ts';
import { sha256Hex } from '../../world/encode.ts';
import type { Expected, Question, Recipe } from '../recipe.ts';
import { ARTIFACT, DIGEST, MINUTE, NOW, policyDocument, signerDocument } from '../scene.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const TARGET = describe(MEDIA_TYPE, ARTIFACT);
const NAME = 'C=US, ST=WA, O=Acme, CN=release';
const A = 'io.cncf.notary.';
const AUTHORITY = 'notary.x509.signingAuthority';
const [notary, stranger] = [makeNotary({ now: NOW }), makeNotary({ now: NOW })];
const [tsa, otherTsa] = [makeTsa({ now: NOW, intermediate: true }), makeTsa({ now: NOW, intermediate: true })];
const rootOf = ({ chain }: { readonly chain: readonly { readonly pem: string }[] }): string => chain.at(-1)?.pem ?? '';

/** How a question differs from "signed by the notary, whose root is in ca, judged by his name". */
interface Change extends Partial<NotarySigning> {
  /** The trust root; default: the notary's root as `ca`, and `tsa` where he stamps. */
  readonly stores?: Record<string, unknown>;
  readonly identity?: Record<string, unknown>;
  readonly now?: number;
  readonly message?: Buffer;
  /** The last word on the bytes. */
  readonly bytes?: (envelope: Buffer) => Buffer;
}

function notarised({ stores, identity = { subject: NAME }, now = NOW, message = ARTIFACT, bytes = (same) => same, ...signing }: Change = {}): Question {
  const by = signing.notary ?? notary;
  const envelope = bytes(notarySign({ notary: by, target: TARGET, at: NOW - HOUR, ...signing }));
  const evidence: UnverifiedEvidence = { format: signing.format ?? 'notation-jws', source: 'referrer', bytes: envelope, digest: `sha256:${sha256Hex(envelope)}`, message };
  const root = stores ?? { ca: by.root.pem };
  return {
    evidence, digest: DIGEST, now,
    documents: [
      { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'world' }, spec: { notation: root } },
      signerDocument([{ x509: { ...identity, trustRoot: 'world' } }]),
      policyDocument(),
    ],
  };
}

type Forged = readonly [id: string, title: string, expected: Expected, forged: Change, twin?: Change];

/** Rows of the attack list that forgeries of Notation are of as well. */
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  'other-digest': ['A08'], 'content-type': ['A05'], 'authority-expired': ['B07'], 'authority-future': ['B20'], 'root-stranger': ['B15', 'C17'], 'root-appended': ['B15'],
  expired: ['B19', 'B27'], 'no-timestamp': ['B17', 'B19'], 'timestamp-stranger': ['B17'], 'timestamp-late': ['B07'], 'timestamp-of-another': ['B17'], 'timestamp-by-key': ['B09'],
  'timestamp-no-certificate-hash': ['B09'], 'name-inside': ['C02'], 'leaf-any-usage': ['B11'], 'leaf-server': ['B11'], 'leaf-authority': ['B14'], 'leaf-signs-certificates': ['B14'],
};
const rowsOf = (id: string): Pick<Recipe, 'rows'> => (ATTACKS[id] === undefined ? {} : { rows: ATTACKS[id] });

/** In both encodings, where the change means the same in both. */
const both = (rows: readonly Forged[]): readonly Recipe[] => rows.flatMap(([id, title, expected, forged, twin = {}]) =>
  (['notation-jws', 'notation-cose'] as const).map((format): Recipe => ({
    id: `${format}-${id}`, title: `${format === 'notation-jws' ? 'JWS' : 'COSE'}: ${title}`, expected, ...rowsOf(id),
    forged: () => notarised({ format, ...forged }), twin: () => notarised({ format, ...twin }),
  })));
const one = (rows: readonly Forged[], format: 'notation-jws' | 'notation-cose'): readonly Recipe[] => rows.map(([id, title, expected, forged, twin = {}]) => ({
  id: `notation-${id}`, title, expected, ...rowsOf(id), forged: () => notarised({ format, ...forged }), twin: () => notarised({ format, ...twin }),
}));

const by = (making: Partial<NotaryMaking>): Notary => makeNotary({ now: NOW, ...making });
const leafWith = (...extensions: readonly Extension[]): Notary => by({ leafExtensions: extensions });
const SIGNS = keyUsage(['digitalSignature']);
const ENDED = by({ leaf: { notAfter: NOW - DAY } });
const STAMPED = { notary: ENDED, at: NOW - 2 * DAY, tsa, stores: { ca: ENDED.root.pem, tsa: rootOf(tsa) } } as const;
const YOUNG = by({ leaf: { notBefore: NOW - DAY } });
const BEGUN = { notary: YOUNG, tsa, stores: { ca: YOUNG.root.pem, tsa: rootOf(tsa) } } as const;
const BY_AUTHORITY = { scheme: AUTHORITY, stores: { signingAuthority: notary.root.pem } } as const;
const PLUGIN = { attributes: { [`${A}verificationPlugin`]: 'acme' }, critical: [`${A}verificationPlugin`] } as const;
const without = (name: string) => (headers: Record<string, unknown>): Record<string, unknown> => {
  const { [name]: _, ...others } = headers;
  return others;
};
const header = (more: Record<string, unknown>) => (headers: Record<string, unknown>): Record<string, unknown> => ({ ...headers, ...more });
const unsigned = (more: object) => (envelope: Record<string, unknown>): Record<string, unknown> => ({ ...envelope, header: { ...envelope['header'] as object, ...more } });
const unprotected = (more: object) => (envelope: Record<string, unknown>): Record<string, unknown> => ({ ...envelope, unprotected: { ...envelope['unprotected'] as object, ...more } });
const target = (more: object) => ({ targetArtifact }: Record<string, unknown>): unknown => ({ targetArtifact: { ...targetArtifact as object, ...more } });

const OTHER = by({ subject: [['C', 'US'], ['ST', 'WA'], ['O', 'Acme, CN=release'], ['CN', 'other']] });
const deep = by({ between: 2 });
const rsa = by({ keyType: 'rsa-2048' });

/** Forgeries of Notary Project signatures. */
export const NOTATION: readonly Recipe[] = [
  ...both([
    ['signature-byte', 'a byte of the signature was changed', 'VERIFY_SIGNATURE_INVALID', { signature: (bytes) => bytes.fill(bytes[0] === 1 ? 2 : 1, 0, 1) }],
    ['signed-by-stranger', 'signed by a stranger in the name of the chain', 'VERIFY_SIGNATURE_INVALID', { signingKey: stranger.key }],
    ['empty-signature', 'a signature of zeroes', 'VERIFY_SIGNATURE_INVALID', { signature: (bytes) => Buffer.alloc(bytes.length) }],
    ['other-digest', 'descriptor of another digest', 'VERIFY_SUBJECT_MISMATCH', { target: { ...TARGET, digest: `sha256:${'0'.repeat(64)}` as typeof DIGEST } }],
    ['other-size', 'descriptor of the right digest and another size', 'VERIFY_SUBJECT_MISMATCH', { target: { ...TARGET, size: TARGET.size + 1 } }],
    ['other-media-type', 'descriptor of the right digest and another media type', 'VERIFY_SUBJECT_MISMATCH', { target: { ...TARGET, mediaType: 'application/vnd.docker.distribution.manifest.v2+json' } }],
    ['payload-case', 'payload whose digest is misspelt for readers that take any case', 'VERIFY_MALFORMED', { payload: target({ Digest: `sha256:${'0'.repeat(64)}` }) }],
    ['content-type', 'payload of another content type', 'VERIFY_PAYLOAD_TYPE', { headers: (headers) => header({ [Object.hasOwn(headers, 'cty') ? 'cty' : '3']: 'application/json' })(headers) }],
    ['scheme', 'signing scheme that nobody knows', 'VERIFY_FORMAT', { headers: header({ [`${A}signingScheme`]: 'notary.x509.other' }) }],
    ['no-scheme', 'no signing scheme', 'VERIFY_FORMAT', { headers: without(`${A}signingScheme`) }],
    ['no-time', 'no signing time', 'VERIFY_MALFORMED', { headers: without(`${A}signingTime`) }],
    ['critical-missing', 'an end that is not marked critical', 'VERIFY_MALFORMED', { expiry: NOW + DAY, headers: (headers) => header({ [Object.hasOwn(headers, 'crit') ? 'crit' : '2']: [`${A}signingScheme`] })(headers) }, { expiry: NOW + DAY }],
    ['critical-unknown', 'critical attribute that nobody understands', 'VERIFY_FORMAT', { attributes: { 'acme.must': '1' }, critical: ['acme.must'] }, { attributes: { 'acme.must': '1' } }],
    ['critical-absent', 'critical attribute that is not there', 'VERIFY_MALFORMED', { critical: ['acme.must'] }],
    ['critical-twice', 'attribute named critical twice', 'VERIFY_MALFORMED', { critical: [`${A}signingScheme`] }],
    ['plugin', 'signature that demands a plug-in', 'VERIFY_FORMAT', PLUGIN, { ...PLUGIN, stores: { ca: notary.root.pem, verificationPlugins: [{ name: 'acme' }] } }],
    ['plugin-uncritical', 'signature that names a plug-in and does not mark it critical', 'VERIFY_FORMAT', { attributes: PLUGIN.attributes }],
    ['ended', 'signature whose own end has come', 'POLICY_SIGNATURE_EXPIRED', { expiry: NOW }, { expiry: NOW + 1000 }],
    ['ended-before', 'signature that ends before it was made', 'VERIFY_MALFORMED', { expiry: NOW - 2 * HOUR }, { expiry: NOW + HOUR }],
    ['authority-in-ca', 'signing time of a signing authority whose root is trusted for signers alone', 'VERIFY_CERTIFICATE_UNTRUSTED', { scheme: AUTHORITY }, BY_AUTHORITY],
    ['ca-as-authority', 'signer whose root is trusted as a signing authority alone', 'VERIFY_CERTIFICATE_UNTRUSTED', { stores: BY_AUTHORITY.stores }, BY_AUTHORITY],
    ['authority-expired', 'made by a signing authority after its certificate had ended', 'VERIFY_CERTIFICATE_EXPIRED', { notary: ENDED, scheme: AUTHORITY, at: NOW - HOUR, stores: { signingAuthority: ENDED.root.pem } }, { notary: ENDED, scheme: AUTHORITY, at: NOW - 2 * DAY, stores: { signingAuthority: ENDED.root.pem } }],
    ['authority-future', 'made by a signing authority tomorrow', 'VERIFY_TIMESTAMP', { ...BY_AUTHORITY, at: NOW + DAY }, BY_AUTHORITY],
    ['root-stranger', 'chain of a stranger of the same names', 'VERIFY_CERTIFICATE_UNTRUSTED', { notary: stranger, stores: { ca: notary.root.pem } }],
    ['root-appended', 'chain of a stranger, behind which the trusted root stands', 'VERIFY_CERTIFICATE_UNTRUSTED', { notary: stranger, stores: { ca: notary.root.pem }, chain: [...stranger.chain, notary.root].map(({ der }) => der) }],
    ['chain-incomplete', 'chain without its root', 'VERIFY_CERTIFICATE_UNTRUSTED', { chain: notary.chain.slice(0, -1).map(({ der }) => der) }],
    ['chain-disordered', 'chain whose authorities stand in another order', 'VERIFY_CERTIFICATE_UNTRUSTED', { notary: deep, chain: [0, 2, 1, 3].flatMap((index) => deep.chain[index]?.der ?? []) }, { notary: deep }],
    ['chain-root-twice', 'chain in which its root stands twice', 'VERIFY_CERTIFICATE_UNTRUSTED', { chain: [...notary.chain, notary.root].map(({ der }) => der) }],
    ['expired', 'signed by a certificate that has ended, with nothing that proves when', 'VERIFY_CERTIFICATE_EXPIRED', { notary: ENDED, at: NOW - 2 * DAY }, { now: NOW }],
    ['name-inside', 'certificate in whose organisation the name of the signer is written', 'VERIFY_SIGNER_UNTRUSTED', { notary: OTHER }],
    ['name-of-another', 'certificate of another name below the same root', 'VERIFY_SIGNER_UNTRUSTED', { identity: { subject: NAME.replace('release', 'deploy') } }],
    ['no-timestamp', 'no timestamp where the trust root demands one', 'VERIFY_TIME_MISSING', { stores: { ca: notary.root.pem, tsa: rootOf(tsa) } }, { tsa, stores: { ca: notary.root.pem, tsa: rootOf(tsa) } }],
    ['timestamp-stranger', 'timestamp of an authority under another root', 'VERIFY_TIMESTAMP', { ...STAMPED, tsa: otherTsa }, STAMPED],
    ['timestamp-late', 'timestamp of after the end of the certificate', 'VERIFY_CERTIFICATE_EXPIRED', { ...STAMPED, timestamp: { at: NOW - HOUR } }, STAMPED],
    ['timestamp-accuracy', 'timestamp that may be of after the end of the certificate', 'VERIFY_CERTIFICATE_EXPIRED', { ...STAMPED, timestamp: { at: NOW - DAY - 60_000, accuracy: { seconds: 61 } } }, { ...STAMPED, timestamp: { at: NOW - DAY - 60_000, accuracy: { seconds: 60 } } }],
    ['timestamp-accuracy-before', 'timestamp that may be of before the certificate began', 'VERIFY_CERTIFICATE_EXPIRED', { ...BEGUN, timestamp: { at: NOW - DAY + 30_000, accuracy: { seconds: 31 } } }, { ...BEGUN, timestamp: { at: NOW - DAY + 30_000, accuracy: { seconds: 30 } } }],
    ['timestamp-of-another', 'timestamp over another signature', 'VERIFY_TIMESTAMP', { ...STAMPED, timestamp: { message: Buffer.from('other') } }, STAMPED],
    ['timestamp-no-certificate-hash', 'timestamp whose signed attributes name no certificate', 'VERIFY_MALFORMED', { ...STAMPED, timestamp: { essCertificate: false } }, STAMPED],
    ['timestamp-by-key', 'timestamp signed by a stranger in the name of the authority', 'VERIFY_TIMESTAMP', { ...STAMPED, timestamp: { key: otherTsa.key } }, STAMPED],
    ['timestamp-without-path', 'timestamp that brings no path to the root', 'VERIFY_TIMESTAMP', { ...STAMPED, timestamp: { embed: [tsa.signer] } }, STAMPED],
  ]),
  ...one([
    ['leaf-server', 'leaf for servers as well', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith(SIGNS, extendedKeyUsage(['codeSigning', 'serverAuth'])) }, { notary: leafWith(SIGNS, extendedKeyUsage(['codeSigning'])) }],
    ['leaf-any-usage', 'leaf for anything', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith(SIGNS, extendedKeyUsage(['any'])) }, { notary: leafWith(SIGNS) }],
    ['leaf-timestamping', 'leaf of a timestamp authority', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith(SIGNS, extendedKeyUsage(['timeStamping'])) }, { notary: leafWith(SIGNS) }],
    ['leaf-no-usage', 'leaf without key usage', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith() }, { notary: leafWith(SIGNS) }],
    ['leaf-usage-uncritical', 'leaf whose key usage is not critical', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith({ ...SIGNS, critical: false }) }, { notary: leafWith(SIGNS) }],
    ['leaf-enciphers', 'leaf that enciphers keys as well', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith(keyUsage(['digitalSignature', 'keyEncipherment'])) }, { notary: leafWith(keyUsage(['digitalSignature', 'contentCommitment'])) }],
    ['leaf-deciphers', 'leaf that deciphers only as well', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith(keyUsage(['digitalSignature', 'decipherOnly'])) }, { notary: leafWith(SIGNS) }],
    ['leaf-signs-certificates', 'leaf that may sign certificates', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith(keyUsage(['digitalSignature', 'keyCertSign'])) }, { notary: leafWith(SIGNS) }],
    ['leaf-authority', 'leaf that is an authority', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith(SIGNS, basicConstraints(true)) }, { notary: leafWith(SIGNS, basicConstraints(false)) }],
    ['leaf-critical', 'leaf with a critical extension that nobody understands', 'VERIFY_CERTIFICATE_PROFILE', { notary: leafWith(SIGNS, { oid: '1.2.3.4', critical: true, value: Buffer.of(5, 0) }) }, { notary: leafWith(SIGNS, { oid: '1.2.3.4', value: Buffer.of(5, 0) }) }],
    ['authority-no-authority', 'issuer that is no authority', 'VERIFY_CERTIFICATE_PROFILE', { notary: by({ authority: (depth, spec) => (depth === 1 ? { ...spec, extensions: [SIGNS, subjectKeyId(spec.spki)] } : spec) }) }],
    ['authority-path-length', 'authority below one that permits none', 'VERIFY_CERTIFICATE_PROFILE', { notary: by({ authority: (depth, spec) => (depth === 0 ? { ...spec, extensions: [keyUsage(['keyCertSign']), basicConstraints(true, 0)] } : spec) }) }, { notary: by({ authority: (depth, spec) => (depth === 0 ? { ...spec, extensions: [keyUsage(['keyCertSign']), basicConstraints(true, 1)] } : spec) }) }],
    ['authority-constraints', 'authority with name constraints', 'VERIFY_CERTIFICATE_PROFILE', { notary: by({ authority: (depth, spec) => (depth === 1 ? { ...spec, extensions: [...spec.extensions, nameConstraints({ permitted: [{ type: 'dns', value: 'acme.example' }] }, false)] } : spec) }) }],
    ['algorithm', 'RSA key of 2048 bits that signs by PS512', 'VERIFY_ALGORITHM', { notary: rsa, headers: header({ alg: 'PS512' }) }, { notary: rsa }],
    ['algorithm-none', 'alg: none', 'VERIFY_ALGORITHM', { headers: header({ alg: 'none' }) }],
    ['algorithm-hmac', 'alg: HS256, with the public key as secret', 'VERIFY_ALGORITHM', { headers: header({ alg: 'HS256' }) }],
    ['key-size', 'Ed25519 key', 'VERIFY_ALGORITHM', { notary: by({ key: makeKey('ed25519') }) }],
    ['header-crit-unsigned', 'critical names in the unsigned header', 'VERIFY_MALFORMED', { map: unsigned({ crit: ['x'] }) }],
    ['header-expiry-unsigned', 'an end in the unsigned header', 'VERIFY_MALFORMED', { map: unsigned({ [`${A}expiry`]: '2099-01-01T00:00:00Z' }) }],
    ['header-case', 'a second chain under a name of another case', 'VERIFY_MALFORMED', { map: unsigned({ X5C: stranger.chain.map(({ der }) => der.toString('base64')) }) }],
    ['header-alg-case', 'a second algorithm under a name of another case', 'VERIFY_MALFORMED', { headers: header({ Alg: 'none' }) }],
    ['member-twice', 'payload twice', 'VERIFY_MALFORMED', { bytes: (envelope) => Buffer.from(envelope.toString().replace('{', '{"payload":"e30",')) }],
    ['member-unknown', 'general form beside the flattened one', 'VERIFY_MALFORMED', { map: (envelope) => ({ ...envelope, signatures: [] }) }],
    ['base64', 'payload in base64 of two readings', 'VERIFY_MALFORMED', { map: (envelope) => ({ ...envelope, payload: `${String(envelope['payload'])}=` }) }],
    ['time-zone', 'a time without its zone', 'VERIFY_MALFORMED', { headers: header({ [`${A}signingTime`]: '2026-02-28T23:00:00' }) }],
    ['authentic-time-beside', 'the other scheme\'s time beside its own', 'VERIFY_MALFORMED', { headers: header({ [`${A}authenticSigningTime`]: '2026-02-28T23:00:00Z' }) }],
  ], 'notation-jws'),
  ...one([
    ['cose-untagged', 'COSE_Sign1 without its tag', 'VERIFY_MALFORMED', { bytes: (envelope) => envelope.subarray(1) }],
    ['cose-tag', 'COSE_Mac0 by its tag', 'VERIFY_MALFORMED', { bytes: (envelope) => Buffer.concat([Buffer.of(0xd1), envelope.subarray(1)]) }],
    ['cose-trailing', 'bytes behind the envelope', 'VERIFY_MALFORMED', { bytes: (envelope) => Buffer.concat([envelope, Buffer.of(0)]) }],
    ['cose-indefinite', 'array of indefinite length', 'VERIFY_MALFORMED', { bytes: (envelope) => Buffer.concat([Buffer.of(0xd2, 0x9f), envelope.subarray(2), Buffer.of(0xff)]) }],
    ['cose-longer-form', 'payload whose length is not in its shortest form', 'VERIFY_MALFORMED', { bytes: longer }],
    ['cose-detached', 'detached payload', 'VERIFY_MALFORMED', { map: (envelope) => ({ ...envelope, payload: null }) }],
    ['cose-label-twice', 'algorithm in both headers', 'VERIFY_MALFORMED', { map: unprotected({ 1: -7 }) }],
    ['cose-key-twice', 'protected header with a label twice', 'VERIFY_MALFORMED', { map: (envelope) => ({ ...envelope, protected: twice(envelope['protected'] as Buffer) }) }],
    ['cose-chain-single', 'certificate chain that is no list', 'VERIFY_MALFORMED', { map: unprotected({ 33: Buffer.from('x') }) }],
    ['cose-time-text', 'a time as text', 'VERIFY_MALFORMED', { headers: header({ [`${A}signingTime`]: tagged(0, '2026-02-28T23:00:00Z') }) }],
    ['cose-time-untagged', 'a time without its tag', 'VERIFY_MALFORMED', { headers: header({ [`${A}signingTime`]: 1_772_000_000 }) }],
    ['cose-label-unknown', 'a protected label that nobody knows', 'VERIFY_MALFORMED', { headers: header({ 7: Buffer.of(1) }) }],
    ['cose-algorithm', 'algorithm of another key type', 'VERIFY_ALGORITHM', { headers: header({ 1: -37 }) }],
    ['cose-der-signature', 'ECDSA signature in DER', 'VERIFY_SIGNATURE_INVALID', { signature: (raw) => asDer(raw) }],
  ], 'notation-cose'),
];

/** The same bytes, the length of the payload written in four bytes instead of one or two. */
function longer(envelope: Buffer): Buffer {
  const start = envelope.indexOf('{"targetArtifact"');
  const length = envelope.indexOf('}}', start) + 2 - start;
  const short = head(2, length);
  return Buffer.concat([envelope.subarray(0, start - short.length), head(2, length, 4), envelope.subarray(start)]);
}

function twice(map: Buffer): Buffer {
  const again = encodeCbor([3, 'application/vnd.cncf.notary.payload.v1+json'] as Cbor).subarray(1);
  return Buffer.concat([Buffer.of((map[0] ?? 0) + 1), map.subarray(1), again]);
}

function asDer(raw: Buffer): Buffer {
  const integer = (half: Buffer): Buffer => {
    const bytes = (half[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), half]) : half;
    return Buffer.concat([Buffer.of(2, bytes.length), bytes]);
  };
  const inside = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, inside.length), inside]);
}
