/** Trust roots ready for use, as capabilities: whoever proves something asks for the part it needs. */
import type { KeyObject } from 'node:crypto';
import type { CertificateRevocation } from '../domain/certificate-status.ts';
import type { SigstoreRoot } from '../domain/policy/trust-root.ts';
import type { Certificate } from '../pki/certificate.ts';

/** A stretch of time in epoch milliseconds; both ends belong to it. An open end is `Infinity`. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** True when the moment lies inside, ends included. */
export function covers(window: Window, at: number): boolean {
  return window.start <= at && at <= window.end;
}

/** A transparency log whose entries count. */
export interface CompiledLog {
  /** Lower-case hexadecimal. */
  readonly logId: string;
  readonly key: KeyObject;
  readonly window: Window;
  readonly baseUrl: string;
  readonly operator?: string;
  /** The name under which the log signs checkpoints, when its id binds one (Rekor v2). Rekor v1 logs sign under any. */
  readonly checkpointName?: string;
  /** First four bytes of the checkpoint key id, hexadecimal (C2SP signed-note). */
  readonly keyHint: string;
}

/** A certificate transparency log whose SCTs count. */
export type CompiledCtLog = Pick<CompiledLog, 'logId' | 'key' | 'window' | 'baseUrl'>;

/** An authority that issues code-signing certificates: its path from issuer to root, verified when compiled. */
export interface CompiledAuthority {
  readonly issuer: Certificate;
  readonly path: readonly Certificate[];
  readonly window: Window;
}

/**
 * A timestamp authority. With `signer`, only that certificate signs; without, the trust root names only the
 * issuing path and the token brings the signer's certificate, to be verified under `path`.
 */
export interface CompiledTimestampAuthority {
  readonly signer?: Certificate;
  readonly path: readonly Certificate[];
  readonly window: Window;
}

/**
 * A trust root ready for verification, as capabilities: keys parsed, CA paths verified, nothing left to check but times.
 * A root of any kind has those parts that its document gives it; whoever proves something asks for the part it needs.
 */
export interface CompiledTrust {
  readonly name: string;
  readonly id: string;
  /** How much a signature by a certificate must bring; absent: what its kind demands by itself. */
  readonly require?: SigstoreRoot['require'];
  readonly logs?: ReadonlyMap<string, CompiledLog>;
  readonly ctLogs?: ReadonlyMap<string, CompiledCtLog>;
  readonly authorities?: readonly CompiledAuthority[];
  /** Certificates of authorities of one's own: a path from a signer's certificate may end at any of them. */
  readonly anchors?: readonly Certificate[];
  readonly timestampAuthorities?: readonly CompiledTimestampAuthority[];
  /** How revocation of what `anchors` certify is judged; absent: not at all. */
  readonly revocation?: CertificateRevocation;
}

/** A compiled Sigstore root: every part is there, be it empty. */
export interface CompiledRoot extends CompiledTrust {
  readonly require: SigstoreRoot['require'];
  readonly logs: ReadonlyMap<string, CompiledLog>;
  readonly ctLogs: ReadonlyMap<string, CompiledCtLog>;
  readonly authorities: readonly CompiledAuthority[];
  readonly timestampAuthorities: readonly CompiledTimestampAuthority[];
}

/** What dates and logs a signature: all that is needed of a root, of whatever kind, for a key trusted with it. */
export type DatingTrust = Pick<CompiledTrust, 'name' | 'logs' | 'timestampAuthorities'>;
