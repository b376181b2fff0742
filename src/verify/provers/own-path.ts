/** The path from a signer's certificate to an authority of one's own, whatever kind of trust root lists it. */
import type { Certificate } from '../../pki/certificate.ts';
import { namesIssuer } from '../../pki/certificate.ts';
import { Malformed } from '../../pki/der.ts';
import { extendedKeyUsage } from '../../pki/extensions.ts';
import { keptCertificate } from '../../pki/kept-certificates.ts';
import { nameText } from '../../pki/name-text.ts';
import { certifiedPaths, issuerPaths, leafProblem, pathProblems } from '../../pki/path.ts';
import type { PathSearch } from '../../pki/path.ts';
import type { Profile } from '../../pki/profiles.ts';
import { forUsages, OWN_SIGNING } from '../../pki/profiles.ts';
import type { CompiledTrust } from '../../trust/index.ts';
import { refuse } from '../problem.ts';

/** The part of a trust root that proves certificates of one's own authorities. */
export type AnchorTrust = Required<Pick<CompiledTrust, 'name' | 'anchors'>>;

/** A path that was proven: leaf first, anchor last. */
export type OwnPath = readonly [Certificate, ...Certificate[]];

/** Certificates on a path, leaf and anchor included. */
const LONGEST = 8;
/** Signatures of certificates verified in search of a path, each with a key that an anchor stands behind: honest chains need one for each. */
const MOST_ATTEMPTS = 48;
/** Paths that are looked at: only authorities that certify each other make many. */
const MOST_PATHS = 32;

/**
 * Every path from the leaf to an anchor of the root, by the profile of one's own authorities (RFC 5280, 6.1), shortest first.
 *
 * Established: each certificate is issued by the next, those above the leaf are authorities that permit a usage of it. Not
 * established: validity at any time, revocation, and whether the leaf itself fits a profile (`requireLeaf`). `between` is hostile:
 * what cannot be read is passed over, and no key of a stranger verifies anything. Refuses with VERIFY_CERTIFICATE_UNTRUSTED.
 */
export function provePaths(leaf: Certificate, between: readonly Uint8Array[], trust: AnchorTrust): readonly OwnPath[] {
  const carried = between.flatMap(readable);
  if (![...trust.anchors, ...carried].some((one) => namesIssuer(leaf, one)))
    untrusted(leaf, trust, 'its issuer is no authority of this root, and did not come along');
  let left = MOST_ATTEMPTS;
  const search = { anchors: trust.anchors, between: carried, longest: LONGEST, attempt: () => (left -= 1) >= 0 };
  const { paths, problems } = soundOf(certifiedPaths(leaf, search, OWN_SIGNING), leaf);
  if (paths.length === 0) untrusted(leaf, trust, problems.join('; ') || 'no path of issuers leads to an authority of this root');
  return paths;
}

/** What a search for paths came to: those that are sound, and why others are not. */
interface SoundPaths {
  readonly paths: readonly OwnPath[];
  readonly problems: readonly string[];
}

/**
 * The same, where whoever lists the anchors chose what is between as well. Anchors need not be self-signed, since it is they who are
 * trusted. Of the leaf nothing is looked at but the usages that authorities must permit. Never throws.
 */
export function searchPaths(leaf: Certificate, search: Omit<PathSearch, 'longest'>): SoundPaths {
  return soundOf(issuerPaths(leaf, { ...search, longest: LONGEST }, OWN_SIGNING), leaf);
}

function soundOf(found: Iterable<readonly Certificate[]>, leaf: Certificate): SoundPaths {
  const [paths, problems]: [OwnPath[], string[]] = [[], []];
  for (const [first, ...authorities] of found) {
    const problem = authorityProblem(authorities, leaf);
    if (problem !== undefined) problems.push(problem);
    else if (first !== undefined) paths.push([first, ...authorities]);
    if (paths.length + problems.length >= MOST_PATHS) break;
  }
  return { paths, problems };
}

/** Refuses a leaf that is an authority, may not sign or has critical extensions that nobody understands. */
export function requireLeaf(leaf: Certificate, profile: Profile): void {
  const problem = leafProblem(leaf, profile);
  if (problem === undefined) return;
  const [cause, expected] = ({
    'no-authority': ['the signing certificate is a certificate authority', 'a certificate that is no authority'],
    'may-sign': ['the certificate may not make signatures (key usage)', 'a certificate with key usage digitalSignature'],
    usage: ['the certificate is not for this purpose (extended key usage)', 'a certificate for signing'],
    understood: [
      `the certificate has an unknown critical extension ${problem.extension ?? ''}`, 'a certificate without critical extensions of others',
    ],
  } as const)[problem.rule];
  refuse('VERIFY_CERTIFICATE_PROFILE', { found: nameText(leaf.subject), expected, cause });
}

function authorityProblem(authorities: readonly Certificate[], leaf: Certificate): string | undefined {
  try {
    const profile = forUsages(OWN_SIGNING, extendedKeyUsage(leaf)?.usages ?? []);
    const [problem] = pathProblems(authorities, profile, { signedByThemselves: false });
    return problem === undefined ? undefined : `${nameText(authorities[problem.index]?.subject ?? new Uint8Array())} ${problem.problem}`;
  } catch (error) {
    if (error instanceof Malformed) return `a certificate of the path cannot be read: ${error.message}`;
    throw error;
  }
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
