/** The four sorts of TUF metadata, from bytes to data; signatures are not looked at here. */
import { readDelegations } from './delegations.ts';
import type { Delegations } from './delegations.ts';
import { readEnvelope } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { readMetaInfo, readTargetInfo } from './file-info.ts';
import type { FileInfo, MetaInfo } from './file-info.ts';
import { TUF_LIMITS } from './limits.ts';
import { asBoolean, asObject, asText, member } from './reader.ts';
import type { TufObject } from './reader.ts';
import { refuse } from './refusal.ts';
import { readKeys, readRole } from './role.ts';
import type { TufKeys, TufRole } from './role.ts';

const TOP_LEVEL = ['root', 'timestamp', 'snapshot', 'targets'] as const;

/** One of the four roles that every repository has. */
export type TopLevelRole = (typeof TOP_LEVEL)[number];

/** Who speaks for the repository (specification 4.3). */
export interface RootMetadata extends Envelope {
  readonly keys: TufKeys;
  readonly roles: ReadonlyMap<TopLevelRole, TufRole>;
  readonly consistentSnapshot: boolean;
}

/** Which snapshot is the newest (specification 4.4). */
export interface TimestampMetadata extends Envelope {
  readonly snapshot: MetaInfo;
}

/** Versions of all targets files (specification 4.5). */
export interface SnapshotMetadata extends Envelope {
  readonly meta: ReadonlyMap<string, MetaInfo>;
}

/** Targets, and roles that speak for further ones (specification 4.6). */
export interface TargetsMetadata extends Envelope {
  /** Length and hashes of a target; `undefined` when this role does not list it. */
  target(path: string): (FileInfo & { readonly length: number }) | undefined;
  readonly delegations?: Delegations;
}

export function readRoot(bytes: Uint8Array, name: string): RootMetadata {
  const file = readEnvelope(bytes, 'root', name);
  const written = asObject(member(file.signed, 'roles'), `${name}: roles`);
  const consistent = member(file.signed, 'consistent_snapshot');
  return {
    ...file,
    keys: readKeys(member(file.signed, 'keys'), `${name}: keys`),
    roles: readTopLevelRoles(written, `${name}: roles`),
    consistentSnapshot: consistent === undefined ? false : asBoolean(consistent, `${name}: consistent_snapshot`),
  };
}

/** The four top-level roles. Further ones, such as "mirrors", are not used but must be roles all the same (specification 4.3). */
function readTopLevelRoles(written: TufObject, where: string): ReadonlyMap<TopLevelRole, TufRole> {
  const read = (role: string): TufRole => readRole(asObject(member(written, role), `${where}.${role}`), `${where}.${role}`);
  for (const role of Object.keys(written)) read(role);
  return new Map(TOP_LEVEL.map((role) => [role, read(role)]));
}

export function readTimestamp(bytes: Uint8Array): TimestampMetadata {
  const file = readEnvelope(bytes, 'timestamp', 'timestamp.json');
  const meta = asObject(member(file.signed, 'meta'), 'timestamp.json: meta');
  return { ...file, snapshot: readMetaInfo(member(meta, 'snapshot.json'), 'timestamp.json: meta["snapshot.json"]') };
}

export function readSnapshot(bytes: Uint8Array): SnapshotMetadata {
  const file = readEnvelope(bytes, 'snapshot', 'snapshot.json');
  const meta = Object.entries(asObject(member(file.signed, 'meta'), 'snapshot.json: meta'));
  return {
    ...file,
    meta: new Map(
      meta.map(([name, entry]) => [
        asText(name, 'snapshot.json: meta', TUF_LIMITS.nameLength + 5),
        readMetaInfo(entry, `snapshot.json: meta[${JSON.stringify(name)}]`),
      ]),
    ),
  };
}

export function readTargets(bytes: Uint8Array, name: string): TargetsMetadata {
  const file = readEnvelope(bytes, 'targets', name);
  const targets: TufObject = asObject(member(file.signed, 'targets'), `${name}: targets`);
  const delegations = member(file.signed, 'delegations');
  return {
    ...file,
    target(path) {
      const entry = member(targets, path);
      return entry === undefined ? undefined : readTargetInfo(entry, `${name}: targets[${JSON.stringify(path)}]`);
    },
    ...(delegations === undefined || delegations === null ? {} : { delegations: readDelegations(delegations, `${name}: delegations`) }),
  };
}

/** What `root` says about the signers of a top-level role. */
export function topLevelRole(root: RootMetadata, role: TopLevelRole): TufRole {
  return root.roles.get(role) ?? refuse('malformed', `root.json names no keys for ${role}`);
}
