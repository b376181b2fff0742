/** Signatures by workloads: X.509-SVIDs of the one trust domain that the root speaks for. */
import type { ProvenSpiffe } from '../../domain/policy/identity.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { keptCertificate } from '../../pki/kept-certificates.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { OWN_SIGNING } from '../../pki/profiles.ts';
import { authorityIdProblem, readSvid } from '../../pki/svid.ts';
import { nameText } from '../../pki/name-text.ts';
import type { CompiledSpiffe } from '../../trust/index.ts';
import { refuse } from '../problem.ts';
import type { ProofResult } from '../proof.ts';
import { proveDating } from '../sigstore/dating.ts';
import { checkLimits } from '../sigstore/limits.ts';
import { unlistedPhrases } from '../sigstore/unlisted.ts';
import type { OwnPath } from './own-path.ts';
import { provePaths, requireLeaf } from './own-path.ts';
import { settled } from './settled.ts';
import { requireSignatureOf } from './signature.ts';
import type { DatingMaterial, SignedContent } from './signed.ts';
import { pathCertificates, waysOf } from './ways.ts';
import type { Way } from './ways.ts';

/**
 * Proves a signature made with an X.509-SVID (SPIFFE X509-SVID, 4 and 5): exactly one URI among its alternative names, a SPIFFE ID of the
 * root's own trust domain with a path; no authority, no certSign or cRLSign; issued under that domain's authorities alone.
 *
 * Not established: that it is valid now (needed where no time is proven), and that anybody trusts this workload. Pure; never throws.
 */
export function proveSpiffe(
  content: SignedContent, certificateDer: Uint8Array, dating: DatingMaterial, trust: CompiledSpiffe,
): ProofResult {
  return settled(() => {
    checkLimits(content, dating);
    const leaf = keptCertificate(certificateDer);
    const id = requireSvid(leaf, trust);
    const paths = ofDomain(provePaths(leaf, content.between ?? [], trust), trust);
    requireLeaf(leaf, OWN_SIGNING);
    requireSignatureOf(content, leaf.key, 'own');
    const { times, logEntries, unlisted } = proveDating(dating, { content, verifier: { kind: 'certificate', der: certificateDer } }, trust);
    const { notBefore, notAfter } = leaf;
    const [way, ...others] = waysOf(paths, times, trust.anchors);
    const signerBy = ({ validity, whole }: Way): ProvenSpiffe => ({
      kind: 'spiffe', keyId: keyIdOf(leaf.spki), trustRoot: trust.name, id, notBefore, notAfter, pathValidity: validity,
      path: pathCertificates(whole),
    });
    const extras = unlistedPhrases(unlisted);
    return {
      ok: true, signer: signerBy(way), others: others.map(signerBy), times, logEntries,
      ...(extras === undefined ? {} : { unlisted: extras }),
    };
  });
}

/** The SPIFFE ID of a leaf, of this trust domain and no other: domains are never merged. */
function requireSvid(leaf: Certificate, { name, trustDomain, anchors }: CompiledSpiffe): string {
  const id = readSvid(leaf);
  if (!id.ok) refuse('VERIFY_CERTIFICATE_PROFILE', { found: nameText(leaf.subject), cause: `the certificate is no X.509-SVID: ${id.problem}` });
  if (id.value.trustDomain !== trustDomain)
    refuse('VERIFY_CERTIFICATE_UNTRUSTED', {
      found: id.value.id, expected: `a workload of ${trustDomain}, the trust domain of trust root ${name}`,
      cause: `it is a workload of ${id.value.trustDomain}, and trust root ${name} speaks for ${trustDomain} alone`,
    });
  if (anchors.length === 0)
    refuse('VERIFY_CERTIFICATE_UNTRUSTED', { found: id.value.id, cause: `the bundle of ${trustDomain} has no X.509 authorities: everything is revoked` });
  return id.value.id;
}

/** The paths on which no authority has the ID of another trust domain, or of a workload (X509-SVID, 3.2). */
function ofDomain(paths: readonly OwnPath[], { name, trustDomain }: CompiledSpiffe): readonly OwnPath[] {
  const problems: string[] = [];
  const good = paths.filter(([, ...authorities]) => {
    const [problem] = authorities.flatMap((one) => {
      const text = authorityIdProblem(one, trustDomain);
      return text === undefined ? [] : [`${nameText(one.subject)} ${text}`];
    });
    if (problem !== undefined) problems.push(problem);
    return problem === undefined;
  });
  if (good.length === 0) refuse('VERIFY_CERTIFICATE_UNTRUSTED', { expected: `authorities of ${trustDomain}, the trust domain of trust root ${name}`, cause: problems.join('; ') });
  return good;
}
