/** openssl ts makes timestamps that are taken here; whatever is taken here of those that were changed `openssl ts -verify` takes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { envelopeEvidence, judgeNotation } from '../../../support/notation/judge.ts';
import { descriptorOf, makeImage } from '../../../world/image.ts';
import { makeNotary, notarySign } from '../../../world/notation.ts';
import { makeTsa, stamp } from '../../../world/tsa.ts';
import type { TimestampAuthority, TimestampOverrides } from '../../../world/tsa.ts';

const SECOND = 1000;
const DAY = 86_400 * SECOND;
/** openssl tells the time of the machine. */
const NOW = Math.floor(Date.now() / SECOND) * SECOND;
const LATER = NOW + 2 * DAY;
const image = makeImage({ seed: 'openssl-tokens' });
/** Over when the image is judged, so that nothing but its timestamp saves what it has signed. */
const notary = makeNotary({ now: NOW, leaf: { notAfter: NOW + DAY } });
const [ADMITTED, TIMESTAMP] = ['admit POLICY_SATISFIED', 'deny VERIFY_TIMESTAMP'];
type Format = 'notation-jws' | 'notation-cose';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let folder = '';
const at = (name: string): string => join(folder, name);
const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
const config = (essHash: string, accuracy: string): string => `
[tsa]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = ${accuracy}
ess_cert_id_alg = ${essHash}
signer_digest = sha256
`;

/** The token of a time that openssl stamps now, by the key of this authority. */
function byOpenssl({ key, chain }: TimestampAuthority, message: Uint8Array, { imprint = 'sha256', essHash = 'sha256', accuracy = 'secs:1' } = {}): Buffer {
  const [signer, ...others] = chain;
  writeFileSync(at('tsa.cnf'), config(essHash, accuracy));
  writeFileSync(at('message'), message);
  writeFileSync(at('signer.pem'), signer?.pem ?? '');
  writeFileSync(at('between.pem'), others.map(({ pem }) => pem).join(''));
  writeFileSync(at('key.pem'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  openssl('ts', '-query', '-data', 'message', `-${imprint}`, '-cert', '-out', 'query.tsq');
  openssl('ts', '-reply', '-config', 'tsa.cnf', '-section', 'tsa', '-queryfile', 'query.tsq', '-signer', 'signer.pem', '-inkey', 'key.pem', '-chain', 'between.pem', '-token_out', '-out', 'token.der');
  return readFileSync(at('token.der'));
}

/** The token in a response of ours: without the status before it. */
function byUs(tsa: TimestampAuthority, message: Uint8Array, override: TimestampOverrides = {}): Buffer {
  const response = stamp(tsa, message, NOW, { embed: tsa.chain.slice(0, -1), ...override });
  const header = 2 + (response[1] === undefined || response[1] < 0x80 ? 0 : response[1] & 0x7f);
  return response.subarray(header + 2 + (response[header + 1] ?? 0));
}

function opensslTakes(token: Uint8Array, message: Uint8Array, { chain }: TimestampAuthority): boolean {
  writeFileSync(at('asked.der'), token);
  writeFileSync(at('asked'), message);
  writeFileSync(at('root.pem'), chain.at(-1)?.pem ?? '');
  return spawnSync('openssl', ['ts', '-verify', '-data', 'asked', '-in', 'asked.der', '-token_in', '-CAfile', 'root.pem'], { cwd: folder }).status === 0;
}

/** An envelope of each format, and the bytes of its signature, which a timestamp is over. */
function signed(format: Format, token: (signature: Buffer) => Uint8Array): { readonly bytes: Buffer; readonly signature: Buffer; readonly token: Uint8Array } {
  let made: { readonly signature: Buffer; readonly token: Uint8Array } | undefined;
  const bytes = notarySign({
    notary, format, target: descriptorOf(image), at: NOW - 60 * SECOND,
    map(envelope) {
      const isCose = format === 'notation-cose';
      const signature = isCose ? Buffer.from(envelope['signature'] as Uint8Array) : Buffer.from(String(envelope['signature']), 'base64url');
      made = { signature, token: token(signature) };
      const [name, value] = ['io.cncf.notary.timestampSignature', isCose ? made.token : Buffer.from(made.token).toString('base64')];
      const place = isCose ? 'unprotected' : 'header';
      return { ...envelope, [place]: { ...envelope[place] as object, [name]: value } };
    },
  });
  if (made === undefined) throw new Error('nothing was stamped');
  return { bytes, ...made };
}

async function verdict(format: Format, bytes: Uint8Array, { chain }: TimestampAuthority): Promise<string> {
  const root = { ca: notary.root.pem, tsa: chain.at(-1)?.pem };
  return judgeNotation({ root, digest: image.digest, now: LATER, evidence: [envelopeEvidence(format, bytes, image.manifest)] });
}

const AUTHORITIES = {
  'P-256': makeTsa({ now: NOW, keyType: 'p256' }), 'P-384, below another one': makeTsa({ now: NOW, intermediate: true }), RSA: makeTsa({ now: NOW, keyType: 'rsa-2048' }),
};
const stranger = makeTsa({ now: NOW });

describe.skipIf(!hasOpenssl)('openssl ts', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-tokens-'));
    writeFileSync(at('serial'), '01\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(Object.entries(AUTHORITIES))('stamps what then outlives its certificate, in JWS and COSE: %s', async (_, tsa) => {
    for (const format of ['notation-jws', 'notation-cose'] as const) for (const imprint of ['sha256', 'sha384', 'sha512']) {
      const { bytes, signature, token } = signed(format, (message) => byOpenssl(tsa, message, { imprint }));
      expect(opensslTakes(token, signature, tsa)).toBe(true);
      expect(await verdict(format, bytes, tsa)).toBe(ADMITTED);
      expect(await verdict(format, bytes, stranger)).toBe(TIMESTAMP);
    }
  });

  test.each<[string, (message: Buffer) => Uint8Array, string, boolean]>([
    ['over another signature', () => byOpenssl(AUTHORITIES['P-256'], Buffer.from('other')), TIMESTAMP, false],
    ['that is cut short', (message) => byOpenssl(AUTHORITIES['P-256'], message).subarray(0, -1), 'deny VERIFY_MALFORMED', false],
    // The specification wants signing-certificate-v2; openssl is content with SHA-1.
    ['that names its signer by SHA-1', (message) => byOpenssl(AUTHORITIES['P-256'], message, { essHash: 'sha1' }), TIMESTAMP, true],
    // Nobody knows whether the certificate was valid still.
    ['of a clock that may be wrong by two days', (message) => byOpenssl(AUTHORITIES['P-256'], message, { accuracy: 'secs:172800' }), 'deny VERIFY_CERTIFICATE_EXPIRED', true],
  ])('a token %s proves nothing', async (_, token, expected, byTheirs) => {
    const one = signed('notation-jws', token);
    expect(await verdict('notation-jws', one.bytes, AUTHORITIES['P-256'])).toBe(expected);
    expect(opensslTakes(one.token, one.signature, AUTHORITIES['P-256'])).toBe(byTheirs);
  });

  test('takes all that is taken here of 500 tokens, made oddly or changed afterwards', async () => {
    const tsa = AUTHORITIES['P-384, below another one'];
    const { bytes: envelope, signature } = signed('notation-jws', () => Buffer.of(1));
    const { header, ...others } = JSON.parse(envelope.toString()) as { readonly header: object };
    const stampedBy = (token: Uint8Array): Buffer =>
      Buffer.from(JSON.stringify({ ...others, header: { ...header, 'io.cncf.notary.timestampSignature': Buffer.from(token).toString('base64') } }));
    const odd: readonly TimestampOverrides[] = [
      {}, { imprintHash: 'sha512' }, { fraction: '5' }, { fraction: '123' }, { accuracy: false }, { accuracy: { millis: 5 } }, { nonce: 7n }, { embed: tsa.chain },
      { embed: [] }, { contentType: '1.2.840.113549.1.7.1' }, { key: stranger.key }, { signer: stranger.signer },
      { essCertificate: stranger.signer }, { essCertificate: false }, { signature: (bytes) => bytes.subarray(1) }, { message: Buffer.from('other') }, { at: NOW - 6 * 365 * DAY },
    ];
    const plain = [byUs(tsa, signature), byOpenssl(tsa, signature)];
    const change = fc.record({
      token: fc.nat(1), place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), byte: fc.integer({ min: 0, max: 255 }), kind: fc.constantFrom('put', 'insert', 'drop', 'double'),
    });
    const changed = fc.sample(change, { numRuns: 500 - odd.length, seed: 3161 }).map(({ token, place, byte, kind }) => {
      const bytes = plain[token] ?? Buffer.of();
      const index = Math.floor(place * bytes.length);
      const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)];
      switch (kind) {
        case 'put': return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
        case 'insert': return Buffer.concat([before, Buffer.of(byte), after]);
        case 'drop': return Buffer.concat([before, after.subarray(1)]);
        default: return Buffer.concat([before, after.subarray(0, 1), after]);
      }
    });
    const count = { both: 0, neither: 0 };
    const looser: string[] = [];
    for (const token of [...odd.map((one) => byUs(tsa, signature, one)), ...changed]) {
      const ours = await verdict('notation-jws', stampedBy(token), tsa) === ADMITTED;
      if (ours && !opensslTakes(token, signature, tsa)) looser.push(Buffer.from(token).toString('base64'));
      count[ours ? 'both' : 'neither'] += 1;
    }
    expect(looser).toEqual([]);
    expect(count.both).toBeGreaterThan(5);
    expect(count.neither).toBeGreaterThan(300);
    // One hash over the content and another one in the signature (RFC 8933, 3).
    for (const [digestHash, isTaken] of [['sha256', false], ['sha384', true], ['sha512', false]] as const) {
      const token = byUs(tsa, signature, { digestHash });
      expect([await verdict('notation-jws', stampedBy(token), tsa), opensslTakes(token, signature, tsa)]).toEqual([isTaken ? ADMITTED : TIMESTAMP, isTaken]);
    }
  });
});
