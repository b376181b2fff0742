/** The path from a signer's certificate to an authority of one's own, whatever kind of trust root lists it. */
import type { CertificateRevocation, RevocationLead } from '../../domain/certificate-status.ts';
import type { PathCertificate, ProvenTime } from '../../domain/policy/identity.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { namesIssuer, serialText } from '../../pki/certificate.ts';
import { Malformed } from '../../pki/der.ts';
import { extendedKeyUsage } from '../../pki/extensions.ts';
import { keptCertificate } from '../../pki/kept-certificates.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { nameText } from '../../pki/name-text.ts';
import { invalidAt, leafProblem, pathProblems, issuerPaths, validityOf } from '../../pki/path.ts';
import type { PathValidity } from '../../pki/path.ts';
import type { Profile } from '../../pki/profiles.ts';
import { forUsages, OWN_SIGNING, USAGE } from '../../pki/profiles.ts';
import { revocationPoints } from '../../pki/revocation/points.ts';
import { fingerprintsOf } from '../../pki/signatures/fingerprint.ts';
import type { CompiledTrust } from '../../trust/index.ts';
import { refuse } from '../problem.ts';
import { timeText } from '../sigstore/chain.ts';

/** The part of a trust root that proves certificates of one's own authorities. */
export type AnchorTrust = Required<Pick<CompiledTrust, 'name' | 'anchors'>>;

/** A path that was proven: leaf first, anchor last. */
export type OwnPath = readonly [Certificate, ...Certificate[]];

/** Certificates on a path, leaf and anchor included. */
const LONGEST = 8;
/** Signatures of certificates verified in search of a path: honest chains need one for each certificate. */
const MOST_ATTEMPTS = 16;

/**
 * Every path from the leaf to an anchor of the root, by the profile of one's own authorities (RFC 5280, 6.1), shortest first.
 *
 * Established: each certificate is issued by the next, those above the leaf are authorities that permit a usage of it. Not
 * established: validity at any time, revocation, and whether the leaf itself fits a profile (`requireLeaf`). `between` is hostile:
 * what cannot be read is passed over, and at most sixteen signatures are verified. Refuses with VERIFY_CERTIFICATE_UNTRUSTED.
 */
export function provePaths(leaf: Certificate, between: readonly Uint8Array[], trust: AnchorTrust): readonly OwnPath[] {
  const carried = between.flatMap(readable);
  if (![...trust.anchors, ...carried].some((one) => namesIssuer(leaf, one)))
    untrusted(leaf, trust, 'its issuer is no authority of this root, and did not come along');
  let left = MOST_ATTEMPTS;
  const search = { anchors: trust.anchors, between: carried, longest: LONGEST, attempt: () => (left -= 1) >= 0 };
  const found = [...issuerPaths(leaf, search, OWN_SIGNING)];
  if (found.length === 0) untrusted(leaf, trust, 'no path of issuers leads to an authority of this root');
  const problems: string[] = [];
  const sound = found.filter(([, ...authorities]) => {
    const problem = authorityProblem(authorities, usagesOf(leaf));
    if (problem !== undefined) problems.push(problem);
    return problem === undefined;
  });
  if (sound.length === 0) untrusted(leaf, trust, problems.join('; '));
  return sound.flatMap(([first, ...rest]): OwnPath[] => (first === undefined ? [] : [[first, ...rest]]));
}

/** Refuses a leaf that is an authority, may not sign or has critical extensions that nobody understands. */
export function requireLeaf(leaf: Certificate, profile: Profile): void {
  const problem = leafProblem(leaf, profile);
  if (problem === undefined) return;
  const cause = {
    'no-authority': 'the signing certificate is a certificate authority',
    'may-sign': 'the certificate may not make signatures (key usage)',
    usage: 'the certificate is not for this purpose (extended key usage)',
    understood: `the certificate has an unknown critical extension ${problem.extension ?? ''}`,
  }[problem.rule];
  refuse('VERIFY_CERTIFICATE_PROFILE', { found: nameText(leaf.subject), cause });
}

/**
 * The path that was valid at every proven time, of several the one that lasts longest. Without a proven time it is the one that lasts
 * longest, and whether it does now is asked by whoever knows the present. Refuses with VERIFY_CERTIFICATE_EXPIRED.
 */
export function choosePath(
  paths: readonly OwnPath[], times: readonly ProvenTime[],
): { readonly path: OwnPath; readonly validity: PathValidity } {
  const good = paths.filter((path) => times.every(({ at }) => invalidAt(path, at) === undefined));
  const [best] = good.map((path) => ({ path, validity: validityOf(path) })).toSorted((a, b) => b.validity.notAfter - a.validity.notAfter);
  if (best !== undefined) return best;
  for (const { at, source } of times) {
    const expired = paths.flatMap((path) => invalidAt(path, at) ?? [])[0];
    if (expired !== undefined)
      refuse('VERIFY_CERTIFICATE_EXPIRED', {
        found: `${timeText(at)} (${source})`,
        expected: `a time from ${timeText(expired.notBefore)} to ${timeText(expired.notAfter)}`,
        cause: `the certificate of ${nameText(expired.subject)} was not valid then`,
      });
  }
  return refuse('VERIFY_CERTIFICATE_EXPIRED', { found: times.map(({ at }) => timeText(at)).join(', '), cause: 'no path was valid at all of these times' });
}

/**
 * The certificates of a path below its anchor, as those who revoke them name them; with what asking about them takes where the trust
 * root has it asked.
 */
export function pathCertificates(path: OwnPath, revocation?: CertificateRevocation): readonly PathCertificate[] {
  return path.slice(0, -1).flatMap((certificate, index): PathCertificate[] => {
    const issuer = path[index + 1];
    if (issuer === undefined) return [];
    return [{
      fingerprints: fingerprintsOf(certificate, issuer), serial: serialText(certificate), issuerKeyId: keyIdOf(issuer.spki),
      ...(revocation === undefined ? {} : { revocation: revocationLead(certificate, issuer) }),
    }];
  });
}

function revocationLead(certificate: Certificate, issuer: Certificate): RevocationLead {
  const [issuedBy, number] = [Buffer.from(issuer.der).toString('base64'), Buffer.from(certificate.serial).toString('hex')];
  return { issuer: issuedBy, number, ...revocationPoints(certificate) };
}

/** The usages of a leaf that every authority above it may issue for; `undefined` when nothing restricts them. */
export function permittedUsages([leaf, ...authorities]: OwnPath): readonly string[] | undefined {
  return authorities.reduce<readonly string[] | undefined>((left, authority) => {
    const usages = extendedKeyUsage(authority)?.usages;
    return usages === undefined || usages.includes(USAGE.any) ? left : left?.filter((usage) => usages.includes(usage));
  }, usagesOf(leaf));
}

function usagesOf(leaf: Certificate): readonly string[] | undefined {
  return extendedKeyUsage(leaf)?.usages;
}

/** Signatures between them hold already; anchors need not be self-signed, since it is they who are trusted. */
function authorityProblem(authorities: readonly Certificate[], usages: readonly string[] | undefined): string | undefined {
  const [problem] = pathProblems(authorities, forUsages(OWN_SIGNING, usages ?? []), { signedByThemselves: false });
  return problem === undefined ? undefined : `${nameText(authorities[problem.index]?.subject ?? new Uint8Array())} ${problem.problem}`;
}

function untrusted(leaf: Certificate, { name }: AnchorTrust, cause: string): never {
  return refuse('VERIFY_CERTIFICATE_UNTRUSTED', {
    found: `${nameText(leaf.subject)} (issued by ${nameText(leaf.issuer)})`,
    expected: `a certificate issued under trust root ${name}`,
    cause,
  });
}

function readable(der: Uint8Array): Certificate[] {
  try {
    return [keptCertificate(der)];
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}
