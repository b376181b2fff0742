/** Envelopes of the Notary Project as Notation signs them: JWS and COSE, over a descriptor. */
import type { TimestampAuthority, TimestampOverrides } from '../tsa.ts';
import { stamp } from '../tsa.ts';
import { signWith } from '../keys.ts';
import type { KeyType, SigningKey } from '../keys.ts';
import type { Certificate } from '../asn1/x509.ts';
import { encodeCbor, tagged } from './cbor.ts';
import type { Cbor } from './cbor.ts';

/** Whoever signs as the Notary Project specifies: his key, and his chain up to its root. */
export interface Notary {
  readonly key: SigningKey;
  readonly chain: readonly Certificate[];
  readonly root: Certificate;
}

/** What is signed. */
export interface NotaryTarget {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
const NOTARY = 'io.cncf.notary.';
const ALGORITHMS: Readonly<Partial<Record<KeyType, readonly [string, number]>>> = {
  p256: ['ES256', -7], p384: ['ES384', -35], p521: ['ES512', -36], 'rsa-2048': ['PS256', -37], 'rsa-3072': ['PS384', -38], 'rsa-4096': ['PS512', -39],
};

/** What an envelope says, and in what it lies. */
export interface NotarySigning {
  readonly notary: Notary;
  readonly target: NotaryTarget;
  readonly at: number;
  readonly format?: 'notation-jws' | 'notation-cose';
  readonly scheme?: string;
  readonly expiry?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly tsa?: TimestampAuthority;
  readonly timestamp?: TimestampOverrides;
  /** Further protected headers, and names that are critical besides. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly critical?: readonly string[];
  /** The last word on protected headers, before they are signed. Of COSE, times are tagged seconds and labels may be numbers as text. */
  readonly headers?: (headers: Record<string, unknown>) => Record<string, unknown>;
  /** The last word on the payload. */
  readonly payload?: (payload: Record<string, unknown>) => unknown;
  /** Replaces the certificates that come along. */
  readonly chain?: readonly Uint8Array[];
  readonly signingKey?: SigningKey;
  /** The last word on the envelope: JSON of JWS, the four parts of COSE. */
  readonly map?: (envelope: Record<string, unknown>) => Record<string, unknown>;
  readonly signature?: (signature: Buffer) => Buffer;
}

/** Signs: the bytes of the envelope. */
export function notarySign(signing: NotarySigning): Buffer {
  const { target } = signing;
  const { mediaType, digest, size } = target;
  const targetArtifact = { mediaType, digest, size, ...(signing.annotations === undefined ? {} : { annotations: signing.annotations }) };
  const payload = Buffer.from(JSON.stringify(signing.payload?.({ targetArtifact }) ?? { targetArtifact }));
  return signing.format === 'notation-cose' ? signCose(signing, payload) : signJws(signing, payload);
}

function signJws(signing: NotarySigning, payload: Buffer): Buffer {
  const { notary, map = (same) => same } = signing;
  const iso = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
  const [alg] = algorithmOf(signing);
  const headers = { alg, crit: criticalOf(signing), cty: PAYLOAD_TYPE, ...attributesOf(signing, iso) };
  const encodedHeaders = Buffer.from(JSON.stringify(signing.headers?.(headers) ?? headers)).toString('base64url');
  const body = payload.toString('base64url');
  const signature = signatureOf(signing, Buffer.from(`${encodedHeaders}.${body}`));
  const header = {
    x5c: (signing.chain ?? notary.chain.map(({ der }) => der)).map((der) => Buffer.from(der).toString('base64')),
    ...(signing.tsa === undefined ? {} : { [`${NOTARY}timestampSignature`]: tokenOf(signing, signing.tsa, signature).toString('base64') }),
    [`${NOTARY}signingAgent`]: 'world/1',
  };
  return Buffer.from(JSON.stringify(map({ payload: body, protected: encodedHeaders, header, signature: signature.toString('base64url') })));
}

function signCose(signing: NotarySigning, payload: Buffer): Buffer {
  const { notary, map = (same) => same } = signing;
  const [, alg] = algorithmOf(signing);
  const attributes = attributesOf(signing, (at) => tagged(1, Math.floor(at / 1000)));
  const headers: Record<string, unknown> = { 1: alg, 2: criticalOf(signing), 3: PAYLOAD_TYPE, ...attributes };
  const protectedBytes = encodeCbor(labelled(signing.headers?.(headers) ?? headers));
  const signature = signatureOf(signing, encodeCbor(['Signature1', protectedBytes, Buffer.alloc(0), payload]));
  const unprotected: Record<string, unknown> = {
    33: (signing.chain ?? notary.chain.map(({ der }) => der)).map((der) => Buffer.from(der)),
    ...(signing.tsa === undefined ? {} : { [`${NOTARY}timestampSignature`]: tokenOf(signing, signing.tsa, signature) }),
    [`${NOTARY}signingAgent`]: 'world/1',
  };
  const parts = map({ protected: protectedBytes, unprotected, payload, signature });
  const outside = labelled(parts['unprotected'] as Record<string, unknown>);
  return encodeCbor(tagged(18, [parts['protected'], outside, parts['payload'], parts['signature']] as Cbor));
}

/** Labels that are numbers as text become numbers. */
function labelled(of: Record<string, unknown>): Map<number | string, Cbor> {
  return new Map(Object.entries(of).map(([label, value]) => [/^-?\d+$/.test(label) ? Number(label) : label, value as Cbor]));
}

function algorithmOf({ notary }: NotarySigning): readonly [string, number] {
  return ALGORITHMS[notary.key.type] ?? ['PS256', -37];
}

function attributesOf(
  { scheme = 'notary.x509', at, expiry, attributes = {} }: NotarySigning, time: (at: number) => unknown,
): Record<string, unknown> {
  const timeName = scheme === 'notary.x509' ? 'signingTime' : 'authenticSigningTime';
  return {
    [`${NOTARY}signingScheme`]: scheme,
    [NOTARY + timeName]: time(at),
    ...(expiry === undefined ? {} : { [`${NOTARY}expiry`]: time(expiry) }),
    ...attributes,
  };
}

function criticalOf({ scheme = 'notary.x509', expiry, critical = [] }: NotarySigning): readonly string[] {
  return [
    `${NOTARY}signingScheme`, ...(scheme === 'notary.x509' ? [] : [`${NOTARY}authenticSigningTime`]), ...(expiry === undefined ? [] : [`${NOTARY}expiry`]), ...critical,
  ];
}

function signatureOf({ notary, signingKey = notary.key, signature = (same) => same }: NotarySigning, message: Uint8Array): Buffer {
  const rsa = signingKey.type.startsWith('rsa');
  const hash = rsa ? ({ 'rsa-3072': 'sha384', 'rsa-4096': 'sha512' } as const)[signingKey.type as 'rsa-3072'] ?? 'sha256' : signingKey.hash;
  return signature(signWith(signingKey, message, { hash, encoding: rsa ? 'pss' : 'p1363' }));
}

/** A token as countersignatures carry it: what a response holds, without its status. Certificates of the whole path but the root come along. */
function tokenOf({ at, timestamp }: NotarySigning, tsa: TimestampAuthority, signature: Uint8Array): Buffer {
  const response = stamp(tsa, signature, at, { embed: tsa.chain.slice(0, -1), ...timestamp });
  // SEQUENCE { SEQUENCE { INTEGER status }, token }
  const header = 2 + (response[1] === undefined || response[1] < 0x80 ? 0 : response[1] & 0x7f);
  return response.subarray(header + 2 + (response[header + 1] ?? 0));
}
