import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { commandLine } from '../support/command-line.ts';
import { startAuthority } from '../world/authority.ts';
import type { FakeAuthority } from '../world/authority.ts';
import { asDigest } from '../world/encode.ts';
import { createOwnPki, signedByHolder } from '../world/own-pki.ts';
import { attachCosignTag, pushImage, startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { makeAnswer, makeList, points, responder } from '../world/revocation.ts';

/** `gatehouse verify` with certificates of one's own, whose authority publishes a list and answers on loopback. */
const NOW = Date.now();
const HOUR = 3_600_000;
const pki = createOwnPki(NOW);
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-revoked-'));
const [GOOD, REVOKED] = [Buffer.from('11', 'hex'), Buffer.from('22', 'hex')];
let registry: TestRegistry;
let authority: FakeAuthority;

beforeAll(async () => {
  registry = await startRegistry();
  const list = makeList(pki.intermediate, { thisUpdate: NOW - HOUR, revoked: [{ serial: REVOKED, at: NOW - HOUR, reason: 1 }] });
  authority = await startAuthority(({ body }) => {
    if (body.length === 0) return list;
    // The serial number is the end of the question.
    const serial = body.subarray(-1);
    const status = serial.equals(REVOKED) ? { at: NOW - HOUR, reason: 1 } : 'good';
    return makeAnswer(pki.intermediate, { serial, status, thisUpdate: NOW - HOUR });
  });
});
afterAll(async () => {
  await registry.close();
  authority.close();
  rmSync(folder, { recursive: true });
});

async function verified(serial: Uint8Array, by: 'list' | 'answer', mode: string, ...flags: readonly string[]): Promise<readonly [number, string]> {
  const url = `${authority.url}/signing`;
  const holder = pki.issue({ serial, extensions: [by === 'list' ? points([url]) : responder(url)] });
  const host = registry.url.replace('http://', '');
  const digest = pushImage(registry, 'app', `${Math.random()}`.slice(2));
  const { bytes, mediaType, annotations = {} } = signedByHolder(asDigest(digest), holder, [pki.intermediate]);
  attachCosignTag(registry, 'app', digest, 'sig', [{ content: bytes, mediaType, annotations }]);
  const policies = mkdtempSync(join(folder, 'p'));
  const document = (kind: string, name: string, spec: object): string => stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  writeFileSync(join(policies, 'p.yaml'), [
    document('TrustRoot', 'own', { x509: { certificates: pki.root.certificate.pem, revocation: { mode } } }),
    document('Signer', 'release', { identities: [{ x509: { trustRoot: 'own', subjectIncludes: 'O=Acme' } }] }),
    document('ClusterArtifactPolicy', 'p', { artifacts: [{ image: `${host}/*` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
  ].join('---\n'));
  return commandLine('verify', `${host}/app@${digest}`, '-p', policies, '--plain-http', '127.0.0.1', ...flags);
}

describe('gatehouse verify', () => {
  test.each(['list', 'answer'] as const)('waits for what an authority says: by %s', async (by) => {
    expect(await verified(GOOD, by, 'hard')).toEqual([0, expect.any(String)]);
    const [code, text] = await verified(REVOKED, by, 'hard');
    expect(code, text).toBe(1);
    expect(text).toMatch(/POLICY_REVOKED[\s\S]*certificate 22 was revoked by its authority at .* \(keyCompromise\)/);
    expect(await verified(REVOKED, by, 'off')).toEqual([0, expect.any(String)]);
  });

  test('where nobody answers, hard is undetermined and soft warns', async () => {
    authority.isDown = true;
    const [code, text] = await verified(GOOD, 'list', 'hard');
    expect(code, text).toBe(3);
    expect(text).toMatch(/VERIFY_REVOCATION_UNKNOWN[\s\S]*HTTP 503/);
    const [soft, told] = await verified(GOOD, 'list', 'soft');
    expect(soft, told).toBe(0);
    expect(told).toMatch(/whether certificate 11 is revoked is not known/);
    authority.isDown = false;
  });
});
