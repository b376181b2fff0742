import { attestationLayer } from '../../world/cosign.ts';
import type { BundleJson } from '../../world/bundle.ts';
import { layerEvidence, trustedKey, trustMaterial } from '../../world/domain.ts';
import { base64 } from '../../world/encode.ts';
import type { KeyType } from '../../world/keys.ts';
import { makeKey } from '../../world/keys.ts';
import { makeStatement } from '../../world/statement.ts';
import { stamp } from '../../world/tsa.ts';
import { makeCertificate } from '../../world/x509.ts';
import type { TrustMaterial, VerificationJob } from '../../../src/domain/evidence.ts';
import { hostileLinks } from './links.ts';
import { hostileNotation } from './notation.ts';
import { hostileOwnPaths } from './own-path.ts';
import { byNobody, DIGEST, dsse, envelopeJson, HOSTILE_NOW, IDENTITY, jobOf, keylessJob, MIB, sbomStatement, signatureBy, world } from './parts.ts';
import type { Hostile, Json } from './parts.ts';

/** Changes the parts of a bundle that nobody has signed. */
const entries = (change: (entry: Json) => readonly Json[]) => (bundle: BundleJson): unknown => {
  const { tlogEntries, ...material } = bundle.verificationMaterial as { tlogEntries: readonly Json[] };
  return { ...bundle, verificationMaterial: { ...material, tlogEntries: tlogEntries.flatMap(change) } };
};

const withBody = (body: Uint8Array) => entries((entry) => [{ ...entry, canonicalizedBody: base64(body) }]);

/** The entry with forged signature lines of the log before the good one in its checkpoint. */
function forgedLines(entry: Json, lines: number, seed = ''): Json {
  const proof = entry['inclusionProof'] as { checkpoint: { envelope: string } } & Json;
  const [text = '', good = ''] = proof.checkpoint.envelope.split('\n\n');
  const [, name = '', signature = ''] = good.split(' ');
  const forged = Array.from({ length: lines }, (_, index) => {
    const bytes = Buffer.from(signature, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ (index + 1);
    bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ seed.length;
    return `— ${name} ${bytes.toString('base64')}\n`;
  });
  return { ...entry, inclusionProof: { ...proof, checkpoint: { envelope: `${text}\n\n${forged.join('')}${good}` } } };
}

const copies = (count: number, lines: number) => entries((entry) => Array.from({ length: count }, () => forgedLines(entry, lines)));
const different = (count: number) => entries((entry) => Array.from({ length: count }, (_, index) => forgedLines(entry, 3, ' '.repeat(index))));

function keyedPiece(type: KeyType, bytes: number): Hostile['honest'] & { readonly garbage: VerificationJob } {
  const keys = Array.from({ length: 5 }, () => world.key(type));
  const trust = trustMaterial(keys.map((key) => trustedKey(key)));
  const payload = sbomStatement(bytes);
  const [first = keys[0], stranger] = [keys[0], world.key(type)];
  if (first === undefined) throw new Error('no key');
  const garbage = Array.from({ length: 32 }, (_, index) => signatureBy(stranger, Buffer.concat([payload.subarray(0, 100), Buffer.from([index])])));
  return {
    ...jobOf(dsse(envelopeJson(payload, [signatureBy(first, payload)])), trust),
    garbage: jobOf(dsse(envelopeJson(payload, garbage)), trust),
  };
}

const keysObject = (count: number, key: (index: number) => string): string => `{${Array.from({ length: count }, (_, index) => `"${key(index)}":0`).join(',')}}`;

function envelopeOf(predicate: string): { readonly bytes: Buffer; readonly trust: TrustMaterial } {
  const key = world.key();
  const head = JSON.stringify(makeStatement(DIGEST, { predicateType: 'https://example.com/keys', predicate: 0 })).replace(/0\}$/, '');
  const payload = Buffer.from(`${head}${predicate}}`);
  return { bytes: envelopeJson(payload, [signatureBy(key, payload)]), trust: trustMaterial([trustedKey(world.key())]) };
}

function unsignedKeys(predicate: string): VerificationJob {
  const { bytes, trust } = envelopeOf(predicate);
  return jobOf(dsse(bytes), trust);
}

function honestSbom(bytes: number): VerificationJob {
  const key = world.key();
  const payload = sbomStatement(bytes);
  return jobOf(dsse(envelopeJson(payload, [signatureBy(key, payload)])), trustMaterial([trustedKey(key)]));
}

/** Every construction with its honest twin; what is large has about `mib` mebibytes. */
export function hostileEvidence(mib = 11): readonly Hostile[] {
  const honest = keylessJob();
  const one = (name: string, hostile: VerificationJob, codes: readonly string[], twin = honest, most = 25): Hostile => ({ name, honest: twin, hostile, codes, most });
  const large = keylessJob({ statement: sbomStatement(mib * MIB) });
  const short = (index: number): string => `k${index.toString(36)}`;
  const objects = Array.from({ length: 70_000 }, (_, at) => keysObject(9, (index) => short(at * 9 + index)));
  return [
    one('B1 log body of brackets, leaf issued by nobody', keylessJob({ override: byNobody, map: withBody(Buffer.alloc(mib * MIB, '[')) }), ['VERIFY_LIMIT'], large, 1),
    one('B1 log body of 64 KiB of brackets', keylessJob({ map: withBody(Buffer.alloc(65_536, '[')) }), ['VERIFY_LOG_INVALID']),
    one('B1 log body of 64 KiB of keys', keylessJob({ map: withBody(Buffer.from(keysObject(6000, (index) => `k${index}`))) }), ['VERIFY_LOG_INVALID']),
    one('B1 32 log bodies of 64 KiB', keylessJob({ map: entries((entry) => Array.from({ length: 32 }, (_, index) => ({ ...entry, canonicalizedBody: base64(Buffer.alloc(65_500 - index, '[')) }))) }), ['VERIFY_LIMIT']),
    one('B3 32 copies of an entry with 99 forged lines', keylessJob({ map: copies(32, 99) }), ['VERIFY_LOG_INVALID']),
    one('B3 the same, leaf issued by nobody', keylessJob({ override: byNobody, map: copies(32, 99) }), ['VERIFY_CERTIFICATE_UNTRUSTED']),
    one('B3 32 entries that differ, with 3 forged lines each', keylessJob({ map: different(32) }), ['VERIFY_LIMIT']),
    one('B3 8 entries that differ, with 3 forged lines each', keylessJob({ map: different(8) }), []),
    ...(['p256', 'ed25519', 'p384'] as const).map((type): Hostile => {
      const { garbage, ...twin } = keyedPiece(type, mib * MIB);
      // Each of five keys hashes it again, and so does whoever names the key that signed: 5.0 to 6.3 on a quiet machine.
      return one(`B5 32 garbage signatures over ${mib} MiB, 5 keys, ${type}`, garbage, ['VERIFY_SIGNER_UNTRUSTED', 'VERIFY_LIMIT'], twin, 8);
    }),
    one('B5 32 garbage signatures over a short payload, 5 keys', keyedPiece('p256', 1000).garbage, ['VERIFY_SIGNER_UNTRUSTED', 'VERIFY_LIMIT'], honest, 6),
    one('B6 900,000 keys in one object', unsignedKeys(keysObject(900_000, short)), ['VERIFY_LIMIT'], honestSbom(10 * MIB), 2),
    one('B6 300,000 keys written with escapes', unsignedKeys(keysObject(300_000, (index) => `\\u006b${index.toString(36)}`)), ['VERIFY_LIMIT'], honestSbom(5 * MIB), 2),
    one('B6 70,000 objects of 9 keys', unsignedKeys(`[${objects.join(',')}]`), ['VERIFY_LIMIT'], honestSbom(7 * MIB), 2),
    one('B6 900,000 keys instead of an envelope', jobOf(dsse(Buffer.from(keysObject(900_000, short)))), ['VERIFY_LIMIT'], honest),
    ...neighbours(honest),
    ...hostileLinks(),
    ...hostileNotation(),
    ...hostileOwnPaths(),
  ];
}

function neighbours(honest: VerificationJob): readonly Hostile[] {
  const stamped = keylessJob({ log: 'v2' });
  const layer = layerEvidence(attestationLayer(world, makeStatement(DIGEST, { predicateType: 'https://example.com/test', predicate: {} }), { identity: IDENTITY }, { log: 'v1', override: byNobody }));
  const { payload, signatures } = JSON.parse(Buffer.from(layer.bytes).toString()) as { payload: string; signatures: readonly Json[] };
  const many = envelopeJson(Buffer.from(payload, 'base64'), Array.from({ length: 32 }, () => signatures[0] ?? {}));
  const chained = (bundle: BundleJson): unknown => (
    { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, x509CertificateChain: { certificates: largeChain(bundle) } } });
  return [
    { name: 'timestamps: 32 different ones', honest: stamped, hostile: keylessJob({ log: 'v2', map: tokens(32, 1) }), codes: ['VERIFY_LIMIT'], most: 5 },
    { name: 'timestamps: 8 different ones with 10 certificates each', honest: stamped, hostile: keylessJob({ log: 'v2', map: tokens(8, 10) }), codes: [], most: 15 },
    { name: 'certificate by nobody beside 32 signatures', honest, hostile: jobOf({ ...layer, bytes: many }), codes: ['VERIFY_CERTIFICATE_UNTRUSTED', 'VERIFY_LIMIT'], most: 15 },
    { name: 'chain of 10 certificates of 46 KB', honest, hostile: keylessJob({ version: '0.2', map: chained }), codes: ['VERIFY_LIMIT'], most: 10 },
  ];
}

/** Different timestamps over the bundle's signature, each with copies of its certificate. */
const tokens = (count: number, embed: number) => (bundle: BundleJson): unknown => {
  const { timestampVerificationData: _, ...material } = bundle.verificationMaterial;
  const { signatures: [signature] } = bundle['dsseEnvelope'] as { signatures: readonly { sig: string }[] };
  const over = Buffer.from(signature?.sig ?? '', 'base64');
  const rfc3161Timestamps = Array.from({ length: count }, () => ({
    signedTimestamp: base64(stamp(world.tsa, over, HOSTILE_NOW, { embed: Array.from({ length: embed }, () => world.tsa.signer) })),
  }));
  return { ...bundle, verificationMaterial: { ...material, timestampVerificationData: { rfc3161Timestamps } } };
};

/** Authorities with some hundred words in their names, as large as a certificate of a bundle may be. */
function largeChain(bundle: BundleJson): readonly Json[] {
  const { certificates: [leaf = {}] } = bundle.verificationMaterial['x509CertificateChain'] as { certificates: readonly Json[] };
  const key = makeKey();
  const name = Array.from({ length: 250 }, (_, index) => ['OU', `${index} ${'x'.repeat(90)}`] as const);
  const { der } = makeCertificate({ subject: name, issuer: name, spki: key.spki, extensions: [], notBefore: HOSTILE_NOW, notAfter: HOSTILE_NOW + 1000 }, key);
  return [leaf, ...Array.from({ length: 9 }, () => ({ rawBytes: base64(der) }))];
}
