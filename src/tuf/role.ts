/** Roles: who must sign, and the counting of who did. */
import { readTufKey } from './key.ts';
import type { TufKey } from './key.ts';
import { TUF_LIMITS } from './limits.ts';
import { asInteger, asList, asObject, asText, member } from './reader.ts';
import type { TufObject } from './reader.ts';
import { refuse } from './refusal.ts';
import type { Envelope } from './envelope.ts';

/** Who must sign a role: at least `threshold` distinct keys among these. */
export interface TufRole {
  readonly keyIds: readonly string[];
  readonly threshold: number;
}

/** Keys by key id; `undefined` for keys that can verify nothing. */
export type TufKeys = ReadonlyMap<string, TufKey | undefined>;

/** Reads `keys`. Key ids are names only: distinct keys are told apart by their content. */
export function readKeys(value: unknown, where: string): TufKeys {
  const entries = Object.entries(asObject(value, where));
  if (entries.length > TUF_LIMITS.keys) refuse('limit', `${where}: has ${entries.length} keys, at most ${TUF_LIMITS.keys} are read`);
  return new Map(
    entries.map(([id, entry]) => {
      const key = asObject(entry, `${where}.${id}`);
      const text = member(asObject(member(key, 'keyval'), `${where}.${id}.keyval`), 'public');
      return [
        id,
        readTufKey(
          asText(member(key, 'keytype'), `${where}.${id}.keytype`),
          asText(member(key, 'scheme'), `${where}.${id}.scheme`),
          asText(text, `${where}.${id}.keyval.public`, 16_384),
        ),
      ];
    }),
  );
}

/** Reads `keyids` and `threshold`. A threshold below 1 would let anybody sign, and is refused (J03). */
export function readRole(object: TufObject, where: string): TufRole {
  const keyIds = asList(member(object, 'keyids'), `${where}.keyids`, TUF_LIMITS.signatures).map((id) => asText(id, `${where}.keyids`));
  if (new Set(keyIds).size < keyIds.length) refuse('malformed', `${where}.keyids: names a key twice`);
  return { keyIds, threshold: asInteger(member(object, 'threshold'), `${where}.threshold`, 1) };
}

/**
 * Requires the signatures of at least `threshold` distinct keys of the role (specification 5.3.4 and others).
 * A key that stands under several key ids counts once (J02); signatures by other keys count for nothing.
 */
export function requireSignatures(file: Envelope, role: TufRole, keys: TufKeys, by: string): void {
  const signed = new Set<string>();
  for (const id of role.keyIds) {
    const key = keys.get(id);
    const signature = file.signatures.get(id);
    if (key === undefined || signature === undefined) continue;
    if (key.verifies(file.signedBytes, signature)) signed.add(key.identity);
    if (signed.size >= role.threshold) return;
  }
  refuse('signature', `${file.name} is signed by ${signed.size} of the keys that ${by} names for it, expected at least ${role.threshold}`);
}
