import { readdirSync, readFileSync } from 'node:fs';
import { keyBundle, keylessBundle } from '../world/bundle.ts';
import { attestationLayer, simpleSigningLayer } from '../world/cosign.ts';
import { trustedKey } from '../world/domain.ts';
import { makeImage, makeIndex } from '../world/image.ts';
import { base64, jsonBytes } from '../world/encode.ts';
import { makeKey, signWith } from '../world/keys.ts';
import type { KeyType } from '../world/keys.ts';
import { podReview } from '../world/review.ts';
import { cosignSignStatement, makeStatement, slsaProvenanceV1, vulnScan } from '../world/statement.ts';
import { createOwnPki, envelopeByHolders, tokenOf } from '../world/own-pki.ts';
import { stamp } from '../world/tsa.ts';
import { createWorld } from '../world/world.ts';
import { children, readDer, readOid, sequence, TAG } from '../../src/pki/der.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';

const now = Date.UTC(2026, 2, 1);
const world = createWorld({ now });
const key = world.key();
const image = makeImage({ seed: 'app' });
const { digest } = image;
const identity = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com', claims: { runnerEnvironment: 'github-hosted' } };
const provenance = makeStatement(digest, slsaProvenanceV1({ startedOn: now }));

const bundles = [
  keylessBundle(world, { identity, digest }),
  keylessBundle(world, { identity, statement: provenance, logKind: 'intoto/0.0.2' }),
  keylessBundle(world, { identity, statement: provenance, logKind: 'intoto/0.0.1' }),
  keylessBundle(world, { identity, digest, version: '0.1', withChain: true }),
  keylessBundle(world, { identity, statement: provenance, log: 'v2' }),
  keylessBundle(world, { identity, artifact: image.manifest, tsa: true }),
  keylessBundle(world, { identity, artifact: image.manifest, log: 'v2' }),
  keyBundle(world, { key, digest, log: 'v1', tsa: true }),
  keyBundle(world, { key, artifact: image.manifest }),
].map((bytes) => JSON.parse(bytes.toString('utf8')) as { dsseEnvelope?: unknown; verificationMaterial: { certificate?: { rawBytes: string } } });

const payload = simpleSigningLayer(world, { digest, reference: 'registry.example/app' }, { identity }, { tsa: true });
const attestation = attestationLayer(world, provenance, { identity });
const certificates = [
  ...bundles.flatMap(({ verificationMaterial }) => (verificationMaterial.certificate === undefined ? [] : [Buffer.from(verificationMaterial.certificate.rawBytes, 'base64')])),
  ...world.ca.chain.map(({ der }) => der), ...world.tsa.chain.map(({ der }) => der),
];
const timestamps = [1, 2].map((n) => stamp(world.tsa, Buffer.from(`signature ${n}`), now, n === 1 ? {} : { imprintHash: 'sha512', nonce: 7n, fraction: '5' }));

/** The TLS list inside a certificate's SCT extension. */
function sctListOf(der: Uint8Array): Uint8Array[] {
  const fields = sequence(sequence(readDer(der))[0]);
  const extensions = fields.at(-1);
  if (extensions?.tag !== 0xa3) return [];
  const found = children(children(extensions)[0] ?? extensions).map((one) => sequence(one)).find(([oid]) => readOid(oid) === '1.3.6.1.4.1.11129.2.4.2');
  const value = found?.at(-1);
  return value === undefined ? [] : [readDer(value.content, TAG.octetString).content];
}

/** Real metadata lies beside a development checkout; without it made-up metadata of the same shape is used. */
function metadata(): unknown[] {
  if (hasSharedData) {
    const files = readdirSync(sharedData('tuf-conformance'), { recursive: true, encoding: 'utf8' }).filter((path) => /(?:root|timestamp|snapshot|targets)\.json$/.test(path));
    return files.slice(0, 12).map((path) => JSON.parse(readFileSync(sharedData(`tuf-conformance/${path}`), 'utf8')) as unknown);
  }
  const signed = { _type: 'root', spec_version: '1.0.31', version: 1, expires: '2030-01-01T00:00:00Z', consistent_snapshot: true, keys: {}, roles: {} };
  return [{ signatures: [{ keyid: '00', sig: '00' }], signed }];
}

const sig = [{ keyid: 'ab'.repeat(32), sig: '00'.repeat(64) }];
const rules = [['CREATE', 'out/*'], ['MATCH', 'src/*', 'IN', 'a', 'WITH', 'MATERIALS', 'IN', 'b', 'FROM', 'clone'], ['DISALLOW', '*']];
const layout = {
  signatures: sig,
  signed: {
    _type: 'layout', expires: '2030-01-01T00:00:00Z', readme: '', rootcas: {}, intermediatecas: {},
    keys: { ['ab'.repeat(32)]: { keyid: 'ab'.repeat(32), keytype: 'ed25519', scheme: 'ed25519', keyid_hash_algorithms: ['sha256'], keyval: { public: 'cd'.repeat(32) } } },
    steps: [{ _type: 'step', name: 'build', expected_command: ['make'], expected_materials: rules, expected_products: rules, pubkeys: ['ab'.repeat(32)], threshold: 1, cert_constraints: [{ common_name: 'x', uris: ['spiffe://x'], roots: ['*'] }] }],
    inspect: [{ _type: 'inspection', name: 'untar', run: ['tar', 'x'], expected_materials: rules, expected_products: [] }],
  },
};
const link = { signatures: sig, signed: { _type: 'link', name: 'build', command: ['make'], materials: { 'src/a': { sha256: 'ab'.repeat(32) } }, products: { 'out/b': { sha256: 'cd'.repeat(32), sha512: 'ef'.repeat(64) } }, byproducts: { 'return-value': 0, stdout: '' }, environment: {} } };

/** What gcloud prints; signed as Cloud Build's regional keys sign. */
const GOOGLE = 'projects/verified-builder/cryptoKeys/builtByGCB/cryptoKeyVersions/1';
const built = jsonBytes(provenance);
const gcloud = {
  image_summary: { digest, fully_qualified_digest: `registry.example/app@${digest}` },
  provenance_summary: { provenance: [{ kind: 'BUILD', resourceUri: `https://registry.example/app@${digest}`, build: { inTotoSlsaProvenanceV1: provenance }, envelope: { payload: base64(built), payloadType: 'application/vnd.in-toto+json', signatures: [{ keyid: GOOGLE, sig: base64(signWith(key, built)) }] } }] },
};
const pki = createOwnPki(now);
const signature = { by: pki.issue(), chain: [pki.intermediate, pki.root], stamps: [(signed: Uint8Array) => tokenOf(stamp(world.tsa, signed, now))] };
const carrying: unknown = JSON.parse(envelopeByHolders(makeStatement(digest, vulnScan({ at: now })), [signature, { ...signature, form: 'in-toto' }, { ...signature, form: 'der' }]).toString('utf8'));
const [bundled] = bundles;
const pep740 = { version: 1, attestation_bundles: [{ publisher: { kind: 'GitHub' }, attestations: [{ version: 1, verification_material: { certificate: 'AAAA', transparency_entries: [] }, envelope: { statement: base64(built), signature: 'AAAA' } }] }] };

const TYPES: readonly KeyType[] = ['p256', 'p384', 'p521', 'ed25519', 'rsa-2048', 'rsa-1024', 'secp256k1'];

/** Valid inputs of every parser, minted anew in each run. */
export const SEEDS = {
  now, digest,
  key: trustedKey(key),
  der: [...certificates, ...timestamps, key.spki],
  certificates, timestamps,
  sctLists: certificates.flatMap(sctListOf),
  envelopes: [carrying, ...bundles.flatMap(({ dsseEnvelope }) => dsseEnvelope ?? []), JSON.parse(attestation.bytes.toString('utf8')) as unknown],
  statements: [provenance, cosignSignStatement(digest, { build: '7' }), makeStatement(digest, vulnScan({ at: now, severities: ['LOW', 'HIGH'] }), { version: 'v0.1', name: 'app' })],
  bundles,
  payloads: [JSON.parse(payload.bytes.toString('utf8')) as unknown],
  payloadBytes: payload.bytes,
  annotations: [payload.annotations, attestation.annotations],
  roots: [world.trustedRoot(), world.trustedRoot({ windows: { rekor: { start: now, end: now + 1000 } } })],
  keys: TYPES.map((type) => Buffer.from(makeKey(type).publicKeyPem)),
  metadata: metadata(),
  layouts: [layout, link],
  manifests: [image.manifest, makeImage({ seed: 'other' }).manifest].map((bytes) => JSON.parse(bytes.toString('utf8')) as unknown),
  indexes: [JSON.parse(makeIndex({ seed: 'index' }).manifest.toString('utf8')) as unknown],
  references: ['ghcr.io/acme/app:v1', `registry.example:5000/a/b/c@${digest}`, 'nginx', `docker.io/library/nginx:1@${digest}`, '[::1]:5000/x', 'localhost/x__y-z.w:T_1'].map((one) => Buffer.from(one)),
  reviews: [podReview({ images: ['ghcr.io/acme/app:v1', `a.example/b@${digest}`], namespace: 'default' })],
  dockerConfigs: [{ auths: { 'registry.example': { auth: 'dXNlcjpwYXNz' }, 'https://index.docker.io/v1/': { username: 'u', password: 'p' } } }],
  gcloud: [gcloud], bareKey: { ...trustedKey(key), barePayloadKeyId: GOOGLE },
  evidenceFiles: [bundled, gcloud, pep740, { attestations: [{ predicateType: 'x', bundle: bundled }] }],
  packageUrls: ['pkg:npm/%40acme/lib@1.0.0-rc.1', 'pkg:maven/org.acme/app@1%2B2', 'pkg:golang/github.com/acme/app@v1'].map((one) => Buffer.from(one)),
  challenges: ['Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull"', 'Basic realm="x", Bearer realm=y, charset="UTF-8"', 'Negotiate abc=='].map((one) => Buffer.from(one)),
} as const;
