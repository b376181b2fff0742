import { describe, expect, test } from 'vitest';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import type { KeylessOptions } from '../../world/bundle.ts';
import { asDigest } from '../../world/encode.ts';
import { makeImage } from '../../world/image.ts';
import { makeStatement, slsaProvenanceV1 } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';
import { KEY_ONLY, ask } from './oracle.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const world = createWorld({ now: NOW });
const other = createWorld({ now: NOW });
const root = world.trustedRoot();
const image = makeImage({ seed: 'bundle' });
const statement = makeStatement(image.digest, slsaProvenanceV1());
const identity = {
  san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.0.0',
  issuer: 'https://token.actions.githubusercontent.com',
  claims: { runnerEnvironment: 'github-hosted', sourceRepositoryURI: 'https://github.com/acme/app', githubWorkflowTrigger: 'push' },
};

const message: KeylessOptions = { identity, artifact: image.manifest };
const dsse: KeylessOptions = { identity, statement };

function verdict(options: KeylessOptions, trusted = root): string {
  return ask(keylessBundle(world, options), { root: trusted, ...(options.artifact && { artifact: options.artifact }) });
}

describe('keyless bundles', () => {
  test.each<[string, KeylessOptions]>([
    ['message in Rekor v1, version 0.1', { ...message, version: '0.1' }],
    ['message in Rekor v1, version 0.2', { ...message, version: '0.2' }],
    ['message in Rekor v1, version 0.3', message],
    ['message in Rekor v1 with timestamp', { ...message, tsa: true }],
    ['message in Rekor v2', { ...message, log: 'v2' }],
    ['envelope as dsse 0.0.1', dsse],
    ['envelope as intoto 0.0.2', { ...dsse, logKind: 'intoto/0.0.2' }],
    ['envelope as hashedrekord 0.0.1', { ...dsse, logKind: 'hashedrekord/0.0.1' }],
    ['envelope in version 0.1 with chain', { ...dsse, version: '0.1', withChain: true }],
    ['envelope in Rekor v2 as hashedrekord 0.0.2', { ...dsse, log: 'v2' }],
    ['envelope in Rekor v2 as dsse 0.0.2', { ...dsse, log: 'v2', logKind: 'dsse/0.0.2' }],
    ['cosign sign statement', { identity, digest: image.digest }],
    ['long ago', { ...message, at: NOW - 300 * 24 * 3600_000 }],
    ['entry in the middle of the tree', { ...message, override: { log: { growBy: 5 } } }],
    ['P-384 message', { ...message, keyType: 'p384' }],
    ['Ed25519 envelope', { ...dsse, keyType: 'ed25519' }],
    ['RSA message', { ...message, keyType: 'rsa-2048' }],
    ['e-mail identity', { ...message, identity: { san: 'alice@acme.example', issuer: 'https://accounts.example' } }],
    ['user name identity', { ...message, identity: { san: { type: 'username', value: 'alice' }, issuer: 'https://accounts.example' } }],
  ])('%s is accepted', (_name, options) => {
    expect(verdict(options)).toBe('accepted');
  });

  test.each<[string, KeylessOptions, RegExp]>([
    ['signature by another key', { ...message, override: { signingKey: other.key() } }, /SIGNATURE_ERROR/],
    ['signature changed', { ...message, override: { signature: flip } }, /SIGNATURE_ERROR/],
    ['envelope signature changed', { ...dsse, override: { signature: flip } }, /SIGNATURE_ERROR/],
    ['certificate of another authority', { ...message, override: { certificate: { issuerKey: other.ca.issuingKey } } }, /CERTIFICATE_ERROR/],
    ['certificate signature changed', { ...message, override: { certificate: { signature: () => Buffer.alloc(70) } } }, /CERTIFICATE_ERROR/],
    ['certificate expired when signed', { ...message, override: { certificate: { notBefore: NOW - 7200_000, notAfter: NOW - 3600_000 } } }, /CERTIFICATE_ERROR/],
    ['no SCT', { ...message, override: { certificate: { ctLogs: [] } } }, /expected 1 SCTs/],
    ['SCT of another log', { ...message, override: { certificate: { ctLogs: [other.ctLog] } } }, /SCT verification failed/],
    ['SCT signed with another key', { ...message, override: { certificate: { sct: { key: other.ctLog.key } } } }, /SCT verification failed/],
    ['SCT with another instant than signed', { ...message, override: { certificate: { sct: { signature: flip } } } }, /SCT verification failed/],
    ['entry of another log', { ...message, override: { transparencyLog: other.rekor } }, /TLOG/],
    ['promise by another key', { ...message, override: { log: { promiseKey: other.rekor.key } } }, /TLOG_INCLUSION_PROMISE_ERROR/],
    ['checkpoint by another key', { ...message, override: { log: { checkpointKey: other.rekor.key } } }, /TLOG_INCLUSION_PROOF_ERROR/],
    ['checkpoint of another tree', { ...message, override: { log: { note: (text) => text.replace(/\n(\d+)\n/, (_all, size: string) => `\n${Number(size) + 1}\n`) } } }, /TLOG_INCLUSION_PROOF_ERROR/],
    ['entry is about another signature', { ...message, override: { log: { body: (body) => ({ ...body, spec: { ...(body.spec as object), signature: { content: 'AAAA', publicKey: { content: '' } } } }) } } }, /TLOG_BODY_ERROR/],
    ['integrated outside the certificate', { ...message, override: { log: { at: NOW + 3600_000 } } }, /CERTIFICATE_ERROR/],
    ['Rekor v2 checkpoint by another key', { ...message, log: 'v2', override: { log: { checkpointKey: other.rekor2.key } } }, /TLOG_INCLUSION_PROOF_ERROR/],
    ['Rekor v2 without timestamp', { ...message, log: 'v2', tsa: false }, /TIMESTAMP_ERROR/],
    ['timestamp of another authority', { ...message, log: 'v2', override: { timestampAuthority: other.tsa } }, /TIMESTAMP_ERROR/],
    ['timestamp over other bytes', { ...message, log: 'v2', override: { timestamp: { message: Buffer.from('other') } } }, /TIMESTAMP_ERROR/],
    ['timestamp signed with another key', { ...message, log: 'v2', override: { timestamp: { key: other.tsa.key } } }, /TIMESTAMP_ERROR/],
    ['timestamp outside the certificate', { ...message, log: 'v2', override: { timestamp: { at: NOW + 3600_000 } } }, /CERTIFICATE_ERROR/],
    ['intoto 0.0.1 entry', { ...dsse, logKind: 'intoto/0.0.1' }, /unsupported intoto version/],
  ])('%s is refused', (_name, options, error) => {
    expect(verdict(options)).toMatch(error);
  });

  test('bundle of another world is refused', () => {
    expect(ask(keylessBundle(other, message), { root, artifact: image.manifest })).not.toBe('accepted');
  });

  test('trusted root windows decide', () => {
    const closed = { start: NOW - 10_000, end: NOW - 5000 };
    for (const part of ['ca', 'ctLog', 'rekor', 'tsa'] as const) {
      expect(verdict({ ...message, tsa: true }, world.trustedRoot({ windows: { [part]: closed } })), part).not.toBe('accepted');
    }
  });

  test('trusted root without a part refuses what needs it', () => {
    for (const part of ['ca', 'ctLog', 'rekor', 'tsa'] as const) {
      expect(verdict({ ...message, tsa: true }, world.trustedRoot({ without: [part] })), part).not.toBe('accepted');
    }
    expect(verdict({ ...message, log: 'v2' }, world.trustedRoot({ without: ['rekor2'] }))).not.toBe('accepted');
  });
});

describe('key bundles', () => {
  const key = world.key();

  test.each(['p256', 'p384', 'p521', 'rsa-2048', 'rsa-3072', 'rsa-pss'] as const)('message signed with %s is accepted', (type) => {
    const signer = world.key(type);
    expect(ask(keyBundle(world, { key: signer, artifact: image.manifest }), { root, key: signer, artifact: image.manifest, thresholds: KEY_ONLY })).toBe('accepted');
  });

  test.each(['p256', 'ed25519', 'rsa-2048'] as const)('envelope signed with %s is accepted', (type) => {
    const signer = world.key(type);
    expect(ask(keyBundle(world, { key: signer, statement }), { root, key: signer, thresholds: KEY_ONLY })).toBe('accepted');
  });

  test('key with Rekor v1, and with Rekor v2 and timestamp, is accepted', () => {
    expect(ask(keyBundle(world, { key, statement, log: 'v1' }), { root, key })).toBe('accepted');
    expect(ask(keyBundle(world, { key, artifact: image.manifest, log: 'v2', tsa: true }), { root, key, artifact: image.manifest })).toBe('accepted');
  });

  test('another artifact, another key, another hint are refused', () => {
    const bundle = keyBundle(world, { key, artifact: image.manifest });
    expect(ask(bundle, { root, key, artifact: Buffer.from('other'), thresholds: KEY_ONLY })).toMatch(/SIGNATURE_ERROR/);
    const forged = keyBundle(world, { key, artifact: image.manifest, override: { signingKey: world.key() } });
    expect(ask(forged, { root, key, artifact: image.manifest, thresholds: KEY_ONLY })).toMatch(/SIGNATURE_ERROR/);
    const unknown = keyBundle(world, { key, artifact: image.manifest, hint: 'AAAA' });
    expect(ask(unknown, { root, key, artifact: image.manifest, thresholds: KEY_ONLY })).toMatch(/PUBLIC_KEY_ERROR/);
  });

  test('asking for nothing to sign is a mistake of the test', () => {
    expect(() => keyBundle(world, { key })).toThrow();
    expect(() => asDigest('sha256:nothing')).toThrow();
  });
});

function flip(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}
