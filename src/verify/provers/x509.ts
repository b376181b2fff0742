/** Signatures by certificates of one's own authorities: no logs, no claims, whatever names the certificate gives. */
import type { CertificateRevocation } from '../../domain/certificate-status.ts';
import type { ProvenX509 } from '../../domain/policy/identity.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { readAlternativeNames, readName } from '../../pki/distinguished-name.ts';
import { keptCertificate } from '../../pki/kept-certificates.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { OWN_SIGNING } from '../../pki/profiles.ts';
import { remembered } from '../../text/once.ts';
import type { CompiledX509 } from '../../trust/index.ts';
import type { ProofResult } from '../proof.ts';
import { proveDating } from '../sigstore/dating.ts';
import { namedIssuer } from '../sigstore/identity.ts';
import { checkLimits } from '../sigstore/limits.ts';
import { unlistedPhrases } from '../sigstore/unlisted.ts';
import { provePaths, requireLeaf } from './own-path.ts';
import { settled } from './settled.ts';
import { requireSignatureOf } from './signature.ts';
import type { DatingMaterial, SignedContent } from './signed.ts';
import { pathCertificates, permittedUsages, waysOf } from './ways.ts';
import type { Way } from './ways.ts';

/**
 * Proves a signature made with a certificate under a root of one's own authorities (RFC 5280, 6.1).
 *
 * On success: the signature is the certificate's over the content, its path ends at an anchor of the root, and was valid at
 * every proven time; whatever of the dating material the root lists has been verified. Not established: that the path is valid now
 * (needed where no time is proven), that nothing on it is revoked, what it may be used for (`usages`), and that anybody trusts
 * this name. Pure; never throws.
 */
export function proveX509(content: SignedContent, certificateDer: Uint8Array, dating: DatingMaterial, trust: CompiledX509): ProofResult {
  return settled(() => {
    checkLimits(content, dating);
    const leaf = keptCertificate(certificateDer);
    const paths = provePaths(leaf, content.between ?? [], trust);
    requireLeaf(leaf, OWN_SIGNING);
    requireSignatureOf(content, leaf.key, 'own');
    const { times, logEntries, unlisted } = proveDating(dating, { content, verifier: { kind: 'certificate', der: certificateDer } }, trust);
    const [way, ...others] = waysOf(paths, times, trust.anchors);
    const signerBy = (one: Way): ProvenX509 => provenX509(one, trust.name, trust.revocation);
    const extras = unlistedPhrases(unlisted);
    return {
      ok: true, signer: signerBy(way), others: others.map(signerBy), times, logEntries,
      ...(extras === undefined ? {} : { unlisted: extras }),
    };
  });
}

/** What has been proven of the holder once path and signature hold. Throws `Malformed` when a name cannot be compared. */
export function provenX509(
  { path, validity: pathValidity, whole }: Way, trustRoot: string, revocation?: CertificateRevocation,
): ProvenX509 {
  const [leaf] = path;
  const usages = permittedUsages(path);
  return {
    kind: 'x509',
    trustRoot,
    ...saidBy(leaf),
    ...(usages === undefined ? {} : { usages }),
    pathValidity,
    path: pathCertificates(whole, revocation),
    ...(revocation === undefined ? {} : { revocation }),
  };
}

/** What a certificate says of itself, whoever issued it. */
const saidBy = remembered((leaf: Certificate) => {
  const oidcIssuer = namedIssuer(leaf);
  return {
    keyId: keyIdOf(leaf.spki),
    subject: readName(leaf.subject),
    issuer: readName(leaf.issuer),
    ...(oidcIssuer === '' ? {} : { oidcIssuer }),
    names: readAlternativeNames(leaf),
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
  };
});
