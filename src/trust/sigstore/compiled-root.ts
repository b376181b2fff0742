import type { KeyObject } from 'node:crypto';
import type { SigstoreRoot } from '../../domain/evidence.ts';
import type { Certificate } from '../../pki/certificate.ts';

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

/** A trust root ready for verification: keys parsed, CA paths verified, nothing left to check but times. */
export interface CompiledRoot {
  readonly name: string;
  readonly id: string;
  readonly require: SigstoreRoot['require'];
  readonly logs: ReadonlyMap<string, CompiledLog>;
  readonly ctLogs: ReadonlyMap<string, CompiledCtLog>;
  readonly authorities: readonly CompiledAuthority[];
  readonly timestampAuthorities: readonly CompiledTimestampAuthority[];
}
