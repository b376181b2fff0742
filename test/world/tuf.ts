import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hash, rfc3339, sha256Hex } from './encode.ts';
import { makeKey, signWith } from './keys.ts';
import type { KeyType, SigningKey } from './keys.ts';

type Json = Record<string, unknown>;

/** A role as root or a delegation writes it. */
export interface TufRoleJson extends Json {
  keyids: string[];
  threshold: number;
}

export interface TufDelegationOptions {
  readonly paths?: readonly string[];
  readonly hashPrefixes?: readonly string[];
  readonly terminating?: boolean;
  readonly threshold?: number;
  /** Who signs the delegated file; default: a new key per role and repository. */
  readonly keys?: readonly SigningKey[];
  /** Set to leave an existing delegated file alone and only name it once more. */
  readonly existing?: boolean;
}

export interface TufRepoOptions {
  readonly now: number;
  readonly keyType?: KeyType;
  readonly consistentSnapshot?: boolean;
}

const DAY = 86_400_000;

/**
 * A TUF repository made at test time. `signed` parts are plain JSON to be changed at will; what is served is
 * signed when it is asked for, so that every forgery carries valid signatures unless a test takes them away.
 */
export class TufRepo {
  readonly now: number;
  readonly root: Json & { version: number; expires: string; keys: Json; roles: Record<string, TufRoleJson>; consistent_snapshot: boolean };
  readonly timestamp: Json & { version: number; expires: string; meta: Record<string, Json & { version: number }> };
  readonly snapshot: Json & { version: number; expires: string; meta: Record<string, Json & { version: number }> };
  /** Targets files by role, `targets` among them. */
  readonly targets = new Map<string, Json & { version: number; expires: string; targets: Record<string, Json> }>();
  readonly artifacts = new Map<string, Uint8Array>();
  /** Signed roots by version; the last one is the current. */
  readonly roots: Uint8Array[] = [];
  readonly signers = new Map<string, SigningKey[]>();
  /** Paths asked for, newest last. */
  readonly asked: string[] = [];
  /** Write lengths and hashes into timestamp and snapshot. */
  metaHashes = false;
  /** Replaces what is served for a path: bytes, or `null` for "not there". */
  readonly override = new Map<string, Uint8Array | null>();
  readonly #keyType: KeyType;

  constructor(options: TufRepoOptions) {
    this.now = options.now;
    this.#keyType = options.keyType ?? 'ed25519';
    const base = (type: string): { _type: string; spec_version: string; version: number; expires: string } => ({ _type: type, spec_version: '1.0.31', version: 1, expires: rfc3339(options.now + 30 * DAY) });
    this.root = { ...base('root'), keys: {}, roles: {}, consistent_snapshot: options.consistentSnapshot ?? true };
    this.timestamp = { ...base('timestamp'), meta: { 'snapshot.json': { version: 1 } } };
    this.snapshot = { ...base('snapshot'), meta: { 'targets.json': { version: 1 } } };
    this.targets.set('targets', { ...base('targets'), targets: {} });
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
      this.root.roles[role] = { keyids: [], threshold: 1 };
      this.addKey(role);
    }
    this.roots.push(this.#signRoot());
    this.firstRootSigners = this.signers.get('root') ?? [];
  }

  /** Adds a key to a top-level role; publish a root afterwards. */
  addKey(role: string, key: SigningKey = makeKey(this.#keyType)): SigningKey {
    const id = tufKeyId(key);
    this.root.keys[id] = tufKey(key);
    this.root.roles[role]?.keyids.push(id);
    this.signers.set(role, [...(this.signers.get(role) ?? []), key]);
    return key;
  }

  /** Replaces the keys of a top-level role by a new one; publish a root afterwards. */
  rotateKeys(role: string): void {
    const entry = this.root.roles[role];
    if (entry !== undefined) entry.keyids = [];
    this.signers.set(role, []);
    this.addKey(role);
  }

  /** Publishes the next root, signed by the old root keys and the new ones. */
  publishRoot(by?: readonly SigningKey[]): Uint8Array {
    this.root.version = this.roots.length + 1;
    const bytes = this.#signRoot(by);
    this.roots.push(bytes);
    return bytes;
  }

  /** Bumps targets (and other given roles), snapshot and timestamp, so that clients see the present state. */
  publish(...roles: string[]): void {
    for (const role of roles) {
      const targets = this.targets.get(role);
      if (targets !== undefined) this.snapshot.meta[`${role}.json`] = { version: (targets.version += 1) };
    }
    this.publishSnapshot();
  }

  publishSnapshot(): void {
    this.snapshot.version += 1;
    this.publishTimestamp();
  }

  publishTimestamp(): void {
    this.timestamp.version += 1;
    this.#describe();
  }

  /** Makes timestamp and snapshot say what is served below them, without changing any version. */
  #describe(): void {
    for (const role of this.targets.keys()) {
      const entry = (this.snapshot.meta[`${role}.json`] ??= { version: this.targets.get(role)?.version ?? 1 });
      if (this.metaHashes) Object.assign(entry, described(this.file(role)));
    }
    this.timestamp.meta['snapshot.json'] = { version: this.snapshot.version, ...(this.metaHashes ? described(this.file('snapshot')) : {}) };
  }

  /** Lists an artifact in a role and serves it. */
  addTarget(path: string, content: Uint8Array | string, role = 'targets'): void {
    const bytes = Buffer.from(content as Uint8Array);
    this.artifacts.set(path, bytes);
    const targets = this.targets.get(role);
    if (targets !== undefined) targets.targets[path] = described(bytes);
  }

  /** Lets `delegator` name a role, and makes that role's file. */
  delegate(delegator: string, name: string, options: TufDelegationOptions = {}): readonly SigningKey[] {
    const keys = options.keys ?? [makeKey(this.#keyType)];
    const parent = this.targets.get(delegator);
    if (parent === undefined) throw new Error(`no role ${delegator}`);
    const delegations = (parent['delegations'] ??= { keys: {}, roles: [] }) as { keys: Json; roles: Json[] };
    for (const key of keys) delegations.keys[tufKeyId(key)] = tufKey(key);
    const cover = options.hashPrefixes === undefined ? { paths: options.paths ?? ['*'] } : { path_hash_prefixes: options.hashPrefixes };
    delegations.roles.push({ name, keyids: keys.map(tufKeyId), threshold: options.threshold ?? 1, terminating: options.terminating ?? false, ...cover });
    if (options.existing !== true) {
      this.targets.set(name, { _type: 'targets', spec_version: '1.0.31', version: 1, expires: rfc3339(this.now + 30 * DAY), targets: {} });
      this.signers.set(name, [...keys]);
    }
    return keys;
  }

  /** The current file of a role, signed by the role's signers. */
  file(role: string): Uint8Array {
    if (role === 'root') return this.roots.at(-1) ?? new Uint8Array();
    const signed = role === 'timestamp' ? this.timestamp : role === 'snapshot' ? this.snapshot : this.targets.get(role);
    return signTuf(signed, this.signers.get(role) ?? []);
  }

  /** What is served below `metadata/`; `undefined` is a 404. */
  metadata(path: string): Uint8Array | undefined {
    this.asked.push(path);
    const replaced = this.override.get(path);
    if (replaced !== undefined) return replaced ?? undefined;
    const [, version, encoded = ''] = /^(?:(\d+)\.)?(.*)\.json$/.exec(path) ?? [];
    const role = decodeURIComponent(encoded);
    if (role === 'root') return version === undefined ? this.roots.at(-1) : this.roots[Number(version) - 1];
    if (role === 'timestamp') return version === undefined ? this.file(role) : undefined;
    if (role !== 'snapshot' && !this.targets.has(role)) return undefined;
    return (version !== undefined) === this.root.consistent_snapshot ? this.file(role) : undefined;
  }

  /** What is served below `targets/`. */
  target(path: string): Uint8Array | undefined {
    this.asked.push(path);
    const replaced = this.override.get(path);
    if (replaced !== undefined) return replaced ?? undefined;
    return this.artifacts.get(decodeURIComponent(this.root.consistent_snapshot ? path.replace(/[0-9a-f]{64,128}\.([^/]*)$/, '$1') : path));
  }

  #signRoot(by?: readonly SigningKey[]): Uint8Array {
    const old = this.roots.length === 0 ? [] : this.#oldRootSigners;
    this.#oldRootSigners = this.signers.get('root') ?? [];
    return signTuf(this.root, by ?? [...new Set([...old, ...this.#oldRootSigners])]);
  }

  #oldRootSigners: readonly SigningKey[] = [];

  /** The keys that signed the first root. */
  readonly firstRootSigners: readonly SigningKey[];
}

const made = new WeakMap<SigningKey, Map<string, string>>();

/** Signs the `signed` part with the keys given. The same part gets the same signatures, so that files can be described by hash. */
export function signTuf(signed: unknown, keys: readonly SigningKey[]): Uint8Array {
  const text = olpc(signed);
  const signatures = keys.map((key) => {
    const known = made.get(key) ?? new Map<string, string>();
    const sig = known.get(text) ?? signWith(key, Buffer.from(text), key.type.startsWith('rsa') ? { encoding: 'pss' } : {}).toString('hex');
    made.set(key, known.set(text, sig));
    return { keyid: tufKeyId(key), sig };
  });
  return Buffer.from(JSON.stringify({ signatures, signed }, null, 1));
}

/** Canonical JSON as TUF signs it: sorted keys, only quotes and backslashes escaped, line feeds left as they are. */
export function olpc(value: unknown): string {
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (Array.isArray(value)) return `[${value.map(olpc).join(',')}]`;
  if (value === null || typeof value !== 'object') return String(value);
  return `{${Object.entries(value).filter(([, part]) => part !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => `${olpc(key)}:${olpc(part)}`).join(',')}}`;
}

/** A key as metadata holds it. */
export function tufKey(key: SigningKey): Json {
  if (key.type === 'ed25519') return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: key.spki.subarray(-32).toString('hex') } };
  const [keytype, scheme] = key.type.startsWith('rsa') ? ['rsa', 'rsassa-pss-sha256'] : ['ecdsa', key.type === 'p384' ? 'ecdsa-sha2-nistp384' : 'ecdsa-sha2-nistp256'];
  return { keytype, scheme, keyval: { public: key.publicKeyPem } };
}

export function tufKeyId(key: SigningKey): string {
  return sha256Hex(olpc(tufKey(key)));
}

function described(bytes: Uint8Array): Json {
  return { length: bytes.length, hashes: { sha256: sha256Hex(bytes), sha512: hash(bytes, 'sha512').toString('hex') } };
}

/** A repository behind a real socket, at `url/metadata` and `url/targets`. */
export interface TufServer {
  readonly url: string;
  readonly port: number;
  /** Replaces the answer to a request; return true when it was answered. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

/** Serves `read`, which gets the path below the root without its leading slash, over plain HTTP on this machine. */
export async function serveTuf(read: (path: string) => Uint8Array | undefined): Promise<TufServer> {
  const http = createServer((request, response) => {
    if (server.intercept?.(request, response) === true) return;
    const bytes = read((request.url ?? '').slice(1));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const { port } = http.address() as AddressInfo;
  const server: TufServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    intercept: undefined,
    close: () => new Promise((done) => {
      http.close(() => done());
      http.closeAllConnections();
    }),
  };
  return server;
}

/** Serves a repository, metadata and targets. */
export function serveRepo(repo: TufRepo): Promise<TufServer> {
  return serveTuf((path) => (path.startsWith('metadata/') ? repo.metadata(path.slice(9)) : path.startsWith('targets/') ? repo.target(path.slice(8)) : undefined));
}
