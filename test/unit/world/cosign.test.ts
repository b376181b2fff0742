import { createHash, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { attestationLayer, attestationReferrer, bundleReferrer, experimentalSignatures, legacyAttestations, legacySignatures, simpleSigningLayer } from '../../world/cosign.ts';
import type { Layer } from '../../world/cosign.ts';
import { canonicalJson, pae } from '../../world/encode.ts';
import { makeImage, makeIndex } from '../../world/image.ts';
import type { Pushable } from '../../world/image.ts';
import { makeStatement, vulnScan } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';
import { ask } from './oracle.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const world = createWorld({ now: NOW });
const root = world.trustedRoot();
const key = world.key();
const image = makeIndex({ seed: 'cosign' });
const says = { digest: image.digest, reference: 'ghcr.io/acme/app' };
const identity = { san: 'alice@acme.example', issuer: 'https://accounts.example' };
const statement = makeStatement(image.digest, vulnScan({ at: NOW }), { version: 'v0.1' });

interface ManifestJson {
  readonly artifactType?: string;
  readonly subject?: { readonly digest: string; readonly size: number };
  readonly config: { readonly mediaType: string; readonly digest: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly size: number; readonly annotations?: Record<string, string> }[];
}

function parse(thing: Pushable): ManifestJson {
  return JSON.parse(thing.manifest.toString()) as ManifestJson;
}

/** Every descriptor's blob is there, with the right size and digest. */
function expectComplete(thing: Pushable): ManifestJson {
  const json = parse(thing);
  for (const { digest } of [json.config, ...json.layers]) {
    const found = thing.blobs.find((candidate) => candidate.digest === digest);
    expect(found, digest).toBeDefined();
    expect(`sha256:${createHash('sha256').update(found?.bytes ?? '').digest('hex')}`).toBe(digest);
  }
  json.layers.forEach((layer) => expect(thing.blobs.find((b) => b.digest === layer.digest)?.bytes.byteLength).toBe(layer.size));
  return json;
}

/** Rebuilds a v0.1 bundle from a legacy layer, as clients that reuse a bundle verifier do. */
function asBundle(layer: Layer): Buffer {
  const a = layer.annotations;
  const log = JSON.parse(a['dev.sigstore.cosign/bundle'] ?? '{}') as { SignedEntryTimestamp: string; Payload: { body: string; integratedTime: number; logIndex: number; logID: string } };
  const body = JSON.parse(Buffer.from(log.Payload.body, 'base64').toString()) as { kind: string; apiVersion: string };
  const rawBytes = (a['dev.sigstore.cosign/certificate'] ?? '').replace(/-----[^-]+-----|\n/g, '');
  const message = { messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(layer.bytes).digest('base64') }, signature: a['dev.cosignproject.cosign/signature'] };
  return Buffer.from(
    JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: {
        x509CertificateChain: { certificates: [{ rawBytes }] },
        tlogEntries: [
          {
            logIndex: String(log.Payload.logIndex),
            logId: { keyId: Buffer.from(log.Payload.logID, 'hex').toString('base64') },
            kindVersion: { kind: body.kind, version: body.apiVersion },
            integratedTime: String(log.Payload.integratedTime),
            inclusionPromise: { signedEntryTimestamp: log.SignedEntryTimestamp },
            canonicalizedBody: log.Payload.body,
          },
        ],
      },
      ...(layer.mediaType.includes('dsse') ? { dsseEnvelope: JSON.parse(layer.bytes.toString()) as unknown } : { messageSignature: message }),
    }),
  );
}

describe('legacy signatures', () => {
  test('by key: the annotation verifies over exactly the payload bytes', () => {
    const layer = simpleSigningLayer(world, says, { key });
    const signature = Buffer.from(layer.annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64');
    expect(verify('sha256', layer.bytes, key.publicKey, signature)).toBe(true);
    expect(verify('sha256', Buffer.from(layer.bytes.toString().replace('acme', 'evil')), key.publicKey, signature)).toBe(false);
    expect(Object.keys(layer.annotations)).toEqual(['dev.cosignproject.cosign/signature']);
    expect(layer.bytes.toString()).toBe(`{"critical":{"identity":{"docker-reference":"ghcr.io/acme/app"},"image":{"docker-manifest-digest":"${image.digest}"},"type":"cosign container image signature"},"optional":null}`);
  });

  test('keyless: certificate, entry and signature hold together for the oracle', () => {
    const layer = simpleSigningLayer(world, says, { identity }, { tsa: true });
    expect(ask(asBundle(layer), { root, artifact: layer.bytes })).toBe('accepted');
    expect(ask(asBundle(layer), { root, artifact: Buffer.from('other') })).toMatch(/SIGNATURE_ERROR/);
    expect(layer.annotations['dev.sigstore.cosign/chain']?.match(/BEGIN/g)).toHaveLength(2);
    expect(layer.annotations['dev.sigstore.cosign/rfc3161timestamp']).toMatch(/^\{"SignedRFC3161Timestamp":"/);
  });

  test('keyless with a promise by another key is refused', () => {
    const layer = simpleSigningLayer(world, says, { identity }, { override: { log: { promiseKey: world.key() } } });
    expect(ask(asBundle(layer), { root, artifact: layer.bytes })).toMatch(/PROMISE/);
  });

  test('manifest lies under the .sig tag, one layer per signature', () => {
    const thing = legacySignatures(image.digest, [simpleSigningLayer(world, says, { key }), simpleSigningLayer(world, says, { identity })]);
    expect(thing.tag).toBe(`${image.digest.replace(':', '-')}.sig`);
    const json = expectComplete(thing);
    expect(json.layers.map((layer) => layer.mediaType)).toEqual(Array(2).fill('application/vnd.dev.cosign.simplesigning.v1+json'));
    expect(json.subject).toBeUndefined();
  });

  test('experimental layout is a referrer with cosign’s artifact type', () => {
    const json = expectComplete(experimentalSignatures(image, [simpleSigningLayer(world, says, { key })]));
    expect(json.artifactType).toBe('application/vnd.dev.cosign.artifact.sig.v1+json');
    expect(json.subject).toMatchObject({ digest: image.digest, size: image.manifest.byteLength });
  });
});

describe('legacy attestations', () => {
  test.each(['intoto/0.0.2', 'dsse/0.0.1'] as const)('logged as %s holds together for the oracle', (logKind) => {
    const layer = attestationLayer(world, statement, { identity }, { logKind });
    expect(ask(asBundle(layer), { root })).toBe('accepted');
    expect(layer.annotations).toMatchObject({ predicateType: statement.predicateType, 'dev.cosignproject.cosign/signature': '' });
  });

  test('by key: the envelope verifies over its PAE', () => {
    const layer = attestationLayer(world, statement, { key });
    const envelope = JSON.parse(layer.bytes.toString()) as { payload: string; payloadType: string; signatures: [{ sig: string }] };
    const signed = pae(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
    expect(verify('sha256', signed, key.publicKey, Buffer.from(envelope.signatures[0].sig, 'base64'))).toBe(true);
  });

  test('manifest lies under the .att tag; as referrer it has the in-toto type', () => {
    const layer = attestationLayer(world, statement, { key });
    expect(legacyAttestations(image.digest, [layer]).tag).toMatch(/\.att$/);
    expect(expectComplete(attestationReferrer(image, [layer])).artifactType).toBe('application/vnd.in-toto+json');
  });
});

describe('bundles as referrers', () => {
  test('cosign v3 layout', () => {
    const thing = bundleReferrer(image, keyBundle(world, { key, digest: image.digest }), { at: NOW });
    const json = expectComplete(thing);
    expect(json.artifactType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
    expect(json.config.digest).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
    expect(json.layers.map((layer) => layer.mediaType)).toEqual(['application/vnd.dev.sigstore.bundle.v0.3+json']);
    expect(thing.annotations).toMatchObject({ 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' });
  });

  test.each(['0.1', '0.2'] as const)('bundle %s is stored under its own media type', (version) => {
    const thing = bundleReferrer(makeImage(), keylessBundle(world, { identity, artifact: image.manifest, version }));
    expect(thing.artifactType).toBe(`application/vnd.dev.sigstore.bundle+json;version=${version}`);
    expect(thing.annotations?.['dev.sigstore.bundle.content']).toBe('message-signature');
  });
});

test('canonical JSON sorts keys at every depth and drops what is undefined', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'ä' }], a: undefined, A: true })).toBe('{"A":true,"b":[1,{"c":"ä","d":null}]}');
});
