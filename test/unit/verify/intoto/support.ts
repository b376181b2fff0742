import { canonicalJson } from '../../../../src/text/json/olpc.ts';
import type { LayoutFile } from '../../../../src/verify/intoto/index.ts';
import { proveLayout } from '../../../../src/verify/intoto/index.ts';
import { json } from '../../../support/layout.ts';
import { makeKey, signWith } from '../../../world/keys.ts';
import type { KeyType, SigningKey } from '../../../world/keys.ts';

/** A functionary or owner with his in-toto key object. */
export interface Person {
  readonly key: SigningKey;
  readonly keyid: string;
  readonly inToto: Record<string, unknown>;
}

let count = 0;

/** Makes a person; the id is any text of hexadecimal digits, since nobody recomputes it. */
export function person(type: KeyType = 'ed25519'): Person {
  const key = makeKey(type);
  count += 1;
  const keyid = count.toString(16).padStart(8, '0').repeat(8);
  const ed = type === 'ed25519';
  const keytype = ed ? 'ed25519' : type.startsWith('p') ? 'ecdsa' : 'rsa';
  const scheme = ed ? 'ed25519' : type === 'p384' ? 'ecdsa-sha2-nistp384' : keytype === 'ecdsa' ? 'ecdsa-sha2-nistp256' : 'rsa-pkcs1v15-sha256';
  const value = ed ? key.spki.subarray(12).toString('hex') : key.publicKeyPem;
  return { key, keyid, inToto: { keyid, keytype, scheme, keyval: { public: value } } };
}

/** A signature of a person over a classic body; `further` stands beside it, `cert` for one. */
export function signatureBy({ key, keyid }: Person, body: unknown, further: object = {}): object {
  return { keyid, sig: signWith(key, canonicalJson(body)).toString('hex'), ...further };
}

/** A classic file, signed. */
export function signed(body: unknown, people: readonly Person[]): { signed: unknown; signatures: object[] } {
  return { signed: body, signatures: people.map((one) => signatureBy(one, body)) };
}

export const hex = (text: string): string => Buffer.from(text.repeat(32)).subarray(0, 32).toString('hex');
export const artifacts = (versions: Record<string, string>): Record<string, { sha256: string }> => (
  Object.fromEntries(Object.entries(versions).map(([path, version]) => [path, { sha256: hex(version) }])));

/** A link body. */
export function link(name: string, materials: Record<string, string>, products: Record<string, string>): Record<string, unknown> {
  return { _type: 'link', name, materials: artifacts(materials), products: artifacts(products), byproducts: {}, command: ['make'], environment: {} };
}

/** A step body. */
export function step(name: string, people: readonly Person[], further: object = {}): Record<string, unknown> {
  return { _type: 'step', name, expected_materials: [], expected_products: [], pubkeys: people.map(({ keyid }) => keyid), expected_command: [], threshold: 1, ...further };
}

/** A layout body. */
export function layout(steps: readonly unknown[], people: readonly Person[], further: object = {}): Record<string, unknown> {
  return { _type: 'layout', steps, inspect: [], keys: Object.fromEntries(people.map(({ keyid, inToto }) => [keyid, inToto])), expires: '2030-01-01T00:00:00Z', readme: '', ...further };
}

/** A file that lies beside the layout. */
export function file(content: unknown, further: Partial<LayoutFile> = {}): LayoutFile {
  return { source: 'a link', bytes: json(content), ...further };
}

/** Proves a layout with these owners and files. */
export function prove(root: unknown, owners: readonly Person[], files: readonly LayoutFile[]): ReturnType<typeof proveLayout> {
  return proveLayout({ source: 'root.layout', layout: json(root), keys: owners.map(({ inToto }) => ({ inToto })), files });
}
