/** Identities by OpenPGP keys, compiled: one for each key of a block that may sign, until it ends. */
import type { TrustedKey } from '../../../domain/evidence.ts';
import type { KeyIdentity } from '../../../domain/policy/requirement.ts';
import type { OpenPgpKeys } from '../../../domain/ports.ts';
import type { KeyField } from '../../schema/signer.ts';

/** The identities, or what is wrong with which field. */
export type OpenPgpIdentities =
  | { readonly ok: true; readonly identities: readonly { readonly identity: KeyIdentity; readonly key: TrustedKey }[] }
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** What says nothing for signatures of OpenPGP: they are in no log, carry no timestamp, and name their hash themselves. */
const FOREIGN = ['algorithm', 'hashAlgorithm', 'transparencyLog', 'trustRoot', 'barePayloadKeyId'] as const;

/** Compiles `key` of an identity whose `data` is an OpenPGP block. Its window narrows those of the keys. */
export function compileOpenPgp(field: KeyField, block: OpenPgpKeys): OpenPgpIdentities {
  if (!block.ok) return { ok: false, field: 'data', problem: block.problem };
  const foreign = FOREIGN.find((name) => field[name] !== undefined);
  if (foreign !== undefined) return { ok: false, field: foreign, problem: 'is not for OpenPGP keys, whose signatures are in no log and name their hash themselves; take it out' };
  const identities = block.keys.map(({ key, notAfter }) => {
    const ends = [field.notAfter, notAfter].filter((end) => end !== undefined);
    const identity: KeyIdentity = {
      kind: 'key', keyId: key.keyId, transparencyLog: 'optional',
      ...(key.openPgp === undefined ? {} : { openPgp: key.openPgp.fingerprint }),
      ...(field.notBefore === undefined ? {} : { notBefore: field.notBefore }),
      ...(ends.length === 0 ? {} : { notAfter: Math.min(...ends) }),
    };
    return { identity, key };
  });
  return { ok: true, identities };
}
