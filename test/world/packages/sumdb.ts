/**
 * A checksum database of Go on loopback, as its documents describe it (golang.org/design/25530-sumdb; go.dev/ref/mod "Checksum database";
 * golang.org/x/mod/sumdb/note): `/lookup/MODULE@VERSION` and `/tile/8/L/N[.p/W]`. The tree is computed naively from all records, so that the
 * product's way through tiles is held against another one.
 */
import { createHash } from 'node:crypto';
import { asDigest } from '../encode.ts';
import { makeKey, signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import { startFake } from './fake.ts';
import type { FakeAnswer, FakeServer } from './fake.ts';

export interface SumDb extends FakeServer {
  readonly key: SigningKey;
  /** The verifier key, `NAME+HASH+KEY`. */
  readonly vkey: string;
  /** Records a version with the `h1:` hash of this content, and gives it as a digest. */
  record(module: string, version: string, content?: string): ReturnType<typeof asDigest>;
  /** The body of a lookup, for tampering. */
  lookup(module: string, version: string): string;
}

const NAME = 'sum.example';
const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const node = (left: Buffer, right: Buffer): Buffer => sha(Uint8Array.of(1), left, right);

/** Starts a database with so many records of other modules before the first of ours. */
export async function startSumDb(before = 700): Promise<SumDb> {
  const key = makeKey('ed25519');
  const raw = Buffer.concat([Uint8Array.of(1), key.spki.subarray(-32)]);
  const keyHash = createHash('sha256').update(`${NAME}\n`).update(raw).digest().subarray(0, 4);
  const records = Array.from({ length: before }, (_, index) => `other.example/m${index} v1.0.0 h1:${sha(Buffer.from(String(index))).toString('base64')}\n`);
  const places = new Map<string, number>();
  const leaf = (text: string): Buffer => sha(Uint8Array.of(0), Buffer.from(text));
  const root = (leaves: readonly Buffer[]): Buffer => {
    const [only] = leaves;
    if (leaves.length === 1 && only !== undefined) return only;
    const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
    return node(root(leaves.slice(0, split)), root(leaves.slice(split)));
  };
  const note = (): string => {
    const text = `go.sum database tree\n${records.length}\n${root(records.map(leaf)).toString('base64')}\n`;
    return `${text}\n— ${NAME} ${Buffer.concat([keyHash, signWith(key, Buffer.from(text))]).toString('base64')}\n`;
  };
  const tile = (path: string): FakeAnswer | undefined => {
    const match = /^\/tile\/8\/(\d)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
    if (match === null) return undefined;
    const [level, number] = [Number(match[1]), Number((match[2] ?? '').replace(/[x/]/g, ''))];
    const span = 256 ** level;
    const whole = Math.floor(records.length / span);
    const width = Math.min(256, whole - number * 256);
    if (width !== Number(match[3] ?? 256)) return undefined;
    const leaves = records.map(leaf);
    const hashes = Array.from({ length: width }, (_, index) => {
      const from = (number * 256 + index) * span;
      return root(leaves.slice(from, from + span));
    });
    return { body: Buffer.concat(hashes) };
  };
  const lookup = (module: string, version: string): string => {
    const id = places.get(`${module}@${version}`) ?? -1;
    return `${id}\n${records[id] ?? ''}\n${note()}`;
  };
  const unescape = (text: string): string => text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const fake = await startFake((path) => {
    const match = /^\/lookup\/(.+)@([^@]+)$/.exec(path);
    if (match === null) return tile(path);
    const [module, version] = [unescape(match[1] ?? ''), unescape(match[2] ?? '')];
    return places.has(`${module}@${version}`) ? { body: lookup(module, version) } : { status: 404 };
  });
  return {
    ...fake, key, lookup,
    vkey: `${NAME}+${keyHash.toString('hex')}+${raw.toString('base64')}`,
    record(module, version, content = `${module}@${version}`) {
      const hash = sha(Buffer.from(content));
      places.set(`${module}@${version}`, records.length);
      records.push(`${module} ${version} h1:${hash.toString('base64')}\n${module} ${version}/go.mod h1:${sha(hash).toString('base64')}\n`);
      return asDigest(`sha256:${hash.toString('hex')}`);
    },
  };
}
