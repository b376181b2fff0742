/** Somebody signs something, and has it logged and dated, in the order in which real clients do. */
import { issueCertificate } from './ca.ts';
import type { CertificateOverrides, Identity } from './ca.ts';
import { base64, jsonBytes, pae } from './encode.ts';
import { makeKey, signWith } from './keys.ts';
import type { KeyType, SignOptions, SigningKey } from './keys.ts';
import { entryBody } from './log/log-body.ts';
import type { BodyKind, Envelope } from './log/log-body.ts';
import type { EntryOverrides, LoggedEntry, TransparencyLog } from './log/log-entry.ts';
import type { InTotoStatement } from './statement.ts';
import { stamp } from './tsa.ts';
import type { TimestampAuthority, TimestampOverrides } from './tsa.ts';
import type { World } from './world.ts';
import type { Certificate } from './asn1/x509.ts';

export type { Envelope };

/** What is signed: plain bytes, or a statement in a DSSE envelope. */
export type Content = { readonly message: Uint8Array } | { readonly statement: InTotoStatement | Uint8Array };

/** Who signs: a long-lived key, or an identity with a certificate for a fresh key. */
export type By = { readonly key: SigningKey } | { readonly identity: Identity; readonly keyType?: KeyType };

/** How the signature is proven: instant, log and timestamp. */
export interface Proofs {
  /** Epoch milliseconds; default: the world's present. */
  readonly at?: number;
  readonly log?: 'v1' | 'v2' | 'none';
  /** Kind of log entry; default: what current clients write. */
  readonly logKind?: BodyKind;
  readonly tsa?: boolean;
  readonly override?: Overrides;
}

/** The mutation points: each forges exactly one thing, everything else stays real. */
export interface Overrides {
  /** Key that makes the signature, while certificate and log entry name the right one. */
  readonly signingKey?: SigningKey;
  readonly sign?: SignOptions;
  /** Changes the signature before it is logged and stamped. */
  readonly signature?: (signature: Buffer) => Buffer;
  readonly payloadType?: string;
  /** `keyid` of the envelope's signature. */
  readonly keyid?: string;
  /** Changes the envelope before it is logged; `signed` are the bytes (PAE) that further signatures are over. */
  readonly envelope?: (envelope: Envelope, signed: Uint8Array) => Envelope;
  readonly certificate?: CertificateOverrides;
  /** Ready certificate instead of an issued one; belongs with `signingKey`. */
  readonly useCertificate?: Certificate;
  readonly transparencyLog?: TransparencyLog;
  /** Key or certificate that the log entry names as verifier instead of the signer's. */
  readonly logVerifier?: { readonly key: SigningKey; readonly certificate?: Certificate };
  readonly log?: EntryOverrides;
  /** Log entry instead of a new one (of another signature, of another world). */
  readonly useEntry?: LoggedEntry;
  readonly timestampAuthority?: TimestampAuthority;
  readonly timestamp?: TimestampOverrides;
}

/** A signature with everything that proves it; written as bundle or as cosign annotations. */
export interface Signed {
  readonly key: SigningKey;
  readonly certificate?: Certificate;
  /** Issuing certificates, root last; empty for keys. */
  readonly chain: readonly Certificate[];
  readonly signature: Buffer;
  /** Bytes the signature is over. */
  readonly signed: Uint8Array;
  readonly envelope?: Envelope;
  readonly entry?: LoggedEntry;
  /** DER TimeStampResp. */
  readonly timestamp?: Buffer;
}

const IN_TOTO = 'application/vnd.in-toto+json';

/** Signs content, has it logged and stamped, in the order real clients do. */
export function makeSigned(world: World, content: Content, by: By, proofs: Proofs = {}): Signed {
  const override = proofs.override ?? {};
  const at = proofs.at ?? world.now;
  const { key, certificate } = signerOf(world, by, at, override);
  const { signed, payload, payloadType } = toBeSigned(content, override);
  const raw = signWith(override.signingKey ?? key, signed, override.sign);
  const signature = override.signature?.(raw) ?? raw;
  const plain = payload && envelopeOf(payload, payloadType, signature, override.keyid);
  const envelope = plain && (override.envelope?.(plain, signed) ?? plain);
  const made: Signed = {
    key,
    ...(certificate && { certificate }),
    chain: certificate ? world.ca.chain : [],
    signature,
    signed,
    ...(envelope && { envelope }),
  };
  const entry = override.useEntry ?? logged(world, made, at, proofs);
  const timestamp = proofs.tsa === true ? stamp(override.timestampAuthority ?? world.tsa, signature, at, override.timestamp) : undefined;
  return { ...made, ...(entry && { entry }), ...(timestamp && { timestamp }) };
}

function signerOf(world: World, by: By, at: number, override: Overrides): { key: SigningKey; certificate?: Certificate } {
  if ('key' in by) return { key: by.key };
  const key = makeKey(by.keyType);
  const request = { key, identity: by.identity, at, ctLog: world.ctLog };
  return { key, certificate: override.useCertificate ?? issueCertificate(world.ca, request, override.certificate) };
}

function toBeSigned(content: Content, override: Overrides): { signed: Uint8Array; payload?: Uint8Array; payloadType: string } {
  const payloadType = override.payloadType ?? IN_TOTO;
  if ('message' in content) return { signed: content.message, payloadType };
  const payload = content.statement instanceof Uint8Array ? content.statement : jsonBytes(content.statement);
  return { signed: pae(payloadType, payload), payload, payloadType };
}

function envelopeOf(payload: Uint8Array, payloadType: string, signature: Buffer, keyid?: string): Envelope {
  return { payload: base64(payload), payloadType, signatures: [{ sig: base64(signature), ...(keyid !== undefined && { keyid }) }] };
}

function logged(world: World, made: Signed, at: number, proofs: Proofs): LoggedEntry | undefined {
  const override = proofs.override ?? {};
  if ((proofs.log ?? 'none') === 'none') return undefined;
  const log = override.transparencyLog ?? (proofs.log === 'v2' ? world.rekor2 : world.rekor);
  const kind = proofs.logKind ?? defaultKind(proofs.log === 'v2', made.envelope !== undefined);
  const { key, certificate } = override.logVerifier ?? made;
  const verifier = { key, verifierPem: certificate?.pem ?? key.publicKeyPem, ...(certificate && { certificate: certificate.der }) };
  const body = entryBody(kind, {
    signature: made.signature, signed: made.signed, ...(made.envelope && { envelope: made.envelope }), ...verifier,
  });
  return log.append(body, at, override.log);
}

// Rekor v2 knows envelopes only as a hashedrekord over the PAE.
function defaultKind(v2: boolean, enveloped: boolean): BodyKind {
  if (v2) return 'hashedrekord/0.0.2';
  return enveloped ? 'dsse/0.0.1' : 'hashedrekord/0.0.1';
}
