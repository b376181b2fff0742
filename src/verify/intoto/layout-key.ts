/** The keys of a layout's owners; one that cannot be used leaves nothing proven. */
import type { TrustedKey } from '../../domain/evidence.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { text } from '../fields.ts';
import { parsed } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import type { PartyKey } from './keys.ts';
import { readPartyKey, trustedParty } from './keys.ts';
import { LAYOUT_LIMITS } from './limits.ts';

/** An owner's key: one that policies trust, one of several of an owner, or an in-toto key object, which may be an OpenPGP key. */
export type LayoutKey = OneKey | { readonly name: string; readonly anyOf: readonly OneKey[] } | { readonly inToto: JsonObject };

type OneKey = Pick<TrustedKey, 'keyId' | 'pem'>;

/** Reads the owners' keys. None, too many, or one that cannot be used is a problem: then nothing would be proven. */
export function readLayoutKeys(keys: readonly LayoutKey[]): Parsed<readonly PartyKey[]> {
  if (keys.length === 0 || keys.length > LAYOUT_LIMITS.keys) {
    return { ok: false, problem: { code: 'VERIFY_LIMIT', found: `${keys.length} owner keys`, expected: `1 to ${LAYOUT_LIMITS.keys}` } };
  }
  const read: PartyKey[] = [];
  for (const key of keys) {
    const party = readLayoutKey(key);
    if (!party.ok) return party;
    read.push(party.value);
  }
  return { ok: true, value: read };
}

/** Reads one owner's key; a policy can do so when it is loaded. */
export function readLayoutKey(key: LayoutKey): Parsed<PartyKey> {
  if ('pem' in key) return { ok: true, value: trustedParty(key.keyId, [key]) };
  if ('anyOf' in key) return { ok: true, value: trustedParty(key.name, key.anyOf) };
  const keyid = parsed('VERIFY_ALGORITHM', () => text(key.inToto, 'keyid', 'key'));
  return keyid.ok ? readPartyKey(keyid.value, key.inToto) : keyid;
}
