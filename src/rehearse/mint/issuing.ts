/** Certificates that a test has issued to whoever signs, and what their authorities say of them. */
import type { CertificateStatus, CertificateStatuses } from '../../domain/certificate-status.ts';
import type { WorldEvidence } from '../read/evidence-schema.ts';
import { issueTo } from './holders.ts';
import type { IssuedHolder } from './holders.ts';
import type { SigningParty } from './signers.ts';

/** Somebody with a certificate of an authority of one's own. */
type Holder = Extract<SigningParty['by'], { readonly holder: unknown }>;

/** Issues a certificate to whoever signs a piece of evidence. `at` is in epoch milliseconds. */
export type Issue = (by: Holder, at: number) => IssuedHolder;

/** All certificates of a test. */
export interface Issuing {
  /** For the evidence at this place of the test; `said`: what its authority says of the certificate. */
  for(place: string, said: WorldEvidence['certificate']): Issue;
  readonly statuses: CertificateStatuses;
}

/** Begins without any; whatever is revoked was so at `now`, epoch milliseconds. */
export function createIssuing(now: number): Issuing {
  const known = new Map<string, CertificateStatus>();
  return {
    for: (place, said) => ({ holder, own }, at) => {
      const issued = issueTo(holder, own.authority, { at, place });
      const number = Buffer.from(issued.certificate.spec.serial).toString('hex');
      if (said === 'revoked') known.set(number, { state: 'revoked', revokedAt: now, source: 'the authority of this test' });
      if (said === 'unknown') known.set(number, { state: 'unknown', cause: 'the authority of this test says nothing' });
      return issued;
    },
    statuses: { of: ({ number }) => known.get(number) ?? { state: 'good' }, generation: () => 0 },
  };
}
