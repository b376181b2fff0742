import type { VerificationJob } from '../../../src/domain/evidence.ts';
import type { X509Root } from '../../../src/domain/policy/trust-root.ts';
import { layerEvidence } from '../../world/domain.ts';
import { createOwnPki, signedByHolder } from '../../world/own-pki.ts';
import type { Holder } from '../../world/own-pki.ts';
import { DIGEST, HOSTILE_NOW, jobOf } from './parts.ts';
import type { Hostile } from './parts.ts';

/** Certificates of one's own authorities whose paths cost as much as they can: authorities of one name that issued each other. */
const pki = createOwnPki(HOSTILE_NOW);
const root: X509Root = { kind: 'x509', name: 'own', id: 'own', anchors: [Buffer.from(pki.root.certificate.der).toString('base64')] };
const job = (holder: Holder, chain: readonly Holder[]): VerificationJob => jobOf(layerEvidence(signedByHolder(DIGEST, holder, chain)), { id: 'own', keys: [], roots: [root] });

/** Every construction with its honest twin. */
export function hostileOwnPaths(): readonly Hostile[] {
  const first = pki.issue({ ca: true, keyType: 'p521', subject: [['CN', 'authority']] });
  const authority = (): Holder => ({ ...pki.issue({ ca: true, key: first.key, subject: [['CN', 'authority']], issuer: first }), key: first.key });
  const thicket = Array.from({ length: 9 }, authority);
  const stranger = pki.issue({ keyType: 'p521', issuer: first });
  return [{
    name: 'own authorities: a stranger\'s, which issued each other', honest: job(pki.issue(), [pki.intermediate]), hostile: job(stranger, [...thicket, pki.intermediate]),
    codes: ['VERIFY_CERTIFICATE_UNTRUSTED'], most: 4,
  }];
}
