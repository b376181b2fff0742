/** Trust roots with authorities of one's own (x509, spiffe, notation): a world whose authority and lists stand in for those of a document. */
import type { PolicyDocument } from '../../policy/read/documents.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { createWorld } from '../world/world.ts';
import type { World } from '../world/world.ts';
import { makeAuthority } from './holders.ts';
import type { OwnAuthority } from './holders.ts';

/** The kinds of trust roots that have some. */
export type OwnKind = (typeof KINDS)[number];

const KINDS = ['x509', 'spiffe', 'notation'] as const;

/** What stands in for authorities of one's own. */
export interface OwnRoot {
  readonly kind: OwnKind;
  readonly authority: OwnAuthority;
  /** Fields of the trust root that take the place of those which a document writes. */
  readonly lists: Readonly<Record<string, unknown>>;
  /** Of notation: by which scheme its signers sign. */
  readonly scheme?: 'notary.x509' | 'notary.x509.signingAuthority';
}

/** A trust root as a document writes it, below its kind. */
interface Written {
  readonly kind: OwnKind;
  readonly fields: unknown;
}

/** Of a document with authorities of one's own, where they stand. */
export function ownKind(spec: unknown): OwnKind | undefined {
  return KINDS.find((kind) => isObject(own(spec, kind)));
}

/** What documents write of authorities of their own, by name. */
export function ownRoots(documents: readonly PolicyDocument[]): ReadonlyMap<string, Written> {
  return new Map(documents.flatMap(({ value }): [string, Written][] => {
    const spec = own(value, 'spec');
    const kind = own(value, 'kind') === 'TrustRoot' ? ownKind(spec) : undefined;
    return kind === undefined ? [] : [[String(own(own(value, 'metadata'), 'name')), { kind, fields: own(spec, kind) }]];
  }));
}

/** What is no authority and dates nothing stays as it is written. */
const KEPT: Readonly<Record<OwnKind, readonly string[]>> = {
  x509: ['revocation'], spiffe: ['trustDomain'], notation: ['verifyTimestamp', 'revocation', 'verificationPlugins'],
};

/** The fields of a root with those of the test in their place: authorities, and whoever dates their signatures. */
export function ownSpec(written: unknown, made: OwnRoot | undefined): unknown {
  if (made === undefined || !isObject(written)) return written;
  const kept = Object.entries(written).filter(([key]) => KEPT[made.kind].includes(key));
  return { ...Object.fromEntries(kept), ...made.lists };
}

/** A world around `now`, epoch milliseconds, that stands in for a root. */
interface OwnWorld {
  readonly world: World;
  readonly trustedRoot: Readonly<Record<string, unknown>>;
  readonly hasLogs: boolean;
  readonly hasCtLogs: false;
  readonly isStamped: boolean;
  readonly own: OwnRoot;
}

/** Makes it with what the root lists, and nothing besides. */
export function ownWorld({ kind, fields }: Written, now: number): OwnWorld {
  const world = createWorld({ now });
  const authority = makeAuthority(now);
  const common = { world, trustedRoot: {}, hasCtLogs: false } as const;
  if (kind === 'notation') {
    const has = (store: string): boolean => ownText(fields, store) !== undefined;
    const pem = authority.certificate.pem;
    const lists = {
      ...(has('ca') && { ca: pem }),
      ...(has('signingAuthority') && { signingAuthority: pem }),
      ...(has('tsa') && { tsa: world.tsa.chain.at(-1)?.pem }),
    };
    const scheme = has('ca') ? 'notary.x509' : 'notary.x509.signingAuthority';
    return { ...common, hasLogs: false, isStamped: has('tsa'), own: { kind, authority, lists, scheme } };
  }
  const has = (key: string): boolean => (ownList(fields, key) ?? []).length > 0;
  const [hasLogs, isStamped] = [has('transparencyLogs'), has('timestampAuthorities')];
  const validFor = { start: new Date(now - LONG).toISOString() };
  const logs = [world.rekor, world.rekor2].map(({ key, baseUrl }) => ({ publicKey: key.publicKeyPem, baseUrl, validFor }));
  const stamping = [{ chain: world.tsa.chain.map(({ pem }) => pem).join(''), validFor }];
  const dating = { ...(hasLogs && { transparencyLogs: logs }), ...(isStamped && { timestampAuthorities: stamping }) };
  const lists = { certificates: authority.certificate.pem, ...dating };
  return { ...common, hasLogs, isStamped, own: { kind, authority, lists } };
}

/** The world for a statement of a trust policy: that of the stores that it names, with the clock of its store of those. */
export function throughStores<W extends { readonly world: World; readonly isStamped: boolean; readonly own?: OwnRoot }>(
  { fields }: Written, roots: ReadonlyMap<string, Written>, rootFor: (name: string) => W,
): W {
  const storeOf = (type: 'ca' | 'signingAuthority' | 'tsa'): W | undefined => {
    const all = ownText(fields, type);
    const [name] = [...roots].find(([, one]) => all?.includes((ownText(one.fields, type) ?? UNNAMED).trim()) === true) ?? [];
    return name === undefined ? undefined : rootFor(name);
  };
  const [ca, authority, tsa] = [storeOf('ca'), storeOf('signingAuthority'), storeOf('tsa')];
  const signing = ca ?? authority ?? rootFor('');
  const scheme = ca === undefined ? 'notary.x509.signingAuthority' : 'notary.x509';
  return {
    ...signing, world: tsa?.world ?? signing.world, isStamped: tsa !== undefined, ...(signing.own && { own: { ...signing.own, scheme } }),
  };
}

/** Stands in no store. */
const UNNAMED = '\0';

/** Three years: longer than any evidence of a test is old. */
const LONG = 3 * 365 * 86_400_000;
