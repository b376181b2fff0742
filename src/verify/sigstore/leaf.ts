/** A signing certificate must fit its profile: made for signing code, no authority, one name. */
import type { ProvenCertificate } from '../../domain/policy/identity.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { parseCertificate, serialText } from '../../pki/certificate.ts';
import { fingerprintsOf } from '../../pki/signatures/fingerprint.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { leafProblem } from '../../pki/path.ts';
import { CODE_SIGNING } from '../../pki/profiles.ts';
import type { CertificateIdentity } from './identity.ts';
import { identityText, readIdentity } from './identity.ts';
import { refuse } from '../problem.ts';

/** A code-signing certificate that fits the profile; who issued it is not verified yet. */
export interface Leaf {
  readonly certificate: Certificate;
  readonly identity: CertificateIdentity;
}

/**
 * Parses a signing certificate and checks its profile (RFC 5280, 4.2 and 6.1.5; Fulcio certificate-specification):
 * not a CA, digitalSignature, extended key usage codeSigning, no critical extension that is not understood, exactly
 * one subject alternative name. Throws `Malformed` or refuses with VERIFY_CERTIFICATE_PROFILE.
 */
export function readLeaf(der: Uint8Array): Leaf {
  if (der.length === 0) refuse('VERIFY_MALFORMED', { cause: 'the signing certificate is empty' });
  const certificate = parseCertificate(der);
  const identity = readIdentity(certificate);
  const problem = profileProblem(certificate);
  if (problem !== undefined) refuse('VERIFY_CERTIFICATE_PROFILE', { found: identityText(identity), ...problem });
  return { certificate, identity };
}

/** What has been proven once chain, SCT, log entries and signature hold. */
export function provenCertificate({ certificate, identity }: Leaf, issuer: Certificate, trustRoot: string): ProvenCertificate {
  const [fingerprint, otherFingerprint] = fingerprintsOf(certificate, issuer);
  return {
    kind: 'certificate',
    keyId: keyIdOf(certificate.spki),
    trustRoot,
    ...identity,
    fingerprint,
    ...(otherFingerprint === undefined ? {} : { otherFingerprint }),
    serial: serialText(certificate),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  };
}

function profileProblem(certificate: Certificate): { readonly cause: string; readonly expected?: string } | undefined {
  const problem = leafProblem(certificate, CODE_SIGNING);
  switch (problem?.rule) {
    case undefined:
      return undefined;
    case 'no-authority':
      return { cause: 'the signing certificate is a certificate authority' };
    case 'may-sign':
      return { cause: 'the certificate may not make signatures (key usage)', expected: 'key usage digitalSignature' };
    case 'usage':
      return { cause: 'the certificate is not for code signing (extended key usage)', expected: 'extended key usage codeSigning' };
    case 'understood':
      return { cause: `the certificate has an unknown critical extension ${problem?.extension ?? ''}` };
  }
}
