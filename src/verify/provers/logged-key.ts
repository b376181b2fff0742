/** Who signed instead: the key that a log entry names, for a message and for nothing else. */
import { readPublicKey } from '../../pki/public-key.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { member, members } from '../fields.ts';
import type { Members } from '../fields.ts';
import { readWrapping } from '../json.ts';
import { keyCost } from '../limits.ts';
import { parsed } from '../problem.ts';
import type { ProofTools, Signed } from '../proof.ts';
import type { DatingMaterial } from './signed.ts';

const NOTHING: DatingMaterial = { logEntries: [], timestamps: [] };

/** Entries looked at: honest evidence has one, seldom two, and this is only for a message. */
const LOOKED_AT = 2;

/**
 * Names the key that a log entry says made the signature, if the signature does verify with it: `key sha256:…`.
 *
 * For messages about untrusted signers only. Neither the entry nor the key is trusted; what is established is
 * that this key made this signature. `undefined` when no entry carries such a key.
 */
export function loggedKey(signed: Signed, tools: ProofTools): string | undefined {
  for (const entry of signed.dating.logEntries.slice(0, LOOKED_AT)) {
    const pem = parsed('VERIFY_MALFORMED', () => pemOfBody(members(readWrapping(entry.body), 'body')));
    const reading = pem.ok && pem.value !== undefined ? readPublicKey(pem.value) : undefined;
    if (reading?.ok !== true || !tools.takeAttempt(keyCost(signed.content, reading.key))) continue;
    if (tools.proveKey({ content: signed.content, dating: NOTHING }, reading.key, undefined).ok) return `key ${reading.key.keyId}`;
  }
  return undefined;
}

/** PEM of the verifier in a hashedrekord (0.0.1, 0.0.2), dsse 0.0.1 or intoto 0.0.1 body. */
function pemOfBody(body: Members): string | undefined {
  const spec = members(member(body, 'spec'), 'spec');
  const raw = at(spec, 'hashedRekordV002', 'signature', 'verifier', 'publicKey', 'rawBytes');
  if (typeof raw === 'string') return `-----BEGIN PUBLIC KEY-----\n${raw}\n-----END PUBLIC KEY-----\n`;
  const [first] = Array.isArray(spec['signatures']) ? (spec['signatures'] as readonly unknown[]) : [];
  const encoded = at(spec, 'signature', 'publicKey', 'content') ?? at(first, 'verifier') ?? at(spec, 'publicKey');
  const pem = typeof encoded === 'string' ? decodeBase64(encoded) : undefined;
  return pem === undefined ? undefined : Buffer.from(pem).toString('latin1');
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Members)[key];
  }
  return current;
}
