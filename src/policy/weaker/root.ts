/** In what a trust root proves more than it did: other authorities and logs, for longer, or less that evidence has to bring. */
import type {
  NotationPlugin, NotationRoot, SigstoreRoot, SpiffeRoot, TrustRoot, TrustRootKind, TrustRootOf, X509Root,
} from '../../domain/policy/trust-root.ts';
import { isObject, own, ownList } from '../../text/json/fields.ts';
import { atLeast, compareFields, meaningless, stricter } from './field.ts';
import type { Fields, Milder } from './field.ts';
import { lessAsked } from './revocation.ts';

const REQUIRED: Fields<SigstoreRoot['require']> = {
  transparencyLog: atLeast, sct: atLeast, timestamps: atLeast, transparencyLogOperators: atLeast,
};
const COMMON = { kind: meaningless, name: meaningless, id: meaningless, unusable: meaningless, secondOpinion: meaningless };
const ROOT: Fields<SigstoreRoot> = {
  ...COMMON,
  trustedRoot: listedMore,
  require: (before, now) => compareFields(REQUIRED, before, now).map((text) => `: ${text}`),
  secondOpinion: stricter('off', 'report', 'require'),
};
const LISTS = [
  ['certificateAuthorities', 'certificate authority'], ['timestampAuthorities', 'timestamp authority'], ['tlogs', 'transparency log'], ['ctlogs', 'CT log'],
] as const;

/** Authorities of one's own, and those of a trust domain: what dates their signatures is compared as that of Sigstore. */
const X509: Fields<X509Root> = { ...COMMON, anchors: more('authority'), dating: listedMore, revocation: lessAsked };
const SPIFFE: Fields<SpiffeRoot> = { ...COMMON, trustDomain: other, anchors: more('authority'), dating: listedMore };
const NOTATION: Fields<NotationRoot> = {
  ...COMMON,
  ca: more('certificate'),
  signingAuthority: more('certificate'),
  // Without any, nothing has to be dated.
  tsa: (before, now) => {
    if (before.length === 0) return [];
    return now.length === 0 ? ['demands no more timestamps'] : more('authority')(before, now);
  },
  verifyTimestamp: stricter('afterCertExpiry', 'always'),
  revocation: lessAsked,
  plugins: (before, now) => added(before.map(pluginText), now.map(pluginText)).map((plugin) => `has another plug-in ${plugin}`),
};
const BY_KIND: { readonly [K in TrustRootKind]: Fields<TrustRootOf<K>> } = {
  sigstore: ROOT, x509: X509, spiffe: SPIFFE, notation: NOTATION,
};

/** What a root of before did not prove, and that of now does. Nothing can be told of one that cannot be used. */
export function milderRoot(before: TrustRoot, now: TrustRoot): readonly string[] {
  if (before.id === now.id || before.unusable !== undefined || now.unusable !== undefined) return [];
  if (before.kind !== now.kind) return [`is of kind ${now.kind}, was ${before.kind}`];
  return [...new Set(compareKind(before.kind, before, now))];
}

function compareKind<K extends TrustRootKind>(kind: K, before: TrustRootOf<K>, now: TrustRoot): readonly string[] {
  return now.kind === kind ? compareFields(BY_KIND[kind], before, now as TrustRootOf<K>) : [];
}

function more(what: string): Milder<readonly string[]> {
  return (before, now) => added(before, now).map(() => `has another ${what}`);
}

function added(before: readonly string[], now: readonly string[]): readonly string[] {
  return now.filter((one) => !before.includes(one));
}

function other(before: string, now: string): readonly string[] {
  return before === now ? [] : [`is ${now}, was ${before}`];
}

function pluginText({ name, attributes }: NotationPlugin): string {
  return attributes.length === 0 ? name : `${name} (${attributes.toSorted().join(', ')})`;
}

/** In the content of a `trusted_root.json`. */
function listedMore(before: unknown, now: unknown): readonly string[] {
  return LISTS.flatMap(([list, text]) => listed(ownList(now, list), ownList(before, list)).map(() => `has another ${text}`));
}

/** Those of now that were not there, or count for longer than they did. */
function listed(now: readonly unknown[] | undefined, before: readonly unknown[] | undefined): readonly unknown[] {
  const known = (before ?? []).map((one) => [bare(one), windowOf(one)] as const);
  return (now ?? []).filter((one) => {
    const [text, [start, end]] = [bare(one), windowOf(one)];
    return !known.some(([other, [from, to]]) => other === text && start >= from && end <= to);
  });
}

/** Without the times for which it counts, which end when it is replaced. */
function bare(entry: unknown): string {
  return JSON.stringify(entry, (key, value: unknown) => (key === 'validFor' ? undefined : isObject(value) ? sorted(value) : value));
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A log has its times beside its key. */
function windowOf(entry: unknown): readonly [start: number, end: number] {
  const window = own(entry, 'validFor') ?? own(own(entry, 'publicKey'), 'validFor');
  const at = (text: unknown, absent: number): number => (typeof text === 'string' ? Date.parse(text) : absent);
  return [at(own(window, 'start'), -Infinity), at(own(window, 'end'), Infinity)];
}

