// One thing taken for another at the gate: kinds, lists, policies of a namespace, policies of yesterday. Each attack with its good twin.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateCodes, startGate } from '../support/gate.ts';
import type { GateAnswer, GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { sha256Hex } from '../../src/text/sha256.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { keyBundle } from '../world/bundle.ts';
import { createWorld } from '../world/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-confusions-'));
writeFileSync(join(folder, 'key-1.pem'), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
const world = createWorld({ now: Date.now() });
/** May sign files, and nothing else. */
const bob = world.key();
const byBob = (digest: string): unknown[] => [JSON.parse(keyBundle(world, { digest: digest as Digest, key: bob }).toString('utf8')) as unknown];
const document = (kind: string, name: string, spec: unknown, namespace?: string): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec })}\n---\n`;
const signedByBob = [{ name: 'signed', signature: { by: ['bob'] } }];

let gate: GateServer;
beforeAll(async () => {
  gate = await startGate({
    policies: () => ({}), namespaces: { ci: {}, tenant: {} },
    config: { gate: { receipts: { keys: folder, verifier: 'https://gate.example' } }, unmatched: 'allow' },
    documents: (host) => document('Signer', 'bob', { identities: [{ key: { data: bob.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'files', { artifacts: [{ blob: '*/**' }, { blob: 'gatehouse:*' }], require: signedByBob })
      + document('ArtifactPolicy', 'own', { artifacts: [{ image: `${host}/**` }, { package: 'pkg:npm/**' }], require: [{ name: 'signed', signature: { by: ['bob'] } }] }, 'tenant'),
  });
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

const digestIn = (reference: string): string => reference.split('@')[1] ?? '';

describe('kinds: one text for a file and for something else is two artifacts', () => {
  test('kinds: an image after a file of the very same name and digest is judged as an image', async () => {
    const evidence = byBob(digestIn(gate.evil));
    const file = { kind: 'blob', name: gate.evil, digest: digestIn(gate.evil), usedAs: 'baseImage', evidence };
    const answer = await gate.admit(gate.pod(), { artifacts: [file, { kind: 'image', uri: gate.evil, usedAs: 'baseImage', evidence }], receipts: 'each' });
    expect(answer.artifacts[1]?.findings.map(({ code }) => code)).not.toContain('POLICY_SATISFIED');
    expect([answer.artifacts[1]?.decision, answer.artifacts[1]?.receipt]).toEqual(['deny', undefined]);
  });
});
void until; void sha256Hex; void gateCodes; type _G = GateAnswer;
