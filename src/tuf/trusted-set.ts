/** The rules by which metadata becomes trusted, one file after the other: signatures, versions, hashes, expiry. */
import { requireBytes } from './file-info.ts';
import type { MetaInfo } from './file-info.ts';
import { readRoot, readSnapshot, readTargets, readTimestamp, topLevelRole } from './metadata.ts';
import type { RootMetadata, SnapshotMetadata, TargetsMetadata, TimestampMetadata } from './metadata.ts';
import { refuse } from './refusal.ts';
import { requireSignatures } from './role.ts';
import type { Envelope } from './envelope.ts';

/**
 * The metadata that was verified so far in one refresh (specification 5, "client workflow"). Knows neither network
 * nor disk; the order in which files come is the caller's. What a method refuses by throwing a TufRefusal is not
 * taken, with two exceptions that the specification asks for: an expired timestamp and a superseded snapshot
 * stay as the floor below which nothing newer may fall.
 */
export class TrustedSet {
  readonly #now: number;
  #root: RootMetadata;
  #timestamp: TimestampMetadata | undefined;
  #snapshot: SnapshotMetadata | undefined;
  readonly #targets = new Map<string, TargetsMetadata>();

  /**
   * Begins at the pinned root (5.2), which must be signed by itself; it may have expired. `now` is the time of the
   * whole refresh (5.1), epoch milliseconds.
   */
  constructor(pinnedRoot: Uint8Array, now: number) {
    const root = readRoot(pinnedRoot, 'pinned root.json');
    requireSignatures(root, topLevelRole(root, 'root'), root.keys, 'the file itself');
    this.#root = root;
    this.#now = now;
  }

  get root(): RootMetadata {
    return this.#root;
  }

  get timestamp(): TimestampMetadata {
    return this.#timestamp ?? refuse('missing', 'timestamp.json has not been loaded');
  }

  get snapshot(): SnapshotMetadata {
    return this.#snapshot ?? refuse('missing', 'snapshot.json has not been loaded');
  }

  /** Takes the next root (5.3.4 to 5.3.7): signed by the keys of the old one and by its own, exactly one version on. */
  updateRoot(bytes: Uint8Array): void {
    const old = this.#root;
    const root = readRoot(bytes, `${old.version + 1}.root.json`);
    requireSignatures(root, topLevelRole(old, 'root'), old.keys, 'the root before it');
    if (root.version !== old.version + 1) refuse('rollback', `${root.name} has version ${root.version}, expected ${old.version + 1}`);
    requireSignatures(root, topLevelRole(root, 'root'), root.keys, 'the file itself');
    this.#root = root;
  }

  /** The chain of roots is at its end: the last one must not have expired (5.3.10). */
  requireFreshRoot(): void {
    this.#requireFresh(this.#root, 'root.json');
  }

  /** Takes a timestamp (5.4.2 to 5.4.4); `false` when it has the version that is known already, which is kept. */
  updateTimestamp(bytes: Uint8Array): boolean {
    const timestamp = readTimestamp(bytes);
    requireSignatures(timestamp, topLevelRole(this.#root, 'timestamp'), this.#root.keys, 'root.json');
    const known = this.#timestamp;
    if (known !== undefined) {
      if (timestamp.version === known.version) return false;
      requireNotBelow(timestamp.version, known.version, 'timestamp.json');
      requireNotBelow(timestamp.snapshot.version, known.snapshot.version, 'snapshot.json in timestamp.json');
    }
    this.#timestamp = timestamp;
    this.#requireFresh(timestamp, 'timestamp.json');
    return true;
  }

  /**
   * Takes a snapshot (5.5.2 to 5.5.6). One from the cache need not match the hashes of the timestamp: it may be an
   * older one, which then stays as the floor and is refused as the current one.
   */
  updateSnapshot(bytes: Uint8Array, from: 'cache' | 'repository'): void {
    // Nothing may be built on an expired timestamp, not even on the one that is known: a frozen mirror is noticed here (5.4.4).
    this.#requireFresh(this.timestamp, 'timestamp.json');
    if (from === 'repository') requireBytes(bytes, this.timestamp.snapshot, 'snapshot.json');
    const snapshot = readSnapshot(bytes);
    requireSignatures(snapshot, topLevelRole(this.#root, 'snapshot'), this.#root.keys, 'root.json');
    for (const [name, known] of this.#snapshot?.meta ?? []) {
      const info = snapshot.meta.get(name) ?? refuse('rollback', `snapshot.json does not list ${name} any more`);
      requireNotBelow(info.version, known.version, `${name} in snapshot.json`);
    }
    this.#snapshot = snapshot;
    this.#requireCurrentSnapshot();
  }

  /** What the snapshot says about the file of a targets role. */
  metaOf(role: string): MetaInfo {
    return this.snapshot.meta.get(`${role}.json`) ?? refuse('missing', `snapshot.json does not list ${role}.json`);
  }

  /**
   * The targets file of a role that is loaded already, verified against this delegator: another delegator may
   * name other keys for a role of the same name (J04).
   */
  loadedTargets(role: string, delegator: string | undefined): TargetsMetadata | undefined {
    const targets = this.#targets.get(role);
    if (targets !== undefined) this.#requireDelegated(targets, role, delegator);
    return targets;
  }

  /** Takes the targets file of a role (5.6.2 to 5.6.5); `delegator` is `undefined` for the top-level one. */
  updateTargets(bytes: Uint8Array, role: string, delegator: string | undefined): TargetsMetadata {
    this.#requireCurrentSnapshot();
    const info = this.metaOf(role);
    const name = delegator === undefined ? 'targets.json' : `role ${JSON.stringify(role)}`;
    requireBytes(bytes, info, name);
    const targets = readTargets(bytes, name);
    this.#requireDelegated(targets, role, delegator);
    if (targets.version !== info.version) refuse('mismatch', `${name} has version ${targets.version}, the snapshot says ${info.version}`);
    this.#requireFresh(targets, name);
    this.#targets.set(role, targets);
    return targets;
  }

  #requireDelegated(targets: TargetsMetadata, role: string, delegator: string | undefined): void {
    if (delegator === undefined) return requireSignatures(targets, topLevelRole(this.#root, 'targets'), this.#root.keys, 'root.json');
    const delegations = this.#targets.get(delegator)?.delegations;
    const wanted = delegations?.named(role);
    if (delegations === undefined || wanted === undefined)
      return refuse('missing', `role ${JSON.stringify(delegator)} does not delegate to ${JSON.stringify(role)}`);
    requireSignatures(targets, wanted, delegations.keys, `role ${JSON.stringify(delegator)}`);
  }

  #requireCurrentSnapshot(): void {
    const { version } = this.snapshot;
    if (version !== this.timestamp.snapshot.version)
      refuse('mismatch', `snapshot.json has version ${version}, the timestamp says ${this.timestamp.snapshot.version}`);
    this.#requireFresh(this.snapshot, 'snapshot.json');
  }

  #requireFresh(file: Envelope, name: string): void {
    if (file.expires <= this.#now) refuse('expired', `${name} version ${file.version} expired at ${new Date(file.expires).toISOString()}`);
  }
}

function requireNotBelow(found: number, known: number, name: string): void {
  if (found < known) refuse('rollback', `${name} has version ${found}, but version ${known} has been seen`);
}
