/** To whom a role hands target paths on, and which roles may speak for a given path. */
import { createHash } from 'node:crypto';
import { TUF_LIMITS } from './limits.ts';
import { matchesPattern } from './path-pattern.ts';
import { asBoolean, asInteger, asList, asObject, asText, member } from './reader.ts';
import type { TufObject } from './reader.ts';
import { refuse } from './refusal.ts';
import { readKeys, readRole } from './role.ts';
import type { TufKeys, TufRole } from './role.ts';

/** A role that another one lets speak for some target paths. */
export interface DelegatedRole extends TufRole {
  readonly name: string;
  /** When it matches, roles after it are not asked. */
  readonly terminating: boolean;
}

/** To whom a role hands target paths on, in order of trust. */
export interface Delegations {
  readonly keys: TufKeys;
  /** The role as this delegator names it, whatever the path; `undefined` when it delegates to no such role. */
  named(name: string): TufRole | undefined;
  /** The roles that may speak for the path, in order. */
  forPath(path: string): readonly DelegatedRole[];
}

interface PathRole extends DelegatedRole {
  covers(path: string): boolean;
}

const TOP_LEVEL = new Set(['root', 'timestamp', 'snapshot', 'targets', 'mirrors']);

/** Reads `delegations` (specification 4.6, and TAP 15 for `succinct_roles`). */
export function readDelegations(value: unknown, where: string): Delegations {
  const object = asObject(value, where);
  const keys = readKeys(member(object, 'keys'), `${where}.keys`);
  const [roles, succinct] = [member(object, 'roles'), member(object, 'succinct_roles')];
  if ((roles === undefined) === (succinct === undefined)) refuse('malformed', `${where}: expected either roles or succinct_roles`);
  return {
    keys,
    ...(roles === undefined
      ? readBins(asObject(succinct, `${where}.succinct_roles`), `${where}.succinct_roles`)
      : readRoles(roles, `${where}.roles`)),
  };
}

function readRoles(value: unknown, where: string): Omit<Delegations, 'keys'> {
  const roles = new Map<string, PathRole>();
  for (const [index, entry] of asList(value, where, TUF_LIMITS.roles).entries()) {
    const role = readPathRole(asObject(entry, `${where}[${index}]`), `${where}[${index}]`);
    if (roles.has(role.name)) refuse('malformed', `${where}: delegates to role ${JSON.stringify(role.name)} twice`);
    roles.set(role.name, role);
  }
  return { named: (name) => roles.get(name), forPath: (path) => [...roles.values()].filter((role) => role.covers(path)) };
}

function readPathRole(object: TufObject, where: string): PathRole {
  const name = asText(member(object, 'name'), `${where}.name`);
  if (name === '' || TOP_LEVEL.has(name))
    refuse('malformed', `${where}.name: ${JSON.stringify(name)} cannot be the name of a delegated role`);
  return {
    name,
    ...readRole(object, where),
    terminating: asBoolean(member(object, 'terminating'), `${where}.terminating`),
    covers: readCover(object, where),
  };
}

function readCover(object: TufObject, where: string): (path: string) => boolean {
  const [paths, prefixes] = [member(object, 'paths'), member(object, 'path_hash_prefixes')];
  if ((paths === undefined) === (prefixes === undefined)) refuse('malformed', `${where}: expected either paths or path_hash_prefixes`);
  if (paths === undefined) {
    const hashes = asList(prefixes, `${where}.path_hash_prefixes`, TUF_LIMITS.patterns).map((prefix) =>
      asText(prefix, `${where}.path_hash_prefixes`),
    );
    return (path) => {
      const hash = hashPath(path).toString('hex');
      return hashes.some((prefix) => hash.startsWith(prefix));
    };
  }
  const patterns = asList(paths, `${where}.paths`, TUF_LIMITS.patterns).map((pattern) => asText(pattern, `${where}.paths`));
  if (patterns.some((pattern) => pattern.includes('[')))
    refuse('malformed', `${where}.paths: patterns with [ are not supported; write one pattern for each case`);
  return (path) => patterns.some((pattern) => matchesPattern(path, pattern));
}

/** Hash bins: every path belongs to exactly one role, named by the first bits of its hash. */
function readBins(object: TufObject, where: string): Omit<Delegations, 'keys'> {
  const role = readRole(object, where);
  const bits = asInteger(member(object, 'bit_length'), `${where}.bit_length`, 1);
  if (bits > 32) refuse('malformed', `${where}.bit_length: expected at most 32, found ${bits}`);
  const prefix = asText(member(object, 'name_prefix'), `${where}.name_prefix`);
  const digits = (2 ** bits - 1).toString(16).length;
  const isBin = (name: string): boolean => {
    const suffix = name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1) : '';
    return suffix.length === digits && /^[0-9a-f]+$/.test(suffix) && Number.parseInt(suffix, 16) < 2 ** bits;
  };
  return {
    named: (name) => (isBin(name) ? role : undefined),
    forPath: (path) => [
      {
        ...role,
        name: `${prefix}-${(hashPath(path).readUInt32BE(0) >>> (32 - bits)).toString(16).padStart(digits, '0')}`,
        terminating: true,
      },
    ],
  };
}

function hashPath(path: string): Buffer {
  return createHash('sha256').update(path).digest();
}
