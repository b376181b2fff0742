/**
 * The shapes in which every format hands its parts to the Sigstore core (`verify/sigstore/`). All of it is
 * unverified; parsing has only established that the fields have these types and stay within the limits.
 */
import type { NotaryAttributes } from '../notation/attributes.ts';
import type { NotaryChain } from '../notation/chain.ts';

import type { SignatureScheme } from '../../pki/signatures/signature-algorithm.ts';

/** What was signed, and the signature. */
export interface SignedContent {
  readonly signature: Uint8Array;
  /** The exact bytes the signature is over (DSSE: the PAE). Absent only in digest mode. */
  readonly message?: Uint8Array;
  /** Of formats that say how they were signed: by this way and no other it is verified, if the key signs so at all. */
  readonly scheme?: SignatureScheme;
  /** Digest mode: the artifact's digest stands for the message; `hex` must be of the key's own hash. */
  readonly messageDigest?: { readonly algorithm: 'sha256' | 'sha384' | 'sha512'; readonly hex: string };
  /** Certificates that came along with the signer's own, DER: where issuers of one's own authorities may be found. Unverified. */
  readonly between?: readonly Uint8Array[];
  /** An envelope of the Notary Project, which the key of its chain's first certificate was found to have signed. */
  readonly notary?: NotaryContent;
  /** The envelope around the signature, when there is one: log entries of kind dsse and intoto hash it. */
  readonly envelope?: DsseEnvelope;
}

/** What an envelope of the Notary Project carries beside its signature. The chain is parsed; nothing about it is verified. */
export interface NotaryContent {
  readonly attributes: NotaryAttributes;
  readonly chain: NotaryChain;
  /** RFC 3161 token, DER. */
  readonly timestamp?: Uint8Array;
}

/** A DSSE envelope (secure-systems-lab/dsse v1.0.2), base64 decoded. */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly { readonly keyid: string; readonly sig: Uint8Array; readonly carried?: Carried }[];
}

/** What one signature of an envelope brings along. Unverified, and not part of DSSE: formats that have their own place for it ignore it. */
export interface Carried {
  readonly certificateDer?: Uint8Array;
  /** Issuers, DER. */
  readonly between: readonly Uint8Array[];
  /** RFC 3161 TimeStampResp over the signature, DER. */
  readonly timestamps: readonly Uint8Array[];
}

/** One `TransparencyLogEntry` of a bundle, or one rebuilt from cosign's `dev.sigstore.cosign/bundle` annotation. */
export interface LogEntry {
  /** Log id, raw bytes. */
  readonly logId: Uint8Array;
  /** Decimal; the global index of the entry. */
  readonly logIndex: bigint;
  /** Kind and version as the bundle claims them; the body decides. */
  readonly kind?: string;
  readonly version?: string;
  /** Seconds since the epoch; 0 when absent. Proven only by a valid promise. */
  readonly integratedTime: bigint;
  /** The canonicalised body exactly as logged. */
  readonly body: Uint8Array;
  /** Signed entry timestamp (Rekor v1). */
  readonly promise?: Uint8Array;
  readonly proof?: {
    readonly logIndex: bigint;
    readonly treeSize: bigint;
    readonly rootHash: Uint8Array;
    readonly hashes: readonly Uint8Array[];
    /** Signed note with the checkpoint. */
    readonly checkpoint: string;
  };
}

/** What dates and logs a signature. */
export interface DatingMaterial {
  readonly logEntries: readonly LogEntry[];
  /** RFC 3161 TimeStampResp, DER. */
  readonly timestamps: readonly Uint8Array[];
}
