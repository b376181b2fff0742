/** Revoked certificates of those who sign policies: their authorities are asked as those of other signers are. */
import type { CertificateStatuses } from '../../domain/certificate-status.ts';
import type { TrustMaterial } from '../../domain/evidence.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import type { Lifetime } from '../lifetime.ts';
import { askedByRoots, openCertificates } from '../trust/certificates.ts';
import type { CertificateParts, Certificates } from '../trust/certificates.ts';

/** What is known of them; nothing of it is made while no trust root of theirs has revocation judged. */
export interface SignerCertificates {
  known(): CertificateStatuses | undefined;
  /** Fetches the lists that their trust roots name, from now on: for when the signers are others. */
  followListed(): void;
  /** Waits for what was asked for the first time, so long at most; true when there was anything. */
  settled(ms: number): Promise<boolean>;
}

/** With what they are asked, and who is told. */
export interface SignerCertificateParts extends Pick<CertificateParts, 'network' | 'folder'> {
  /** With what the signers can be proven, as it is at the moment. */
  trust(): Pick<TrustMaterial, 'roots'>;
  readonly logger: Pick<Telemetry['logger'], 'warn'>;
  /** Something else is known than before. */
  changed?(): void;
}

/** Opens it; it ends with the lifetime. */
export function openSignerCertificates(
  { trust, network, folder, logger, changed }: SignerCertificateParts, lifetime: Lifetime,
): SignerCertificates {
  let opened: Certificates | undefined;
  const asked = (): ReturnType<CertificateParts['asked']> => askedByRoots(trust().roots);
  const events = {
    fetched: () => changed?.(),
    failed(what: string, url: string, problem: string, isNew: boolean) {
      if (isNew) logger.warn({ what, url, problem }, 'word of revoked certificates of those who sign policies could not be fetched');
    },
  };
  const open = (): Certificates | undefined =>
    (asked().length === 0 ? undefined : (opened ??= openCertificates({ asked, network, folder, events }, lifetime)));
  const followListed = (): void => (open() ?? opened)?.followListed();
  followListed();
  return { known: () => open()?.certificates, followListed, settled: async (ms) => (await open()?.settled(ms)) === true };
}
