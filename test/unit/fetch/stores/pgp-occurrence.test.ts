import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { piecesOfOccurrence } from '../../../../src/fetch/stores/occurrence.ts';
import { packet, pgpArmour, pgpBlock, pgpKey, pgpSignature, pgpSignatureBody } from '../../../world/git/pgp.ts';
import type { PgpKey, PgpSigning } from '../../../world/git/pgp.ts';
import { makeKey } from '../../../world/keys.ts';
import { binaryAuthorizationPayload } from '../../../world/stores/grafeas.ts';
import { cpuNow } from '../../../support/cpu.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DIGEST, doc, OTHER } from '../../policy/every-field/world.ts';

/** Keys of the type PGP, by which Kritis and Binary Authorization attest: from an occurrence to the verdict. */
const NAME = 'ghcr.io/acme/app';
const payload = binaryAuthorizationPayload(NAME, DIGEST);
const [attestor, stranger] = [pgpKey(makeKey('p256')), pgpKey(makeKey('p256'))];
const [ADMITTED, STRANGER, INVALID, MALFORMED] = ['admit POLICY_SATISFIED', 'deny VERIFY_SIGNER_UNTRUSTED', 'deny VERIFY_SIGNATURE_INVALID', 'deny VERIFY_MALFORMED'];

/** An occurrence with these signatures, and a payload beside them where one is given. */
function occurrence(signatures: readonly string[], beside?: Uint8Array): unknown {
  const named = signatures.map((text) => ({ signature: Buffer.from(text).toString('base64'), publicKeyId: `openpgp4fpr:${attestor.fingerprint.toUpperCase()}` }));
  return { kind: 'ATTESTATION', attestation: { ...(beside === undefined ? {} : { serializedPayload: Buffer.from(beside).toString('base64') }), signatures: named } };
}

async function verdict(of: unknown, block?: string, more?: object): Promise<string> {
  return (await answer(of, block, more)).verdict;
}

async function answer(of: unknown, block = pgpBlock({ primary: attestor }), more: object = {}): ReturnType<typeof judge> {
  const evidence = piecesOfOccurrence(of, 'grafeas').filter((piece): piece is UnverifiedEvidence => 'bytes' in piece);
  const scene = demanding({ signature: { by: ['attestor'], ...more } }, { evidence });
  return judge({ ...scene, documents: [doc('Signer', 'attestor', { identities: [{ key: { data: block } }] }), ...scene.documents] });
}

/** A literal; `parts`: in pieces of these powers of two, as Go's openpgp writes it. */
function literal(content: Uint8Array, parts: readonly number[] = [], form = 'b'): Buffer {
  const body = Buffer.concat([Buffer.from([form.charCodeAt(0), 4]), Buffer.from('name'), Buffer.alloc(4), content]);
  if (parts.length === 0) return packet(11, body);
  const pieces: Buffer[] = [Buffer.from([0xc0 | 11])];
  let at = 0;
  for (const power of parts) {
    pieces.push(Buffer.from([224 + power]), body.subarray(at, at + 2 ** power));
    at += 2 ** power;
  }
  return Buffer.concat([...pieces, Buffer.from([body.length - at]), body.subarray(at)]);
}

/** What announces a signature: its type, hash and algorithm. */
function announced(signature: Buffer, change: Partial<Record<number, number>> = {}): Buffer {
  const body = Buffer.from([3, signature[1] ?? 0, signature[3] ?? 0, signature[2] ?? 0, ...Buffer.from(attestor.fingerprint.slice(-16), 'hex'), 1]);
  for (const [at, value] of Object.entries(change)) body[Number(at)] = value ?? 0;
  return packet(4, body);
}

interface Made { readonly by?: PgpKey; readonly signing?: Partial<PgpSigning>; readonly content?: Uint8Array; readonly parts?: readonly number[]; readonly form?: string; readonly pass?: Partial<Record<number, number>> | false }
function message({ by = attestor, signing = {}, content = payload, parts, form, pass = {} }: Made = {}): Buffer {
  const body = pgpSignatureBody({ by, parts: [payload], ...signing });
  return Buffer.concat(pass === false ? [packet(2, body), literal(content, parts, form)] : [announced(body, pass), literal(content, parts, form), packet(2, body)]);
}
const inArmour = (bytes: Uint8Array): string => pgpArmour('PGP MESSAGE', bytes);
const packed = (algorithm: number, bytes: Uint8Array): Buffer => packet(8, Buffer.concat([Buffer.from([algorithm]), bytes]));

describe('an attestation by a key of the type PGP', () => {
  test.each<[string, () => Buffer]>([
    ['as it is', () => message()],
    ['with its signature in front', () => message({ pass: false })],
    ['as text', () => message({ form: 't' })],
    ['in parts, the last of which is empty or not', () => message({ parts: [7, 5, 0] })],
    ['packed by ZIP', () => packed(1, deflateRawSync(message()))],
    ['packed by ZLIB', () => packed(2, deflateSync(message()))],
    ['packed, without a length', () => Buffer.concat([Buffer.from([0xa3, 1]), deflateRawSync(message())])],
  ])('counts where the message holds its payload: %s', async (_, make) => {
    expect(await verdict(occurrence([inArmour(make())]))).toBe(ADMITTED);
    expect(await verdict(occurrence([inArmour(make())], payload))).toBe(ADMITTED);
    expect(await verdict(occurrence([inArmour(make())], binaryAuthorizationPayload(NAME, OTHER)))).toBe(MALFORMED);
    expect(await verdict(occurrence([inArmour(make())]), pgpBlock({ primary: stranger }))).toBe(STRANGER);
  });

  test('counts where its signature stands beside the payload', async () => {
    const signature = pgpArmour('PGP SIGNATURE', pgpSignature({ by: attestor, parts: [payload] }));
    expect(await verdict(occurrence([signature], payload))).toBe(ADMITTED);
    expect(await verdict(occurrence([signature], binaryAuthorizationPayload(`${NAME}2`, DIGEST)))).toBe(INVALID);
    expect(await verdict(occurrence([signature]))).toBe(MALFORMED);
  });

  test('of several signatures one by the key of the policy is enough', async () => {
    const two = [inArmour(message({ by: stranger })), inArmour(message())];
    expect(await verdict(occurrence(two))).toBe(ADMITTED);
    expect(await verdict(occurrence(two.slice(0, 1)))).toBe(STRANGER);
  });

  test('names its repository where the policy binds it', async () => {
    const elsewhere = binaryAuthorizationPayload('ghcr.io/acme/other', DIGEST);
    const moved = inArmour(message({ content: elsewhere, signing: { parts: [elsewhere] } }));
    expect([await verdict(occurrence([moved])), await verdict(occurrence([moved]), undefined, { bindRepository: true })]).toEqual([ADMITTED, 'deny POLICY_REPOSITORY']);
  });

  const other = binaryAuthorizationPayload(NAME, OTHER);
  test.each<[string, () => Buffer, string]>([
    ['the payload is another one than was signed', () => message({ content: binaryAuthorizationPayload(`${NAME}2`, DIGEST) }), INVALID],
    ['the payload is about another image', () => message({ content: other, signing: { parts: [other] } }), 'deny VERIFY_SUBJECT_MISMATCH'],
    ['the payload is no payload', () => message({ content: Buffer.from('tree 0'), signing: { parts: [Buffer.from('tree 0')] } }), MALFORMED],
    ['another key has made it in the name of this one', () => message({ by: stranger, signing: { issuer: attestor.fingerprint } }), INVALID],
    ['it names no key', () => message({ signing: { issuer: false } }), STRANGER],
    ['it is over text', () => message({ signing: { type: 1 } }), 'deny VERIFY_PAYLOAD_TYPE'],
    ['it is by SHA-1', () => message({ signing: { hash: 'sha1' } }), 'deny VERIFY_ALGORITHM'],
    ['it ends by itself', () => message({ signing: { says: [Buffer.from([5, 3, 0, 0, 0, 9])] } }), 'deny VERIFY_FORMAT'],
    ['another hash is announced', () => message({ pass: { 2: 8 } }), MALFORMED],
    ['another signature is to follow', () => message({ pass: { 12: 0 } }), MALFORMED],
    ['two signatures are in it', () => Buffer.concat([message(), packet(2, pgpSignatureBody({ by: attestor, parts: [payload] }))]), MALFORMED],
    ['two contents are in it', () => Buffer.concat([message(), literal(payload)]), MALFORMED],
    ['there is no signature', () => literal(payload), MALFORMED],
    ['it is packed twice', () => packed(1, deflateRawSync(packed(1, deflateRawSync(message())))), MALFORMED],
    ['it is packed in another way', () => packed(3, deflateRawSync(message())), MALFORMED],
    ['it is packed and cut short', () => packed(1, deflateRawSync(message()).subarray(0, -20)), MALFORMED],
    ['it becomes too large', () => packed(1, deflateRawSync(Buffer.alloc(40 * 1024 * 1024))), MALFORMED],
    ['a packet is cut short', () => message().subarray(0, -1), MALFORMED],
    ['bytes follow it', () => Buffer.concat([message(), Buffer.from([0])]), MALFORMED],
    ['a part never ends', () => message({ parts: [7] }).subarray(0, 150), MALFORMED],
  ])('proves nothing where %s', async (_, make, code) => {
    expect(await verdict(occurrence([inArmour(make())]))).toBe(code);
  });

  const large = (text: string): Buffer => Buffer.from(JSON.stringify({ ...JSON.parse(payload.toString()) as object, optional: { note: text } }));
  const signedOver = (content: Uint8Array): Buffer => message({ content, signing: { parts: [content] } });
  const inParts = (count: number): Buffer => {
    const content = large('x'.repeat(count - payload.length));
    return message({ content, signing: { parts: [content] }, parts: Array.from({ length: count }, () => 0) });
  };
  test.each<[string, () => Buffer, string]>([
    ['zeros of 40 KB', () => packed(1, deflateRawSync(signedOver(large('0'.repeat(40_000))))), ADMITTED],
    ['zeros of 80 KB', () => packed(1, deflateRawSync(signedOver(large('0'.repeat(80_000))))), MALFORMED],
    ['zeros of 80 KB by ZLIB', () => packed(2, deflateSync(signedOver(large('0'.repeat(80_000))))), MALFORMED],
    ['300 KB that do not get much shorter', () => packed(1, deflateRawSync(signedOver(large(randomBytes(150_000).toString('hex'))))), ADMITTED],
    ['zeros of 80 KB, and not packed', () => signedOver(large('0'.repeat(80_000))), ADMITTED],
    ['2,000 parts of a byte', () => inParts(2000), ADMITTED],
    ['2,100 parts of a byte', () => inParts(2100), MALFORMED],
    ['2,100 parts of a byte, packed', () => packed(1, deflateRawSync(inParts(2100))), MALFORMED],
  ])('has bounds in what it becomes: %s', async (_, make, code) => {
    expect(await verdict(occurrence([inArmour(make())]))).toBe(code);
  });

  test.each<[string, () => Buffer]>([
    ['zeros', () => packed(1, deflateRawSync(Buffer.alloc(1024 * 1024)))],
    ['a payload of spaces', () => packed(1, deflateRawSync(signedOver(Buffer.concat([payload, Buffer.alloc(1_000_000, ' ')]))))],
    ['a payload of lists', () => packed(2, deflateSync(signedOver(Buffer.from(`[${'0,'.repeat(500_000)}0]`))))],
    ['parts of one byte', () => packed(1, deflateRawSync(Buffer.concat([Buffer.from([0xc0 | 11]), Buffer.alloc(1_000_000, Buffer.from([224, 0x62])), Buffer.from([0])])))],
  ])('costs at most ten times an honest one, however much is packed into it: %s', async (_, make) => {
    const costOf = async (one: string): Promise<number> => {
      const many = occurrence(Array.from({ length: 64 }, (__, index) => one.replace('-----\n', `-----\nComment: ${index}\n`)));
      const from = cpuNow();
      await verdict(many);
      return cpuNow() - from;
    };
    const [honest, hostile] = [inArmour(packed(1, deflateRawSync(message()))), inArmour(make())];
    await costOf(honest);
    expect(Math.min(await costOf(hostile), await costOf(hostile))).toBeLessThan(10 * Math.max(await costOf(honest), await costOf(honest)));
  });

  test('is advised by the tool that has such keys', async () => {
    for (const signatures of [[], [inArmour(message({ by: stranger }))]]) {
      const { message: told } = await answer(occurrence(signatures));
      expect(told).toContain('gpg --armor --sign PAYLOAD');
      expect(told).not.toContain('cosign');
    }
  });

  test('is no attestation of another type, nor anything of a plain key', async () => {
    const plain = doc('Signer', 'attestor', { identities: [{ key: { data: attestor.key.publicKeyPem } }] });
    const evidence = piecesOfOccurrence(occurrence([inArmour(message())]), 'grafeas').filter((piece): piece is UnverifiedEvidence => 'bytes' in piece);
    const scene = demanding({ signature: { by: ['attestor'] } }, { evidence });
    expect((await judge({ ...scene, documents: [plain, ...scene.documents] })).verdict).toBe(STRANGER);
    const attested = demanding({ attestation: { type: 'https://acme.example/x', by: ['attestor'] } }, { evidence });
    const block = doc('Signer', 'attestor', { identities: [{ key: { data: pgpBlock({ primary: attestor }) } }] });
    expect((await judge({ ...attested, documents: [block, ...attested.documents] })).verdict).toMatch(/^deny /);
  });
});

const hasGpg = spawnSync('gpg', ['--version']).status === 0;

describe.runIf(hasGpg)('GnuPG', () => {
  const home = mkdtempSync(join(tmpdir(), 'pgp-occurrence-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, GNUPGHOME: join(home, 'gnupg'), LC_ALL: 'C' };
  const gpg = (...args: readonly string[]): string => execFileSync('gpg', ['--batch', '--quiet', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], { env, cwd: home, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  beforeAll(() => {
    mkdirSync(env.GNUPGHOME, { mode: 0o700 });
    for (const [name, algorithm] of [['rsa', 'rsa2048'], ['ec', 'nistp256'], ['ed', 'ed25519']] as const) gpg('--quick-generate-key', `${name}@acme.test`, algorithm, 'sign,cert', '0');
    writeFileSync(join(home, 'payload.json'), payload);
  }, 60_000);
  afterAll(() => {
    spawnSync('gpgconf', ['--kill', 'all'], { env });
    rmSync(home, { recursive: true, force: true });
  });

  test.each(['rsa', 'ec', 'ed'])('signs payloads that are admitted, in messages and beside them: %s', async (name) => {
    const block = gpg('--armor', '--export-options', 'export-minimal', '--export', `${name}@acme.test`);
    const by = ['--local-user', `${name}@acme.test`, '--armor', '--output', '-'];
    for (const how of [[], ['--compress-algo', 'none'], ['--compress-algo', 'zlib'], ['--textmode', '--compress-algo', 'zip']]) {
      const signed = gpg(...by, ...how, '--sign', 'payload.json');
      const expected = how.includes('--textmode') ? 'deny VERIFY_PAYLOAD_TYPE' : ADMITTED;
      expect([how, await verdict(occurrence([signed]), block)]).toEqual([how, expected]);
      expect(await verdict(occurrence([signed]))).toMatch(how.includes('--textmode') ? /PAYLOAD_TYPE/ : /SIGNER_UNTRUSTED/);
    }
    const detached = gpg(...by, '--detach-sign', 'payload.json');
    expect(await verdict(occurrence([detached], payload), block)).toBe(ADMITTED);
    expect(await verdict(occurrence([detached], binaryAuthorizationPayload(`${NAME}2`, DIGEST)), block)).toBe(INVALID);
  }, 60_000);
});
