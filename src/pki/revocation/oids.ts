/** Object identifiers and numbers by which revocations are written (RFC 5280, 4.2 and 5; RFC 6960, 4). */

/** Extensions of certificates, lists, entries and answers that say something about revocation. */
export const REVOCATION_EXTENSION = {
  authorityKeyId: '2.5.29.35', crlNumber: '2.5.29.20', reason: '2.5.29.21', invalidityDate: '2.5.29.24', deltaIndicator: '2.5.29.27',
  issuingPoint: '2.5.29.28', certificateIssuer: '2.5.29.29', points: '2.5.29.31', freshest: '2.5.29.46', access: '1.3.6.1.5.5.7.1.1',
  noCheck: '1.3.6.1.5.5.7.48.1.5',
} as const;

/** Why a certificate is revoked, by the numbers of CRLReason; 7 is not used. */
const REASONS: readonly (string | undefined)[] = [
  'unspecified', 'keyCompromise', 'cACompromise', 'affiliationChanged', 'superseded', 'cessationOfOperation', 'certificateHold', undefined,
  'removeFromCRL', 'privilegeWithdrawn', 'aACompromise',
];

/** The name of a reason; `undefined` for a number that is none. */
export function reasonName(number: number): string | undefined {
  return REASONS[number];
}
