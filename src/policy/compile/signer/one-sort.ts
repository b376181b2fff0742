/** Identities by keys that are good for one sort of signature, compiled: each key of an OpenPGP block until it ends, or a security key. */
import type { TrustedKey } from '../../../domain/evidence.ts';
import type { KeyIdentity } from '../../../domain/policy/requirement.ts';
import type { OneSortKeys } from '../../../domain/ports.ts';
import type { KeyField } from '../../schema/signer.ts';

/** The identities, or what is wrong with which field. */
export type OneSortIdentities =
  | { readonly ok: true; readonly identities: readonly { readonly identity: KeyIdentity; readonly key: TrustedKey }[] }
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** What says nothing for such signatures: they are in no log, carry no timestamp, and name their hash themselves. */
const FOREIGN = ['algorithm', 'hashAlgorithm', 'transparencyLog', 'trustRoot', 'barePayloadKeyId'] as const;

/** Compiles `key` of an identity whose `data` is an OpenPGP block or the line of a security key. Its window narrows those of the keys. */
export function compileOneSort(field: KeyField, block: OneSortKeys): OneSortIdentities {
  if (!block.ok) return { ok: false, field: 'data', problem: block.problem };
  const foreign = FOREIGN.find((name) => field[name] !== undefined);
  if (foreign !== undefined) return { ok: false, field: foreign, problem: 'is not for OpenPGP keys and security keys, whose signatures are in no log and name their hash themselves; take it out' };
  const identities = block.keys.map(({ key, notAfter }) => {
    const ends = [field.notAfter, notAfter].filter((end) => end !== undefined);
    const identity: KeyIdentity = {
      kind: 'key', keyId: key.keyId, transparencyLog: 'optional',
      ...(key.openPgp === undefined ? {} : { openPgp: key.openPgp.fingerprint }),
      ...(key.securityKey === undefined ? {} : { securityKey: key.securityKey }),
      ...(field.notBefore === undefined ? {} : { notBefore: field.notBefore }),
      ...(ends.length === 0 ? {} : { notAfter: Math.min(...ends) }),
    };
    return { identity, key };
  });
  return { ok: true, identities };
}
