/** An envelope of the Notary Project, in whichever of its two encodings it came: typed parts that nobody believes yet. */
import type { KeyObject } from 'node:crypto';
import type { NotaryAlgorithm } from './algorithm.ts';
import type { NotaryAttributes } from './attributes.ts';

/** What both encodings carry (signature-specification, "Signature Envelope"). Nothing is verified. */
export interface NotaryEnvelope {
  /** As the protected header names it; it has to be the one that follows from the signer's key. */
  readonly algorithm: NotaryAlgorithm;
  readonly attributes: NotaryAttributes;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The signer's certificate first, DER; at least one. */
  readonly chain: readonly Uint8Array[];
  /** An RFC 3161 token over the bytes of the signature, DER. Unsigned, as the chain is. */
  readonly timestamp?: Uint8Array;
  /** True when this key made the signature over exactly what was received. May throw what node:crypto throws. */
  isSignedBy(key: KeyObject): boolean | Promise<boolean>;
}

/** Content type of every payload: another says nothing that is understood. */
export const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
