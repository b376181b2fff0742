// Orders become receipts that fit where they have to, by keys that change without a gap.
import { generateKeyPairSync } from 'node:crypto';
import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_RECEIPT_BYTES } from '../../../src/domain/gate/receipt.ts';
import { pae } from '../../world/encode.ts';
import { envelopeOf, file, HEX, HOUR, keyPair, NOW, order, scene, statementOf, textOf } from './support.ts';

const input = (uri: string): { uri: string; digest: string } => ({ uri, digest: `sha256:${HEX}` });
const MINUTE = 60_000;

describe('receipts: the text is at most 2 KiB', () => {
  const receipts = scene([file('k', keyPair('p256').pem)]);

  test('few inputs are all listed', () => {
    const { predicate } = statementOf(textOf(receipts, order({ inputs: [input('referrer sha256:ab'), input('https://a/b')] })));
    expect(predicate['inputAttestations']).toEqual([
      { uri: 'https://a/b', digest: { sha256: HEX } }, { name: 'referrer sha256:ab', digest: { sha256: HEX } },
    ]);
    expect(predicate).not.toHaveProperty('gatehouse_inputs');
  });

  test('of many the largest are left out, and it says how many there were', () => {
    const inputs = [input(`https://registry.example/${'long/'.repeat(40)}`), ...Array.from({ length: 9 }, (_, index) => input(`r${index}`))];
    const { predicate } = statementOf(textOf(receipts, order({ inputs })));
    const kept = predicate['inputAttestations'] as { name?: string }[];
    expect(predicate['gatehouse_inputs']).toBe(10);
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.length).toBeLessThan(10);
    expect(kept.every(({ name }) => name?.startsWith('r'))).toBe(true);
  });

  test('sources of policies are listed where there is room without inputs, and the generation stands for them where there is none', () => {
    const source = (index: number, name = `policies-files-${index}`) => ({ source: name, digest: `sha256:${HEX}`, version: `${index}` });
    const generation = `sha256:${HEX}`;
    const few = [source(1), source(2)];
    const inputs = Array.from({ length: 9 }, (_, index) => input(`r${index}`));
    const listed = statementOf(textOf(receipts, order({ generation, sources: few, inputs }))).predicate;
    expect(listed).toMatchObject({ gatehouse_generation: generation, gatehouse_sources: few, gatehouse_inputs: 9 });
    for (const sources of [Array.from({ length: 17 }, (_, index) => source(index)), [source(1, 'm'.repeat(2000))]]) {
      const without = statementOf(textOf(receipts, order({ generation, sources, inputs }))).predicate;
      expect(without).toMatchObject({ gatehouse_generation: generation });
      expect(without).not.toHaveProperty('gatehouse_sources');
    }
    const { predicate } = statementOf(textOf(receipts, order({ purpose: 'publish', generation, sources: Array.from({ length: 17 }, (_, index) => source(index)) })));
    expect(predicate['gatehouse_sources']).toHaveLength(17);
  });

  test('whatever is ordered, it fits and is read back, or there is none and it says why', () => {
    const text = fc.string({ maxLength: 700 });
    fc.assert(fc.property(text, text, fc.array(text, { maxLength: 30 }), fc.array(text, { maxLength: 4 }), (resource, caller, uris, levels) => {
      const issued = receipts.issuer.issue(order({ resource, caller, levels, inputs: uris.map(input) }));
      if (issued.state !== 'signed') {
        expect(issued).toMatchObject({ state: 'none', why: expect.stringContaining('at most 2048 bytes') as string });
        return;
      }
      expect(Buffer.byteLength(issued.text)).toBeLessThanOrEqual(MOST_RECEIPT_BYTES);
      expect(receipts.reader.read(issued.text, 'gate', NOW)).toMatchObject({ ok: true, receipt: { resource, caller } });
    }), { numRuns: 300 });
  });

  test('a name that leaves no room has none, and the twin that is shorter has one', () => {
    const named = (length: number): string => receipts.issuer.issue(order({ resource: 'x'.repeat(length) })).state;
    expect([named(1024), named(256)]).toEqual(['none', 'signed']);
  });

  test('a publish summary, which lies in a registry, has room for more', () => {
    const inputs = Array.from({ length: 60 }, (_, index) => input(`referrer ${index}`));
    expect(statementOf(textOf(receipts, order({ purpose: 'publish', inputs }))).predicate['inputAttestations']).toHaveLength(60);
  });
});

test('receipts: any verifier of DSSE verifies them with the key set', () => {
  for (const type of ['ed25519', 'p256'] as const) {
    const receipts = scene([file('k', keyPair(type).pem)]);
    const { payload, payloadType, signatures: [signature] } = envelopeOf(textOf(receipts));
    const [jwk] = receipts.issuer.keys().keys;
    const key = createPublicKey({ key: jwk as never, format: 'jwk' });
    expect(signature?.keyid).toBe(jwk?.['kid']);
    const message = pae(payloadType, Buffer.from(payload, 'base64'));
    expect(verify(type === 'p256' ? 'sha256' : null, message, key, Buffer.from(signature?.sig ?? '', 'base64'))).toBe(true);
  }
});

describe('receipts: keys that are none are refused as a whole', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each<[string, string, RegExp]>([
    ['no PEM', 'key', /expected a PEM block/],
    ['RSA', rsa.export({ type: 'pkcs8', format: 'pem' }) as string, /Ed25519 or ECDSA P-256/],
    ['P-384', p384.export({ type: 'pkcs8', format: 'pem' }) as string, /Ed25519 or ECDSA P-256/],
    ['SEC 1', p256.export({ type: 'sec1', format: 'pem' }) as string, /openssl genpkey/],
    ['a password', p256.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string, /openssl genpkey/],
    ['two keys in a file', `${keyPair().pem}${keyPair().pem}`, /exactly one/],
    ['cut short', keyPair().pem.replace(/\n.{10}/, '\n'), /bad\.pem/],
  ])('%s', (_what, text, problem) => {
    const good = keyPair();
    const receipts = scene([file('good.pem', good.pem)]);
    const before = receipts.issuer.keys();
    expect(() => receipts.take([file('good.pem', good.pem), file('bad.pem', text)])).toThrow(problem);
    expect(receipts.issuer.keys()).toEqual(before);
    expect(receipts.issuer.issue(order()).state).toBe('signed');
  });

  test('without a private key nothing is signed, and what was signed counts', () => {
    const key = keyPair();
    const text = textOf(scene([file('k', key.pem)]));
    const later = scene([file('k.pub', key.publicPem)]);
    expect(later.issuer.issue(order())).toMatchObject({ state: 'none' });
    expect(later.reader.read(text, 'gate', NOW)).toMatchObject({ ok: true });
    expect(scene([]).reader.read(text, 'gate', NOW)).toMatchObject({ ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED' });
  });
});

describe('receipts: keys are rotated without a gap', () => {
  const [one, two] = [keyPair(), keyPair('p256')];
  const kidOf = (text: string): string | undefined => envelopeOf(text).signatures[0]?.keyid;
  const kids = (receipts: ReturnType<typeof scene>): unknown[] => receipts.issuer.keys().keys.map(({ kid }) => kid);
  const idOf = (pair: typeof one): string | undefined => kidOf(textOf(scene([file('k', pair.pem)])));

  test('a new key is shown at once, and signs when every replica has seen it', () => {
    const receipts = scene([file('1', one.pem)], { settleMs: 5 * MINUTE });
    receipts.time += HOUR;
    receipts.take([file('1', one.pem), file('2', two.pem)]);
    expect(kids(receipts)).toEqual([idOf(one), idOf(two)]);
    receipts.time += 5 * MINUTE - 1;
    expect(kidOf(textOf(receipts))).toBe(idOf(one));
    receipts.time += 1;
    expect(kidOf(textOf(receipts))).toBe(idOf(two));
  });

  test('numbers in names count as numbers', () => {
    const receipts = scene([file('key-10', two.pem), file('key-9', one.pem)]);
    expect(kidOf(textOf(receipts))).toBe(idOf(two));
  });

  test('a key that is taken away verifies until its last receipt has ended', () => {
    const receipts = scene([file('1', one.pem)], { settleMs: 5 * MINUTE });
    receipts.time += HOUR;
    receipts.take([file('2', two.pem)]);
    // The new one is not known everywhere yet: the old one signs on.
    const last = textOf(receipts, order({ at: receipts.time }));
    expect(kidOf(last)).toBe(idOf(one));
    receipts.time += 5 * MINUTE;
    expect(kidOf(textOf(receipts))).toBe(idOf(two));
    expect(receipts.reader.read(last, 'gate', receipts.time)).toMatchObject({ ok: true });
    receipts.time += 6 * HOUR - 1;
    expect(kids(receipts)).toEqual([idOf(one), idOf(two)]);
    receipts.time += 1;
    expect(kids(receipts)).toEqual([idOf(two)]);
    expect(receipts.reader.read(last, 'gate', NOW)).toMatchObject({ code: 'VERIFY_RECEIPT_UNTRUSTED' });
  });

  test('a key that is revoked does not sign on', () => {
    const bad = idOf(one);
    const receipts = scene([file('1', one.pem), file('2', two.pem)], { settleMs: 5 * MINUTE, revoked: ({ keyId }) => (keyId === bad ? 'stolen' : undefined) });
    expect(kidOf(textOf(receipts))).toBe(idOf(two));
  });

  test('under load, at three replicas that see the keys one after the other, every receipt counts at every one', () => {
    const replicas = [0, 1, 2].map(() => scene([file('1', one.pem)], { settleMs: 5 * MINUTE }));
    const stages = [[file('1', one.pem), file('2', two.pem)], [file('2', two.pem)], [file('2', two.pem), file('3', keyPair().pem)]];
    const signers = new Set<string | undefined>();
    let time = NOW + HOUR;
    for (const stage of stages) {
      // The kubelet takes up to two minutes to bring a Secret to a pod; ten minutes pass from stage to stage.
      for (let step = 0; step < 20; step += 1, time += MINUTE / 2) {
        for (const replica of replicas) replica.time = time;
        const seen = replicas[step / 2];
        if (seen !== undefined) seen.take(stage);
        for (const signer of replicas) {
          const text = textOf(signer, order({ at: time }));
          signers.add(kidOf(text));
          for (const reader of replicas) expect(reader.reader.read(text, 'gate', time)).toMatchObject({ ok: true });
        }
      }
    }
    expect(signers.size).toBe(3);
  });
});
