import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { readPublicKey } from '../../../src/trust/index.ts';
import type { RawOutcome } from '../../../src/verify/proof.ts';
import { runVerificationJob } from '../../../src/verify/run.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { int, NULL, oid, seq, bits } from '../../world/der.ts';
import { base64, jsonBytes, pem } from '../../world/encode.ts';
import { makeStatement, slsaProvenanceV1, subjectOf } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';
import { DIGEST, evidence, job, NOW, RELEASE, trust, trustedKey, trustedRoot } from './support.ts';
import { cpuNow } from '../../support/cpu.ts';

/** Rows of the attack list that have no place of their own elsewhere; see docs/reference/security-rows.md. */
const world = createWorld({ now: NOW });
const key = world.key();
const material = trust([trustedKey(key)], [trustedRoot(world)]);

async function judge(piece: UnverifiedEvidence): Promise<{ readonly outcome: RawOutcome; readonly ms: number }> {
  const started = cpuNow();
  const [outcome] = await runVerificationJob(job([piece], material));
  if (outcome === undefined) throw new Error('no outcome');
  return { outcome, ms: cpuNow() - started };
}

describe('D11 keys made of zeros', () => {
  const rsa = (modulus: number, exponent: number): string => pem('PUBLIC KEY', seq(seq(oid('1.2.840.113549.1.1.1'), NULL), bits(seq(int(modulus), int(exponent)))));
  const dsa = pem('PUBLIC KEY', seq(seq(oid('1.2.840.10040.4.1'), seq(int(0), int(0), int(0))), bits(int(0))));
  test.each([['RSA, all zero', rsa(0, 0)], ['RSA, modulus zero', rsa(0, 65_537)], ['RSA, exponent zero', rsa(15, 0)], ['DSA, all zero', dsa]])('%s: refused at once', (_, text) => {
    const started = cpuNow();
    expect(readPublicKey(text).ok).toBe(false);
    expect(cpuNow() - started).toBeLessThan(200);
  });
});

describe('G06 compressed payloads', () => {
  test('a payload that is packed is not unpacked', async () => {
    const packed = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const { outcome, ms } = await judge(evidence('sigstore-bundle', keyBundle(world, { key, statement: packed })));
    expect(outcome.problems).toMatchObject([{ code: 'VERIFY_STATEMENT', cause: 'text is not UTF-8' }]);
    expect(ms).toBeLessThan(200);
  });
});

// Generous against a loaded machine; in quiet each is a few milliseconds.
describe('G05 what exceeds a limit is answered within 500 ms', () => {
  const bundle = JSON.parse(keylessBundle(world, { identity: RELEASE, digest: DIGEST, tsa: true }).toString('utf8')) as { verificationMaterial: Record<string, unknown> & { tlogEntries: unknown[] } };
  const withMaterial = (material_: Record<string, unknown>): UnverifiedEvidence => evidence('sigstore-bundle', jsonBytes({ ...bundle, verificationMaterial: { ...bundle.verificationMaterial, ...material_ } }));
  const stamp = (bundle.verificationMaterial['timestampVerificationData'] as { rfc3161Timestamps: unknown[] }).rfc3161Timestamps[0];
  const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
  const statement = (count: number): Buffer => jsonBytes({ ...makeStatement(DIGEST, slsaProvenanceV1()), subject: times(count, subjectOf(DIGEST)) });
  const small = { logId: { keyId: base64(Buffer.alloc(32)) } };

  const cases: readonly (readonly [string, () => UnverifiedEvidence])[] = [
    ['33 log entries', () => withMaterial({ tlogEntries: times(33, bundle.verificationMaterial.tlogEntries[0]) })],
    ['100,000 log entries', () => withMaterial({ tlogEntries: times(100_000, small) })],
    ['33 timestamps', () => withMaterial({ timestampVerificationData: { rfc3161Timestamps: times(33, stamp) } })],
    ['100,000 timestamps', () => withMaterial({ timestampVerificationData: { rfc3161Timestamps: times(100_000, { signedTimestamp: 'AAAA' }) } })],
    ['1,025 subjects', () => evidence('sigstore-bundle', keyBundle(world, { key, statement: statement(1025) }))],
    ['100,000 subjects', () => evidence('sigstore-bundle', keyBundle(world, { key, statement: statement(100_000) }))],
    ['a byte more than 16 MiB', () => evidence('sigstore-bundle', Buffer.alloc(16 * 1024 * 1024 + 1, 0x20))],
    ['a million items', () => evidence('dsse', Buffer.from(`[${'0,'.repeat(1_000_000)}0]`))],
    ['33 signatures of an envelope', () => evidence('dsse', jsonBytes({ payloadType: 'application/vnd.in-toto+json', payload: '', signatures: times(33, { sig: 'AAAA' }) }))],
  ];
  test.each(cases)('%s', async (_, make) => {
    const { outcome, ms } = await judge(make());
    expect(outcome.problems.map(({ code }) => code)).toEqual(['VERIFY_LIMIT']);
    expect(outcome.proofs).toEqual([]);
    expect(ms).toBeLessThan(500);
  });

  test('and what just keeps the limits is judged', async () => {
    expect((await judge(withMaterial({ tlogEntries: times(32, bundle.verificationMaterial.tlogEntries[0]) }))).outcome.proofs).toHaveLength(1);
    expect((await judge(evidence('sigstore-bundle', keyBundle(world, { key, statement: statement(1024) })))).outcome.proofs).toHaveLength(1);
  });
});
