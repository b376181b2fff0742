import { describe, expect, test } from 'vitest';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { issueCertificate } from '../../world/ca.ts';
import { simpleSigningLayer } from '../../world/cosign.ts';
import { bundleEvidence, layerEvidence, sigstoreRoot, trustMaterial, trustedKey } from '../../world/domain.ts';
import { base64, sha256Hex } from '../../world/encode.ts';
import { makeSigned } from '../../world/evidence.ts';
import { makeImage } from '../../world/image.ts';
import { keyFromPem, makeKey, signWith } from '../../world/keys.ts';
import { makeRekor } from '../../world/rekor.ts';
import { makeStatement, spdxDocument, slsaProvenanceV02, slsaProvenanceV1, subjectOf, verificationSummary, vulnScan } from '../../world/statement.ts';
import { mergeTrustedRoots } from '../../world/trusted-root.ts';
import { createWorld } from '../../world/world.ts';
import { KEY_ONLY, ask } from './oracle.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const world = createWorld({ now: NOW });
const other = createWorld({ now: NOW });
const root = world.trustedRoot();
const image = makeImage({ seed: 'overrides' });
const identity = { san: 'alice@acme.example', issuer: 'https://accounts.example' };
const artifact = image.manifest;

interface EntryJson {
  readonly canonicalizedBody: string;
}

function loggedBody(bundle: Buffer): string {
  const json = JSON.parse(bundle.toString()) as { verificationMaterial: { tlogEntries: [EntryJson] } };
  return Buffer.from(json.verificationMaterial.tlogEntries[0].canonicalizedBody, 'base64').toString();
}

describe('mutation points change one thing and leave the rest genuine', () => {
  test.each(['v1', 'v2'] as const)('entry in Rekor %s names a stranger: everything the oracle looks at still holds', (log) => {
    const stranger = makeKey();
    const bundle = keylessBundle(world, { identity, artifact, log, override: { logVerifier: { key: stranger } } });
    expect(ask(bundle, { root, artifact })).toBe('accepted');
    expect(loggedBody(bundle)).toContain(log === 'v1' ? base64(stranger.publicKeyPem) : base64(stranger.spki));
    expect(loggedBody(keylessBundle(world, { identity, artifact, log }))).not.toContain(base64(stranger.spki));
  });

  test('profile of the certificate: the oracle does not look at key usages', () => {
    const bundle = keylessBundle(world, { identity, artifact, override: { certificate: { eku: ['serverAuth'], keyUsage: ['keyEncipherment'] } } });
    expect(ask(bundle, { root, artifact })).toBe('accepted');
  });

  test('entry of another signature', () => {
    const entry = makeSigned(world, { message: Buffer.from('other') }, { identity }, { log: 'v1' }).entry;
    expect(entry).toBeDefined();
    expect(ask(keylessBundle(world, { identity, artifact, override: entry ? { useEntry: entry } : {} }), { root, artifact })).toMatch(/TLOG_BODY_ERROR/);
  });

  test('certificate of somebody else', () => {
    const certificate = issueCertificate(world.ca, { key: makeKey(), identity, at: NOW, ctLog: world.ctLog });
    expect(ask(keylessBundle(world, { identity, artifact, override: { useCertificate: certificate } }), { root, artifact })).toMatch(/SIGNATURE_ERROR/);
  });

  test('envelope with two signatures', () => {
    const [key, second] = [makeKey(), makeKey()];
    const bundle = keyBundle(world, {
      key,
      digest: image.digest,
      override: { envelope: (envelope, signed) => ({ ...envelope, signatures: [...envelope.signatures, { sig: base64(signWith(second, signed)), keyid: 'second' }] }) },
    });
    const { dsseEnvelope } = JSON.parse(bundle.toString()) as { dsseEnvelope: { signatures: unknown[] } };
    expect(dsseEnvelope.signatures).toHaveLength(2);
  });

  test('payload type and key id', () => {
    const key = makeKey();
    const bundle = keyBundle(world, { key, digest: image.digest, override: { payloadType: 'text/plain', keyid: 'k1' } });
    expect(JSON.parse(bundle.toString())).toMatchObject({ dsseEnvelope: { payloadType: 'text/plain', signatures: [{ keyid: 'k1' }] } });
    expect(ask(bundle, { root, key, thresholds: KEY_ONLY })).toBe('accepted');
  });

  test('answer of the log, and the JSON itself, change after signing', () => {
    const noPromise = keylessBundle(world, { identity, artifact, override: { log: { entry: ({ promise: _dropped, ...entry }) => entry } } });
    expect(ask(noPromise, { root, artifact })).toMatch(/TIMESTAMP_ERROR/);
    const unknown = keylessBundle(world, { identity, artifact, map: (bundle) => ({ ...bundle, mediaType: 'application/json' }) });
    expect(ask(unknown, { root, artifact })).not.toBe('accepted');
    expect(JSON.parse(keylessBundle(world, { identity, artifact, mediaType: 'x' }).toString())).toMatchObject({ mediaType: 'x' });
  });

  test('signature encodings', () => {
    const key = makeKey();
    const p1363 = signWith(key, artifact, { encoding: 'p1363' });
    expect(p1363).toHaveLength(64);
    expect(signWith(makeKey('rsa-2048'), artifact, { encoding: 'pss' })).toHaveLength(256);
    expect(signWith(makeKey('ed25519'), artifact)).toHaveLength(64);
  });
});

describe('trusted roots', () => {
  test('merged roots trust both worlds', () => {
    const both = mergeTrustedRoots(root, other.trustedRoot());
    for (const signer of [world, other]) expect(ask(keylessBundle(signer, { identity, artifact, tsa: true }), { root: both, artifact })).toBe('accepted');
    expect(ask(keylessBundle(createWorld({ now: NOW }), { identity, artifact }), { root: both, artifact })).not.toBe('accepted');
  });

  test('windows and last word', () => {
    const windowed = world.trustedRoot({ windows: { rekor: { end: NOW } }, map: (json) => ({ ...json, extra: 1 }) });
    expect(windowed).toMatchObject({ extra: 1, tlogs: [{ publicKey: { validFor: { end: new Date(NOW).toISOString() } } }, {}] });
    expect(JSON.stringify(windowed)).toContain(`"validFor":{"end":"${new Date(NOW).toISOString()}"}`);
  });
});

describe('in the product’s types', () => {
  test('evidence has a digest over bytes and annotations', () => {
    const bytes = keyBundle(world, { key: makeKey(), digest: image.digest });
    expect(bundleEvidence(bytes)).toMatchObject({ format: 'sigstore-bundle', digest: `sha256:${sha256Hex(bytes)}` });
    const layer = simpleSigningLayer(world, { digest: image.digest, reference: 'x' }, { key: makeKey() });
    expect(layerEvidence(layer).digest).not.toBe(layerEvidence({ ...layer, annotations: {} }).digest);
    expect(layerEvidence(layer).format).toBe('cosign-simple');
  });

  test('ids follow content', () => {
    const key = makeKey();
    const plain = sigstoreRoot(world);
    const strict = sigstoreRoot(world, { require: { transparencyLog: 1, sct: 1, timestamps: 1 } });
    expect(plain.id).toBe(sigstoreRoot(world).id);
    expect(plain.id).not.toBe(strict.id);
    expect(trustedKey(key, plain)).toEqual({ keyId: `sha256:${sha256Hex(key.spki)}`, pem: key.publicKeyPem, rootId: plain.id });
    expect(trustMaterial([trustedKey(key)], [plain]).id).not.toBe(trustMaterial([trustedKey(key)], [strict]).id);
  });

  test('a stored private key gives the same key', () => {
    const key = makeKey('ed25519');
    expect(keyFromPem('ed25519', key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()).keyId).toBe(key.keyId);
  });
});

describe('statements', () => {
  const build = { builder: 'https://builder.example', source: 'git+https://github.com/acme/x@refs/tags/v2', commit: 'a'.repeat(40), finishedOn: NOW };

  test('subject and type of both versions', () => {
    const { digest } = image;
    expect(makeStatement(digest, vulnScan({ at: NOW }), { version: 'v0.1', name: 'n' })).toMatchObject({ _type: 'https://in-toto.io/Statement/v0.1', subject: [{ name: 'n', digest: { sha256: digest.slice(7) } }] });
    expect(makeStatement([subjectOf(digest), subjectOf(digest)], spdxDocument({ at: NOW })).subject).toHaveLength(2);
  });

  test('provenance names builder and source in both versions', () => {
    expect(slsaProvenanceV1(build).predicate).toMatchObject({
      buildDefinition: { externalParameters: { workflow: { ref: 'refs/tags/v2', repository: 'https://github.com/acme/x' } }, resolvedDependencies: [{ digest: { gitCommit: build.commit } }] },
      runDetails: { builder: { id: build.builder }, metadata: { finishedOn: '2026-03-01T12:00:00Z' } },
    });
    expect(slsaProvenanceV02(build).predicate).toMatchObject({ builder: { id: build.builder }, invocation: { configSource: { uri: build.source } }, metadata: { buildFinishedOn: '2026-03-01T12:00:00Z' } });
  });

  test('scan findings and verification summary', () => {
    expect(vulnScan({ at: NOW, severities: ['CRITICAL', 'LOW'] }).predicate).toMatchObject({ scanner: { result: [{ severity: 'CRITICAL' }, { severity: 'LOW' }] } });
    expect(verificationSummary({ at: NOW, resourceUri: 'pkg:oci/app' }).predicate).toMatchObject({ verificationResult: 'PASSED', resourceUri: 'pkg:oci/app' });
  });
});

test('a log remembers what it was given', () => {
  const rekor = makeRekor({ prefill: 2 });
  keylessBundle(createWorld({ now: NOW, rekor }), { identity, artifact });
  expect(rekor.size()).toBe(3);
});
