import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EvidenceBatch } from '../../../../src/domain/ports.ts';
import { openEvidenceStores } from '../../../../src/fetch/index.ts';
import type { EvidenceStores } from '../../../../src/fetch/index.ts';
import { PROJECT, startGrafeas } from '../../../world/stores/grafeas.ts';
import type { FakeGrafeas } from '../../../world/stores/grafeas.ts';
import { artifact, codes, manualClock, within } from '../support.ts';

// What a store sends counts wherever in a piece it stands: messages of OpenPGP and signatures beside a payload are no bytes of the piece.
const NAME = 'registry.acme.example/app';
const digestOf = (index: number): string => `sha256:${index.toString(16).padStart(64, '0')}`;
const MOST = 400_000;
const PIECE = 90_000;
/** A piece is kept as text, each character of which may take two bytes. */
const KEPT = 2 * PIECE;

const armoured = (text: string): string => `-----BEGIN PGP MESSAGE-----\n\n${text}\n-----END PGP MESSAGE-----`;
const b64 = (text: string): string => Buffer.from(text).toString('base64');
const alone = (text: string): object => ({ kind: 'ATTESTATION', attestation: { signatures: [{ signature: b64(armoured(text)) }] } });
const beside = (text: string): object => ({ kind: 'ATTESTATION', attestation: { serializedPayload: b64('{}'), signatures: [{ signature: b64(armoured(text)) }] } });
const plain = (text: string): object => ({ kind: 'ATTESTATION', attestation: { serializedPayload: b64('{}'), signatures: [{ signature: b64(text) }] } });
const SORTS: readonly (readonly [string, (text: string) => object])[] = [
  ['a message of OpenPGP', alone], ['an armoured signature', beside], ['a signature by a plain key', plain],
];

let fake: FakeGrafeas;
beforeAll(async () => { fake = await startGrafeas(100); });
afterAll(() => fake.close());
const opened = (limits: { evidenceBytes?: number } = {}): Promise<EvidenceStores> => openEvidenceStores({
  clock: manualClock(), plainHttp: ['127.0.0.1'], limits: { requestTimeout: 60_000, retries: 0, ...limits }, cache: { maxBytes: MOST },
  stores: [{ kind: 'grafeas', url: fake.url, project: PROJECT, notes: [], artifacts: ['**'] }],
});
async function ask(stores: EvidenceStores, digest: string): Promise<EvidenceBatch> {
  const [one] = stores.for(artifact(NAME, digest));
  if (one === undefined) throw new Error('nobody is asked');
  return (await one.ask(within(60_000))).value;
}

let count = 0;
const fresh = (): string => digestOf((count += 1));

describe.each(SORTS)('%s', (_, occurrence) => {
  test.each([['all of it', 0], ['a part of it', 1]])('counts in memory, kept as %s', async (__, lost) => {
    const stores = await opened();
    for (let index = 0; index < 10; index += 1) {
      const digest = fresh();
      fake.occur(NAME, digest, { ...occurrence('x'.repeat(PIECE)) });
      for (let open = 0; open < lost; open += 1) fake.occur(NAME, digest, { kind: 'ATTESTATION', attestation: {} });
      expect((await ask(stores, digest)).evidence).toHaveLength(1);
    }
    const { cacheEntries, cacheBytes } = stores.stats();
    expect(cacheEntries * KEPT).toBeLessThanOrEqual(MOST);
    expect([cacheBytes <= MOST, cacheBytes >= cacheEntries * PIECE]).toEqual([true, true]);
    await stores.close();
  });

  test('counts among the bytes of one look-up, the small ones first', async () => {
    const [few, many] = [fresh(), fresh()];
    const stores = await opened({ evidenceBytes: 3 * PIECE });
    for (const [digest, sizes] of [[few, [0.6, 0.6, 0.6]], [many, [0.6, 2.5, 0.6]]] as const)
      sizes.forEach((size, index) => fake.occur(NAME, digest, { ...occurrence(`${index}${'x'.repeat(size * PIECE)}`) }));
    const counts = await Promise.all([few, many].map(async (digest) => {
      const { evidence, problems } = await ask(stores, digest);
      return [evidence.length, codes(problems)];
    }));
    expect(counts).toEqual([[3, []], [2, ['FETCH_TOO_LARGE']]]);
    await stores.close();
  });
});

test('what is wrong with pieces counts as well, and an answer without anything costs next to nothing', async () => {
  const stores = await opened();
  const digest = fresh();
  await ask(stores, digest);
  const before = stores.stats().cacheBytes;
  expect(before).toBeLessThan(2000);
  const other = fresh();
  for (let index = 0; index < 100; index += 1)
    fake.occur(NAME, other, { name: `${index}${'n'.repeat(300)}`, kind: 'ATTESTATION', attestation: { signatures: [{ signature: 'AAAA' }] } });
  expect((await ask(stores, other)).problems).toHaveLength(100);
  expect(stores.stats().cacheBytes - before).toBeGreaterThan(100 * 400);
  await stores.close();
});
