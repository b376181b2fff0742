/** Keys and authorities of a test's own in the place of those that its policies name: nobody can sign with the real ones. */
import { createPublicKey } from 'node:crypto';
import { parseDigest, shortDigest } from '../../domain/artifact/digest.ts';
import { PUBLIC_GOOD } from '../../policy/index.ts';
import { withTrustPolicies } from '../../policy/notation/documents.ts';
import type { PolicyDocument } from '../../policy/read/documents.ts';
import { looksLikePgpKey, readPgpCertificate } from '../../pki/pgp/certificate.ts';
import type { PgpSigningKey } from '../../pki/pgp/certificate.ts';
import { readSecurityKeyLine, readSshLine } from '../../pki/ssh/public-key.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import { isObject, own } from '../../text/json/fields.ts';
import { makeKey } from '../world/keys.ts';
import type { KeyType, SigningKey } from '../world/keys.ts';
import { sha256Hex } from '../world/encode.ts';
import type { Part } from '../world/trusted-root.ts';
import { createWorld } from '../world/world.ts';
import type { World } from '../world/world.ts';
import { ownKind, ownRoots, ownSpec, ownWorld, throughStores } from './own-roots.ts';
import type { OwnRoot } from './own-roots.ts';

/** A world that stands in for a trust root, and what it has. */
export interface RootWorld {
  readonly world: World;
  readonly trustedRoot: Readonly<Record<string, unknown>>;
  readonly hasLogs: boolean;
  readonly hasCtLogs: boolean;
  /** True where evidence has to bring a timestamp. */
  readonly isStamped: boolean;
  /** Authorities of one's own. Absent: the root is one of Sigstore. */
  readonly own?: OwnRoot;
}

/** What stands in for what, the same for one key and one root however often they are named. */
export interface StandIns {
  /** The key for this PEM; `undefined` for a text that is no public key. */
  keyFor(pem: unknown): SigningKey | undefined;
  /** The world for the trust root of this name. */
  rootFor(name: string): RootWorld;
  /** The document with all of it in its place. Places of problems stay those of the file. */
  replaced(document: PolicyDocument): PolicyDocument;
  /** A text in which every key has the id of the real one again: what the user would be told, and the same in every run. */
  told(text: string): string;
}

/** Makes them for a set of policies; `documents` are what the set was compiled from, `now` is in epoch milliseconds. */
export function makeStandIns(documents: readonly PolicyDocument[], set: PolicySet, now: number): StandIns {
  const keys = new Map<string, SigningKey>();
  const worlds = new Map<string, RootWorld>();
  const roots = rootsOf(set);
  const owned = ownRoots(documents);
  const stated = ownRoots(withTrustPolicies(documents, []));
  const publicGood = publicGoodNames(documents);
  const keyFor = (pem: unknown): SigningKey | undefined => {
    const real = typeof pem === 'string' ? readKey(pem) : undefined;
    if (real === undefined) return undefined;
    const known = keys.get(real.keyId) ?? makeKey(real.type);
    keys.set(real.keyId, known);
    return known;
  };
  const made = (name: string): RootWorld => {
    const written = owned.get(name);
    if (written !== undefined) return ownWorld(written, now);
    const statement = stated.get(name);
    return statement === undefined ? rootWorld(roots.get(name), now) : throughStores(statement, owned, rootFor);
  };
  const rootFor = (name: string): RootWorld => {
    const id = publicGood.has(name) ? PUBLIC_GOOD : name;
    const known = worlds.get(id) ?? made(name);
    worlds.set(id, known);
    return known;
  };
  const renamed = (keyId: unknown): unknown => (typeof keyId === 'string' ? (keys.get(keyId)?.keyId ?? keyId) : keyId);
  // Before anything is replaced, so that a revocation finds its key wherever the two stand.
  for (const { value } of documents) if (own(value, 'kind') === 'Signer') for (const one of identities(value)) keyFor(keyText(one));
  return {
    keyFor,
    rootFor,
    replaced: (document) => ({ ...document, value: replacedValue(document.value, { keyFor, rootFor, renamed }) }),
    told: (text) => [...keys].reduce((so, [real, { keyId }]) =>
      so.replaceAll(keyId, real).replaceAll(shortened(keyId), shortened(real)), text),
  };
}

/** As messages shorten it. */
function shortened(keyId: string): string {
  const digest = parseDigest(keyId);
  return digest === undefined ? keyId : shortDigest(digest);
}

interface Replacing {
  keyFor(pem: unknown): SigningKey | undefined;
  rootFor(name: string): RootWorld;
  renamed(keyId: unknown): unknown;
}

function replacedValue(value: unknown, { keyFor, rootFor, renamed }: Replacing): unknown {
  const spec = own(value, 'spec');
  if (!isObject(value) || !isObject(spec)) return value;
  const revocations = (): object => {
    const entries = own(spec, 'revocations');
    if (!Array.isArray(entries)) return {};
    return { revocations: entries.map((entry) => withRenamedKey(entry, renamed)) };
  };
  switch (own(value, 'kind')) {
    case 'Signer':
      return { ...value, spec: { ...spec, ...revocations(), identities: identities(value).map((one) => withKey(one, keyFor)) } };
    case 'RevocationList':
      return { ...value, spec: { ...spec, ...revocations() } };
    case 'TrustRoot': {
      const name = String(own(own(value, 'metadata'), 'name'));
      const kind = ownKind(spec);
      if (kind !== undefined) return { ...value, spec: { ...spec, [kind]: ownSpec(own(spec, kind), rootFor(name).own) } };
      const sigstore = own(spec, 'sigstore');
      if (!isObject(sigstore)) return value;
      const kept = Object.fromEntries(Object.entries(sigstore).filter(([key]) => key === 'require' || key === 'secondOpinion'));
      const { trustedRoot } = rootFor(name);
      return { ...value, spec: { ...spec, sigstore: { ...kept, trustedRoot } } };
    }
    default:
      return value;
  }
}

function withRenamedKey(revocation: unknown, renamed: (keyId: unknown) => unknown): unknown {
  const key = own(revocation, 'key');
  return key === undefined ? revocation : { ...Object(revocation), key: renamed(key) };
}

function withKey(identity: unknown, keyFor: (pem: unknown) => SigningKey | undefined): unknown {
  const key = own(identity, 'key');
  const standIn = keyFor(keyText(identity));
  if (standIn === undefined) return identity;
  return { ...Object(identity), key: { ...Object(key), data: standIn.publicKeyPem, ...endOf(key) } };
}

/** When the owner of an OpenPGP key lets it end, and the policy not earlier: what stands in for it must not outlast it. */
function endOf(key: unknown): { readonly notAfter?: string } {
  const data = own(key, 'data');
  const end = typeof data === 'string' ? firstOf(data)?.notAfter : undefined;
  const written = Date.parse(String(own(key, 'notAfter')));
  return end === undefined || written < end ? {} : { notAfter: new Date(end).toISOString() };
}

/** The first key of an OpenPGP block that may sign. */
function firstOf(text: string): PgpSigningKey | undefined {
  const block = looksLikePgpKey(text) ? readPgpCertificate(text) : undefined;
  return block?.ok === true ? block.keys[0] : undefined;
}

/** True for keys that sign commits and tags, and nothing else. */
export function signsGitAlone(text: unknown): boolean {
  return typeof text === 'string' && (looksLikePgpKey(text) || readSecurityKeyLine(text) !== undefined);
}

/** The identities of a Signer as it writes them. */
export function identities(signer: unknown): readonly unknown[] {
  const written = own(own(signer, 'spec'), 'identities');
  return Array.isArray(written) ? written : [];
}

/** The PEM of an identity by key. */
export function keyText(identity: unknown): unknown {
  return own(own(identity, 'key'), 'data');
}

const CURVES: Readonly<Record<string, KeyType>> = { prime256v1: 'p256', secp384r1: 'p384', secp521r1: 'p521' };

/** The id of a real key, and the sort of key that stands in for it: of the same sort, but RSA always of 2048 bits. */
function readKey(pem: string): { readonly keyId: string; readonly type: KeyType } | undefined {
  try {
    const line = readSecurityKeyLine(pem) ?? readSshLine(pem);
    const key = firstOf(pem)?.key ?? (line.ok ? line.key.key : createPublicKey(pem));
    const keyId = `sha256:${sha256Hex(key.export({ type: 'spki', format: 'der' }))}`;
    const type = String(key.asymmetricKeyType);
    if (type === 'ed25519' || type === 'ml-dsa-65') return { keyId, type };
    if (type === 'rsa') return { keyId, type: 'rsa-2048' };
    return { keyId, type: CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'p256' };
  } catch {
    return undefined; // The compiler has said so already.
  }
}

interface KnownRoot {
  readonly trustedRoot: unknown;
  readonly require: { readonly timestamps: number };
  readonly unusable?: string;
}

/** Trust roots that signers of the set name. */
function rootsOf({ policies, requestPolicies = [] }: PolicySet): ReadonlyMap<string, KnownRoot> {
  const roots = [...policies, ...requestPolicies].flatMap(({ trust }) => trust.roots);
  return new Map(roots.flatMap((root) => (root.kind === 'sigstore' ? [[root.name, root] as const] : [])));
}

/** A world with what the root lists: evidence cannot prove more in a test than it could there. What is not known yet has everything. */
function rootWorld(root: KnownRoot | undefined, now: number): RootWorld {
  const world = createWorld({ now });
  const lists = (key: string): boolean => {
    const listed = root === undefined || root.unusable !== undefined ? undefined : own(root.trustedRoot, key);
    return !Array.isArray(listed) || listed.length > 0;
  };
  const [hasLogs, hasCtLogs] = [lists('tlogs'), lists('ctlogs')];
  const isStamped = !hasLogs || (root?.require.timestamps ?? 0) > 0;
  const without: Part[] = [...(hasLogs ? [] : (['rekor', 'rekor2'] as const)), ...(hasCtLogs ? [] : (['ctLog'] as const))];
  if (!isStamped && !lists('timestampAuthorities')) without.push('tsa');
  return { world, trustedRoot: world.trustedRoot({ without }), hasLogs, hasCtLogs, isStamped };
}

/** Names under which the public good root is known: its own, and those of documents that name it. */
function publicGoodNames(documents: readonly PolicyDocument[]): ReadonlySet<string> {
  const named = documents.flatMap(({ value }) => {
    const isIt = own(value, 'kind') === 'TrustRoot' && own(own(own(value, 'spec'), 'sigstore'), 'publicGood') === true;
    return isIt ? [String(own(own(value, 'metadata'), 'name'))] : [];
  });
  return new Set([PUBLIC_GOOD, ...named]);
}
