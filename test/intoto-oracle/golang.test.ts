import { constants, createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LayoutResult } from '../../src/evaluate/layout/index.ts';
import { judgeLayout } from '../../src/evaluate/layout/index.ts';
import { proveLayout } from '../../src/verify/intoto/index.ts';
import type { LayoutFile } from '../../src/verify/intoto/index.ts';
import { canonicalJson } from '../../src/text/json/olpc.ts';
import { asDigest } from '../world/encode.ts';

// What in-toto-golang's own tests verify: layouts and links in DSSE, and functionaries by certificate, which the Python
// implementation does not know. The files are read from the Go module, which is fetched and checked by its hash.

const FOLDER = join(process.env['INTOTO_GOLANG'] ?? 'INTOTO_GOLANG is not set: run `npm run test:intoto`', 'test/data');
const read = (name: string): Buffer => readFileSync(join(FOLDER, name));
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const ALICE = { name: 'alice', pem: 'alice.pub' };
/** Both layouts are valid: one ends in 2023, the other in 2030. */
const NOW = Date.parse('2022-06-01T00:00:00Z');

interface Classic {
  readonly signed: Record<string, unknown>;
  readonly signatures: Record<string, unknown>[];
}

function parse(name: string): Classic {
  return JSON.parse(read(name).toString('utf8')) as Classic;
}

const asFile = (name: string, bytes = read(name)): LayoutFile => ({ source: name, name, place: '', bytes });

interface Asked {
  readonly layout: Buffer;
  readonly files: readonly LayoutFile[];
  readonly product: readonly [path: string, hex: string];
  readonly owner?: string;
  readonly now?: number;
  readonly dataOnly?: readonly string[];
}

function ask({ layout, files, product: [path, hex], owner = ALICE.pem, now = NOW, dataOnly = [] }: Asked): LayoutResult | { readonly ok: false; readonly problems: readonly { readonly kind: string }[] } {
  const pem = read(owner).toString('utf8');
  const keyId = `sha256:${createHash('sha256').update(createPublicKey(pem).export({ type: 'spki', format: 'der' })).digest('hex')}`;
  const proof = proveLayout({ source: 'layout', layout, keys: [{ keyId, pem }], files });
  if (!proof.ok) return { ok: false, problems: [{ kind: proof.problem.code }] };
  return judgeLayout(proof.value, { now, artifacts: [{ path, digest: asDigest(`sha256:${hex}`) }], dataOnlyInspections: dataOnly });
}

const kinds = (result: ReturnType<typeof ask>): readonly string[] => (result.ok ? [] : result.problems.map(({ kind }) => kind));

describe('a chain in DSSE', () => {
  const links = ['clone-dsse.776a00e2.link', 'update-version-dsse.776a00e2.link', 'package-dsse.2f89b927.link'];
  const good: Asked = {
    layout: read('dsse-only.root.layout'), files: links.map((name) => asFile(name)),
    product: ['demo-project.tar.gz', '0c5c56be1f4d8707fe981f07b0d35a4a1a50e898e3ebc8b1fa12c7c6f364bb7b'],
  };

  test('holds, as it does for in-toto-golang', () => expect(kinds(ask(good))).toEqual([]));
  test('does not hold after its end', () => expect(kinds(ask({ ...good, now: Date.parse('2023-06-03T13:25:20Z') }))).toEqual(['expired']));
  test('does not hold under another owner', () => expect(kinds(ask({ ...good, owner: 'dan.pub' }))).toEqual(['VERIFY_SIGNATURE_INVALID']));
  test('is good for nothing else', () => expect(kinds(ask({ ...good, product: ['demo-project.tar.gz', '0'.repeat(64)] }))).toEqual(['artifact']));
  test.each(links)('does not hold without %s', (gone) => expect(kinds(ask({ ...good, files: good.files.filter(({ name }) => name !== gone) }))).toEqual(['link-missing']));

  test.each(links)('does not hold when the payload of %s is changed', (changed) => {
    const envelope = JSON.parse(read(changed).toString('utf8')) as { payload: string };
    const body = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8')) as { products: object };
    const bytes = json({ ...envelope, payload: json({ ...body, products: { ...body.products, evil: { sha256: 'a'.repeat(64) } } }).toString('base64') });
    expect(kinds(ask({ ...good, files: good.files.map((one) => (one.name === changed ? { ...one, bytes } : one)) }))).toEqual(['link-missing']);
  });
});

describe('a classic chain with constraints on certificates', () => {
  const root = 'da6360ef818d52b11f891132609f34907bd48521b33fc96927979b7fce876136';
  const byKey = asFile('write-code.b7d643de.link');
  const good: Asked = {
    layout: read('demo.layout'), files: [byKey, asFile('package.d3ffd108.link')], dataOnly: ['untar'],
    product: ['foo.tar.gz', '52947cb78b91ad01fe81cd6aef42d1f6817e92b9e6936c1e5aabb7c98514f355'],
  };

  /** The link of step write-code, signed with the key of the certificate. */
  function byCertificate(pem = read('example.com.write-code.cert.pem').toString('utf8'), signer = 'example.com.write-code.key.pem'): LayoutFile {
    const { signed } = parse('write-code.b7d643de.link');
    const key = createPrivateKey(read(signer));
    const sig = sign('sha256', canonicalJson(signed), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }).toString('hex');
    return { source: 'by certificate', name: 'write-code.01234567.link', place: '', bytes: json({ signed, signatures: [{ keyid: '01234567'.repeat(8), sig, cert: pem }] }) };
  }
  const withCertificate = (file: LayoutFile): Asked => ({ ...good, files: [file, ...good.files.slice(1)] });

  test.each(['demo.layout', 'demo.dsse.layout'])('%s holds by keys', (name) => expect(kinds(ask({ ...good, layout: read(name) }))).toEqual([]));
  test('its inspection refuses unless it is declared', () => expect(kinds(ask({ ...good, dataOnly: [] }))).toEqual(['inspection']));
  test('a threshold changed after signing', () => {
    const layout = parse('demo.layout');
    (layout.signed['steps'] as { threshold: number }[])[0]!.threshold = 0;
    expect(kinds(ask({ ...good, layout: json(layout) }))).toEqual(['VERIFY_SIGNATURE_INVALID']);
  });

  test('its first step is done by the certificate with the SPIFFE id as well', () => {
    expect(Object.keys(parse('demo.layout').signed['rootcas'] as object)).toEqual([root]);
    const result = ask(withCertificate(byCertificate()));
    expect(kinds(result)).toEqual([]);
    expect(result).toMatchObject({ steps: [{ step: 'write-code', signers: ['certificate of spiffe://example.com/write-code'] }, { step: 'package' }] });
  });

  test.each<[string, LayoutFile]>([
    ['the intermediate authority', byCertificate(read('example.com.intermediate.cert.pem').toString('utf8'), 'example.com.intermediate.key.pem')],
    ['another key under the certificate', byCertificate(undefined, 'example.com.intermediate.key.pem')],
    ['the root itself', byCertificate(read('root.cert.pem').toString('utf8'), 'root.key.pem')],
    ['nobody', asFile('package.d3ffd108.link')],
  ])('it is not done by %s', (_, file) => expect(kinds(ask(withCertificate(file)))).toEqual(['link-missing']));

  test('it is not done by the certificate before it is valid', () => expect(kinds(ask({ ...withCertificate(byCertificate()), now: Date.parse('2021-08-01T00:00:00Z') }))).toEqual(['link-missing']));
  test('it is not done by the certificate where the layout names keys alone', () => {
    expect(kinds(ask({ ...withCertificate(byCertificate()), layout: read('demo.dsse.layout') }))).toEqual(['link-missing']);
  });
});
