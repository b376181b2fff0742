/** What changes with time alone: the trust that a set takes, and when each part of it ends. */
import type {
  AuthorityKind, AuthorityWindow, ExceptionEnd, Expiry, ExpiryState, RootWindows, TrustInventory,
} from '../domain/policy/expiry.ts';
import type { PolicySet } from '../domain/policy/policy.ts';
import type { Signer, SignerIdentity } from '../domain/policy/requirement.ts';
import type { Revocation } from '../domain/policy/revocation.ts';
import type { TrustRoot } from '../domain/policy/trust-root.ts';
import type { TrustReader } from '../domain/ports.ts';
import type { CompiledSigner } from './compile/signer/compiled-signer.ts';
import { WARN_AHEAD } from './lint/ends.ts';
import { compareText } from './read/problems.ts';
import { rootWindows } from './trust-root/compile.ts';

/**
 * Every end of trust that the set names, soonest first: of keys, of signers, and of the authorities of trust roots
 * that some signer relies on. Ends that are open are left out. Pure; `now` and `ahead` in milliseconds.
 */
export function expiries(set: Pick<PolicySet, 'inventory'>, now: number, ahead: number = WARN_AHEAD): readonly Expiry[] {
  const { signers = [], roots = [], exceptions = [] } = set.inventory ?? {};
  const clock = { now, ahead };
  const all = [
    ...signers.flatMap((signer) => ofSigner(signer, clock)),
    ...roots.flatMap((root) => ofRoot(root, clock)),
    ...exceptions.map((one) => ofException(one, clock)),
  ];
  return all
    .toSorted((a, b) => a.at - b.at || compareText(a.kind, b.kind) || compareText(a.name, b.name) || compareText(a.item, b.item));
}

/** When the next of the ends is over, after which other things are proven than before; `undefined`: never. */
export function nextEnd(set: Pick<PolicySet, 'inventory'>, now: number): number | undefined {
  return expiries(set, now).find(({ at }) => at >= now)?.at;
}

interface Present {
  readonly now: number;
  readonly ahead: number;
}

/** The end belongs to a window, so at that moment it is not over yet; `last`: nothing of its sort goes on. */
function pastState(last: boolean): ExpiryState {
  return last ? 'expired' : 'ended';
}

function comingState(at: number, { now, ahead }: Present): ExpiryState {
  return at - now < ahead ? 'expiring' : 'later';
}

/** When an identity ends by what the policy says of it alone; `undefined`: never, or with its trust root. */
function endOf(identity: SignerIdentity): Pick<Expiry, 'item' | 'at'> | undefined {
  switch (identity.kind) {
    case 'key':
      return identity.notAfter === undefined ? undefined : { item: identity.keyId, at: identity.notAfter };
    case 'keyless':
    case 'x509':
    case 'spiffe':
      return undefined;
  }
}

/** An exception that is over takes nothing away. */
function ofException({ name, expiresAt: at }: ExceptionEnd, clock: Present): Expiry {
  return { kind: 'exception', name, item: '', at, state: at < clock.now ? 'ended' : comingState(at, clock) };
}

/** A key that ended while another identity of the signer goes on is a rotation, not a loss. */
function ofSigner({ name, identities, validity }: Signer, clock: Present): Expiry[] {
  const ends = identities.map(endOf);
  const lasting = ends.some((end) => end === undefined || end.at >= clock.now);
  const keys = ends.flatMap((end): Expiry[] =>
    end === undefined
      ? []
      : [{ kind: 'key', name, ...end, state: end.at < clock.now ? pastState(!lasting) : comingState(end.at, clock) }],
  );
  const end = validity?.notAfter;
  return end === undefined
    ? keys
    : [...keys, { kind: 'signer', name, item: '', at: end, state: end < clock.now ? 'expired' : comingState(end, clock) }];
}

const KINDS: readonly AuthorityKind[] = ['certificate-authority', 'transparency-log', 'ct-log', 'timestamp-authority'];

/** How many authorities of a kind new evidence needs. A kind that is not needed can end without loss. */
function needed(kind: AuthorityKind, { require }: RootWindows): number {
  switch (kind) {
    case 'certificate-authority':
      return 1;
    case 'transparency-log':
      return require.transparencyLog;
    case 'ct-log':
      return require.sct;
    case 'timestamp-authority':
      return require.timestamps;
  }
}

/** Authorities follow each other by plan of whoever runs them: an end matters when fewer go on than evidence needs. */
function ofRoot(root: RootWindows, clock: Present): Expiry[] {
  return KINDS.flatMap((kind) => storesOf(root, kind).flatMap((windows) => {
    const fewest = Math.min(needed(kind, root), windows.length);
    return windows.flatMap(({ name: item, end: at }): Expiry[] => {
      if (at === undefined) return [];
      const over = at < clock.now;
      const lost = windows.filter(({ end = Infinity }) => (over ? end >= clock.now : end > at)).length < fewest;
      return [{ kind, name: root.name, item, at, state: over ? pastState(lost) : lost ? comingState(at, clock) : 'later' }];
    });
  }));
}

/** Authorities of a kind, apart by the stores in which each of them can be followed. */
function storesOf({ windows }: RootWindows, kind: AuthorityKind): readonly (readonly AuthorityWindow[])[] {
  return [...Map.groupBy(windows.filter((window) => window.kind === kind), ({ store }) => store).values()];
}

/** One number per name and kind, for a metric: when the last, or the last needed, of the kind ends. */
export interface TrustEnd {
  readonly kind: Expiry['kind'];
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The end that matters of each kind: for a key the soonest that is still ahead, or the last one when none is; for a
 * signer or an exception its own; for authorities the end of as many as the root demands. Open ends are left out.
 */
export function trustEnds(set: Pick<PolicySet, 'inventory'>, now: number): readonly TrustEnd[] {
  const { roots = [] } = set.inventory ?? {};
  const soonest = new Map<string, TrustEnd>();
  for (const { kind, name, at, state } of expiries(set, now)) {
    if (kind !== 'key' && kind !== 'signer' && kind !== 'exception') continue;
    const key = `${kind} ${name}`;
    if (!soonest.has(key) && state !== 'ended' && state !== 'expired') soonest.set(key, { kind, name, at });
    else if (state === 'expired' || kind === 'exception') soonest.set(key, { kind, name, at });
  }
  return [...soonest.values(), ...roots.flatMap(rootEnds)];
}

function rootEnds(root: RootWindows): TrustEnd[] {
  return KINDS.flatMap((kind) => {
    const ends = storesOf(root, kind).map((windows) => windows.map((window) => window.end ?? Infinity).toSorted((a, b) => b - a));
    const at = Math.min(...ends.map((store) => store[Math.max(1, needed(kind, root)) - 1] ?? Infinity));
    return at === Infinity ? [] : [{ kind, name: root.name, at }];
  });
}

/** Everything in a set that changes with time alone: its signers, the roots they name, and what is revoked. */
export function takeInventory(
  signers: ReadonlyMap<string, CompiledSigner>,
  { listed, exceptions }: { readonly listed: readonly Revocation[]; readonly exceptions: readonly ExceptionEnd[] },
  trust: TrustReader,
): TrustInventory {
  const all = [...signers.values()];
  const roots = new Map<string, TrustRoot>(all.flatMap((signer) => signer.roots.map((root) => [root.name, root] as const)));
  return {
    signers: all.map(({ signer }) => signer),
    roots: [...roots.values()].map((root) => rootWindows(root, trust)),
    revocations: [...all.flatMap((signer) => signer.revocations), ...listed],
    exceptions,
  };
}
