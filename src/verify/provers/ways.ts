/** Each path of a certificate is a way to prove it: which of them counts is for whoever knows the present, and who is revoked. */
import type { CertificateRevocation, RevocationLead } from '../../domain/certificate-status.ts';
import type { PathCertificate, ProvenTime } from '../../domain/policy/identity.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { isIssuedBy, namesIssuer, serialText } from '../../pki/certificate.ts';
import { basicConstraints, extendedKeyUsage } from '../../pki/extensions.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { nameText } from '../../pki/name-text.ts';
import { invalidAt, validityOf } from '../../pki/path.ts';
import type { PathValidity } from '../../pki/path.ts';
import { USAGE } from '../../pki/profiles.ts';
import { revocationPoints } from '../../pki/revocation/points.ts';
import { fingerprintsOf } from '../../pki/signatures/fingerprint.ts';
import { rememberedForBoth } from '../../text/once.ts';
import { refuse } from '../problem.ts';
import { timeText } from '../sigstore/chain.ts';
import type { OwnPath } from './own-path.ts';

/** A path, and when all of it is valid. */
export interface Way {
  readonly path: OwnPath;
  readonly validity: PathValidity;
  /** The path, and beyond it the anchors above its own: whoever lists an authority beside its root has it asked whether it is revoked. */
  readonly whole: OwnPath;
}

/** Ways that are told apart: honest certificates have one, those of authorities that were renewed or cross-signed two. */
const MOST_WAYS = 4;

/**
 * The ways that were valid at every proven time, the one that lasts longest first. Of those that differ in nothing that is judged later
 * on, one. Refuses with VERIFY_CERTIFICATE_EXPIRED when there is none.
 */
export function waysOf(
  paths: readonly OwnPath[], times: readonly ProvenTime[], anchors: readonly Certificate[],
): readonly [Way, ...Way[]] {
  const good = paths.filter((path) => times.every(({ at }) => invalidAt(path, at) === undefined))
    .map((path): Way => ({ path, validity: validityOf(path), whole: continued(path, anchors) }))
    .toSorted((a, b) => b.validity.notAfter - a.validity.notAfter || a.validity.notBefore - b.validity.notBefore);
  const told: Way[] = [];
  for (const way of good) if (told.length < MOST_WAYS && !told.some((other) => covers(other, way))) told.push(way);
  const [first, ...others] = told;
  return first === undefined ? refuseExpired(paths, times) : [first, ...others];
}

function refuseExpired(paths: readonly OwnPath[], times: readonly ProvenTime[]): never {
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

/** The first lasts as long as the other, begins no later, and has the same certificates and usages. */
function covers(first: Way, other: Way): boolean {
  return first.validity.notBefore <= other.validity.notBefore && judged(first) === judged(other);
}

function judged({ path, whole }: Way): string {
  return JSON.stringify([whole.slice(0, -1).map(({ der }) => Buffer.from(der).toString('base64')), permittedUsages(path)]);
}

/** Of each anchor of a root, which other one issued it; known as long as the root is. */
const ISSUERS = new WeakMap<readonly Certificate[], Map<Certificate, Certificate | undefined>>();

function continued(path: OwnPath, anchors: readonly Certificate[]): OwnPath {
  const issuers = ISSUERS.get(anchors) ?? new Map<Certificate, Certificate | undefined>();
  ISSUERS.set(anchors, issuers);
  const [leaf, ...above] = path;
  for (let top = above.at(-1); top !== undefined && above.length <= anchors.length + path.length;) {
    const known = issuers.has(top) ? issuers.get(top) : issuerAmong(top, anchors);
    issuers.set(top, known);
    if (known !== undefined) above.push(known);
    top = known;
  }
  return [leaf, ...above];
}

/** Of one that names itself as its issuer nobody above says anything. */
function issuerAmong(anchor: Certificate, anchors: readonly Certificate[]): Certificate | undefined {
  return namesIssuer(anchor, anchor) ? undefined : anchors.find((one) => isIssuedBy(anchor, one));
}

/**
 * The certificates of a path below its anchor, as those who revoke them name them; with what asking about them takes where the trust
 * root has it asked.
 */
export function pathCertificates(path: OwnPath, revocation?: CertificateRevocation): readonly PathCertificate[] {
  return path.slice(0, -1).flatMap((certificate, index): PathCertificate[] => {
    const issuer = path[index + 1];
    if (issuer === undefined) return [];
    const named = namedBy(certificate, issuer);
    return [revocation === undefined ? named : { ...named, revocation: revocationLead(certificate, issuer) }];
  });
}

/** As its issuer names a certificate. */
const namedBy = rememberedForBoth((certificate: Certificate, issuer: Certificate) => ({
  fingerprints: fingerprintsOf(certificate, issuer), serial: serialText(certificate), issuerKeyId: keyIdOf(issuer.spki),
}));

const revocationLead = rememberedForBoth((certificate: Certificate, issuer: Certificate): RevocationLead => {
  const [issuedBy, number] = [Buffer.from(issuer.der).toString('base64'), Buffer.from(certificate.serial).toString('hex')];
  const { ca } = basicConstraints(certificate);
  return { issuer: issuedBy, number, ...(ca ? { isAuthority: true } : {}), ...revocationPoints(certificate) };
});

/** The usages of a leaf that every authority above it may issue for; `undefined` when nothing restricts them. */
export function permittedUsages([leaf, ...authorities]: OwnPath): readonly string[] | undefined {
  return authorities.reduce<readonly string[] | undefined>((left, authority) => {
    const usages = extendedKeyUsage(authority)?.usages;
    return usages === undefined || usages.includes(USAGE.any) ? left : left?.filter((usage) => usages.includes(usage));
  }, extendedKeyUsage(leaf)?.usages);
}
