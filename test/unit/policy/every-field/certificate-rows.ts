import type { RevocationLead } from '../../../../src/domain/certificate-status.ts';
import { layerEvidence } from '../../../world/domain.ts';
import { createOwnPki, signedByHolder } from '../../../world/own-pki.ts';
import { points } from '../../../world/revocation.ts';
import { demanding, rowsAt } from './row.ts';
import type { Row } from './row.ts';
import { DIGEST, doc, NOW } from './world.ts';

/** Fields that say how revocation of certificates is judged. */
const LIST = 'http://crl.acme.example/1.crl';
const pki = createOwnPki(NOW);
const holder = pki.issue({ extensions: [points(['http://crl.acme.example/2.crl'])] });
const scene = demanding({ signature: { by: ['release'] } }, {
  evidence: [layerEvidence(signedByHolder(DIGEST, holder, [pki.intermediate]))],
  // Whoever asks with the one list that the root may name hears that it is revoked; without it nothing is known.
  certificates: {
    of: (_: RevocationLead, lists: readonly string[]) =>
      (lists.includes(LIST) ? { state: 'revoked', source: LIST, revokedAt: NOW } : { state: 'unknown', cause: 'nobody answers' }),
    generation: () => 0,
  },
});
const make = rowsAt('TrustRoot', {
  ...scene,
  documents: [
    doc('TrustRoot', 'own', { x509: { certificates: pki.root.certificate.pem } }),
    doc('Signer', 'release', { identities: [{ x509: { trustRoot: 'own', subjectIncludes: 'O=Acme' } }] }),
    ...scene.documents,
  ],
}, 'spec.x509');

export const certificateRows: readonly Row[] = [
  make('revocation.mode', 'hard', 'VERIFY_REVOCATION_UNKNOWN', { base: { revocation: { mode: 'soft' } } }),
  make('revocation.crls', [LIST], 'POLICY_REVOKED', { base: { revocation: { mode: 'soft' } } }),
];
