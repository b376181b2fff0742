/** The logs of a trusted_root.json: their keys, the times in which these count, and ids that must fit them. */
import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CompiledLog, Window } from '../compiled-trust.ts';
import type { JsonReader, JsonPlace } from '../json-reader.ts';
import { readSpki } from '../../pki/key-rules.ts';

interface KeyForm {
  readonly type: string;
  readonly curve?: string;
  readonly bits?: number;
  readonly pkcs1?: boolean;
}

/** `keyDetails` of protobuf-specs that may stand in a trust root, and the key each one promises. */
const KEY_DETAILS = new Map<string, KeyForm>([
  ['PKIX_ECDSA_P256_SHA_256', { type: 'ec', curve: 'prime256v1' }],
  ['PKIX_ECDSA_P384_SHA_384', { type: 'ec', curve: 'secp384r1' }],
  ['PKIX_ECDSA_P384_SHA_256', { type: 'ec', curve: 'secp384r1' }],
  ['PKIX_ECDSA_P521_SHA_512', { type: 'ec', curve: 'secp521r1' }],
  ['PKIX_ECDSA_P521_SHA_256', { type: 'ec', curve: 'secp521r1' }],
  ['PKIX_ED25519', { type: 'ed25519' }],
  ['PKIX_RSA_PKCS1V5', { type: 'rsa' }],
  ['PKIX_RSA_PKCS1V15_2048_SHA256', { type: 'rsa', bits: 2048 }],
  ['PKIX_RSA_PKCS1V15_3072_SHA256', { type: 'rsa', bits: 3072 }],
  ['PKIX_RSA_PKCS1V15_4096_SHA256', { type: 'rsa', bits: 4096 }],
  ['PKCS1_RSA_PKCS1V5', { type: 'rsa', pkcs1: true }],
]);

/** Reads `validFor`. A missing start is a problem, never "since 1970"; a missing end is open. */
export function readWindow(reader: JsonReader, place: JsonPlace): Window | undefined {
  if (!reader.object(place, ['start', 'end'])) return undefined;
  const startPlace = reader.member(place, 'start');
  if (startPlace.value === undefined) return reader.fail(startPlace, 'is missing: say since when this may be trusted');
  const start = reader.time(startPlace);
  const endPlace = reader.member(place, 'end');
  const end = endPlace.value === undefined ? Infinity : reader.time(endPlace);
  if (start === undefined || end === undefined) return undefined;
  return start <= end ? { start, end } : reader.fail(place, 'ends before it starts');
}

/** Reads one entry of `tlogs` or `ctlogs`; `undefined` when something about it is wrong. */
export function readLog(reader: JsonReader, place: JsonPlace): CompiledLog | undefined {
  if (!reader.object(place, ['baseUrl', 'hashAlgorithm', 'publicKey', 'logId', 'checkpointKeyId', 'operator'])) return undefined;
  const hashPlace = reader.member(place, 'hashAlgorithm');
  if (hashPlace.value !== 'SHA2_256') reader.fail(hashPlace, 'expected SHA2_256');
  const baseUrl = readBaseUrl(reader, reader.member(place, 'baseUrl'));
  const publicKey = readPublicKeyPlace(reader, reader.member(place, 'publicKey'));
  const logId = readKeyId(reader, reader.member(place, 'logId'));
  const operatorPlace = reader.member(place, 'operator');
  const operator = operatorPlace.value === undefined ? undefined : reader.text(operatorPlace);
  if (baseUrl === undefined || publicKey === undefined || logId === undefined) return undefined;
  const binding = bindingOf(logId, publicKey.key, baseUrl.names);
  if (binding === undefined)
    return reader.fail(
      reader.member(place, 'logId'),
      'is not the id of this key: expected its SHA-256, or for Ed25519 the checkpoint key id of baseUrl',
    );
  const keyHint = readKeyHint(reader, reader.member(place, 'checkpointKeyId'), logId);
  if (keyHint === undefined) return undefined;
  return {
    logId: logId.toString('hex'),
    key: publicKey.key,
    window: publicKey.window,
    baseUrl: baseUrl.text,
    keyHint,
    ...binding,
    ...(operator === undefined ? {} : { operator }),
  };
}

function readBaseUrl(reader: JsonReader, place: JsonPlace): { readonly text: string; readonly names: readonly string[] } | undefined {
  const text = reader.text(place);
  if (text === undefined) return undefined;
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.host === '')
    return reader.fail(place, 'expected the URL of the log');
  const path = url.pathname.replace(/\/+$/, '');
  return { text, names: [...new Set([`${url.host}${path}`, url.host, url.hostname])] };
}

function readPublicKeyPlace(reader: JsonReader, place: JsonPlace): { readonly key: KeyObject; readonly window: Window } | undefined {
  if (!reader.object(place, ['rawBytes', 'keyDetails', 'validFor'])) return undefined;
  const window = readWindow(reader, reader.member(place, 'validFor'));
  const detailsPlace = reader.member(place, 'keyDetails');
  const form = typeof detailsPlace.value === 'string' ? KEY_DETAILS.get(detailsPlace.value) : undefined;
  if (form === undefined) reader.fail(detailsPlace, `expected one of ${[...KEY_DETAILS.keys()].join(', ')}`);
  const raw = reader.bytes(reader.member(place, 'rawBytes'));
  if (raw === undefined || form === undefined) return undefined;
  const reading = readSpki(form.pkcs1 === true ? spkiOfPkcs1(raw) : raw);
  if (!reading.ok) return reader.fail(reader.member(place, 'rawBytes'), reading.problem);
  if (!hasForm(reading.key, form)) return reader.fail(detailsPlace, 'does not describe the key in rawBytes');
  return window && { key: reading.key, window };
}

function spkiOfPkcs1(raw: Buffer): Buffer {
  try {
    return createPublicKey({ key: raw, format: 'der', type: 'pkcs1' }).export({ type: 'spki', format: 'der' });
  } catch {
    return raw;
  }
}

function hasForm(key: KeyObject, form: KeyForm): boolean {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  return key.asymmetricKeyType === form.type
    && (form.curve === undefined || form.curve === namedCurve)
    && (form.bits === undefined || form.bits === modulusLength);
}

function readKeyId(reader: JsonReader, place: JsonPlace): Buffer | undefined {
  if (!reader.object(place, ['keyId'])) return undefined;
  const keyId = reader.bytes(reader.member(place, 'keyId'));
  if (keyId === undefined || keyId.length === 32) return keyId;
  return reader.fail(reader.member(place, 'keyId'), `expected 32 bytes, found ${keyId.length}`);
}

/**
 * What the id of a log says: SHA-256 of the key (RFC 6962, 3.2), or for Rekor v2 the untruncated key id of C2SP
 * signed-note, which binds exactly one name. `undefined` when it is neither.
 */
function bindingOf(logId: Buffer, key: KeyObject, names: readonly string[]): Pick<CompiledLog, 'checkpointName'> | undefined {
  const spki = key.export({ type: 'spki', format: 'der' });
  if (createHash('sha256').update(spki).digest().equals(logId)) return {};
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  const bound = names.find((name) => createHash('sha256').update(`${name}\n\x01`).update(spki.subarray(12)).digest().equals(logId));
  return bound === undefined ? undefined : { checkpointName: bound };
}

function readKeyHint(reader: JsonReader, place: JsonPlace, logId: Buffer): string | undefined {
  const hint = logId.subarray(0, 4);
  if (place.value === undefined) return hint.toString('hex');
  if (!reader.object(place, ['keyId'])) return undefined;
  const keyId = reader.bytes(reader.member(place, 'keyId'));
  if (keyId === undefined) return undefined;
  const fits = (keyId.length === 4 || keyId.length === 32) && keyId.subarray(0, 4).equals(hint);
  return fits ? hint.toString('hex') : reader.fail(place, 'is not the checkpoint key id of this log');
}
