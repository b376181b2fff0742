/** The one check of certification paths: from a leaf issuer by issuer to an anchor, by a profile (RFC 5280, 6.1). */
import type { Certificate } from './certificate.ts';
import { namesIssuer } from './certificate.ts';
import { basicConstraints, EXTENSION, extendedKeyUsage, keyUsage, unknownCritical } from './extensions.ts';
import { isKnownIssuedBy } from './kept-certificates.ts';
import type { LeafRule, Profile } from './profiles.ts';
import { USAGE } from './profiles.ts';

/** Where to look for issuers, and how long. Nothing about the certificates is established. */
export interface PathSearch {
  /** Where a path may end. */
  readonly anchors: readonly Certificate[];
  /** Authorities that may stand between; none when the leaf must be issued by an anchor itself. */
  readonly between: readonly Certificate[];
  /** The most certificates on a path, leaf and anchor included. */
  readonly longest: number;
  /** Asked before the signature of a certificate is verified with the key of one that it names; false: it is not verified. */
  readonly attempt: () => boolean;
}

/** A reason why a path is none, and which of its certificates it is about, counted from the front. */
export interface PathProblem {
  readonly index: number;
  readonly problem: string;
}

/** The stretch of time, in epoch milliseconds and both ends included, in which every certificate of a path is valid. */
export interface PathValidity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The rule that a leaf breaks; of critical extensions also which one. */
export type LeafProblem = { readonly rule: LeafRule['rule']; readonly extension?: string };

/** Steps from a certificate to one that is known to have issued it, in all paths together: authorities that certify each other make many. */
const MOST_STEPS = 1000;

/**
 * Every path from the leaf to an anchor, each with leaf and anchor, shortest first from every certificate on.
 *
 * Established: each certificate is issued by the next, by name, key identifiers and signature, with an algorithm of the
 * profile. Not established: that the issuers are authorities (`authorityProblems`), and anything about times. Lazy, so
 * that whoever needs one path pays for no other; what it costs is bounded by `attempt` and `longest`.
 */
export function* issuerPaths(leaf: Certificate, search: PathSearch, profile: Profile): Generator<readonly Certificate[], undefined> {
  yield* extend([leaf], search, (one, top) => namesIssuer(top, one) && search.attempt() && issues(one, top, profile));
}

/**
 * The same paths where strangers chose what is between, and cannot decide what it costs: walked from the anchors down. A signature is
 * verified with the key of an anchor, or of what an anchor's key has certified, and with no other; so fakes hide nothing that was
 * certified, and each costs one verification at most.
 */
export function* certifiedPaths(leaf: Certificate, search: PathSearch, profile: Profile): Generator<readonly Certificate[], undefined> {
  const issuers = new Map<Certificate, Set<Certificate>>();
  const certify = (issuer: Certificate, one: Certificate): boolean => {
    if (one === issuer || !namesIssuer(one, issuer) || !search.attempt() || !issues(issuer, one, profile)) return false;
    issuers.set(one, (issuers.get(one) ?? new Set<Certificate>()).add(issuer));
    return true;
  };
  const known = new Set<Certificate>();
  let level = search.anchors;
  for (let depth = 2; depth < search.longest && level.length > 0; depth += 1) {
    const below = level.flatMap((issuer) => search.between.filter((one) => certify(issuer, one)));
    level = [...new Set(below)].filter((one) => !known.has(one));
    for (const one of level) known.add(one);
  }
  for (const issuer of [...search.anchors, ...known]) certify(issuer, leaf);
  let steps = MOST_STEPS;
  yield* extend([leaf], { ...search, between: [...known] }, (one, top) => issuers.get(top)?.has(one) === true && (steps -= 1) >= 0);
}

/**
 * Every path from the leaf to a self-signed anchor whose authorities fit the profile. The leaf's own profile is
 * `leafProblem`'s, times are `validityOf`'s. Throws `Malformed` when an extension of an authority on a path cannot be read.
 */
export function soundPaths(leaf: Certificate, search: PathSearch, profile: Profile): readonly (readonly Certificate[])[] {
  const found = [...certifiedPaths(leaf, search, profile)];
  return found.filter(([, ...authorities]) => {
    const anchor = authorities.at(-1);
    return anchor !== undefined && authorityProblems(authorities, profile).length === 0 && issues(anchor, anchor, profile);
  });
}

/**
 * Every reason why these certificates, issuer first and self-signed root last, are no path of authorities of the
 * profile. Times are not looked at; without `signedByThemselves` nor is who issued them. Throws `Malformed` when an extension
 * cannot be read.
 */
export function pathProblems(
  path: readonly Certificate[], profile: Profile, { signedByThemselves = true }: { readonly signedByThemselves?: boolean } = {},
): readonly PathProblem[] {
  if (!signedByThemselves) return authorityProblems(path, profile);
  const unissued = path.flatMap((certificate, index): PathProblem[] => {
    const issuer = path[index + 1] ?? certificate;
    if (issues(issuer, certificate, profile)) return [];
    const problem = issuer === certificate
      ? 'is not self-signed: give the chain up to its root'
      : 'is not issued by the next certificate: give the chain in order, issuer first and root last';
    return [{ index, problem }];
  });
  return [...authorityProblems(path, profile), ...unissued];
}

/** The first rule of the profile that the leaf breaks; `undefined` when it fits. Throws `Malformed`. Who issued it is not looked at. */
export function leafProblem(leaf: Certificate, profile: Profile): LeafProblem | undefined {
  for (const rule of profile.leaf) {
    if (rule.rule === 'understood') {
      const [extension] = unknownCritical(leaf, profile.understood);
      if (extension !== undefined) return { rule: rule.rule, extension };
    } else if (!fits(leaf, rule)) return { rule: rule.rule };
  }
  return undefined;
}

/** When all certificates of a path are valid: possibly never, then `notAfter` lies before `notBefore`. */
export function validityOf(path: readonly Certificate[]): PathValidity {
  return { notBefore: Math.max(...path.map(({ notBefore }) => notBefore)), notAfter: Math.min(...path.map(({ notAfter }) => notAfter)) };
}

/** The first certificate of a path that is not valid at the moment (epoch milliseconds); `undefined` when all are. */
export function invalidAt(path: readonly Certificate[], at: number): Certificate | undefined {
  return path.find(({ notBefore, notAfter }) => !(notBefore <= at && at <= notAfter));
}

function* extend(
  path: readonly Certificate[], search: PathSearch, isIssuer: (one: Certificate, of: Certificate) => boolean,
): Generator<readonly Certificate[], undefined> {
  const top = path.at(-1);
  if (top === undefined) return;
  for (const anchor of search.anchors) if (isIssuer(anchor, top)) yield [...path, anchor];
  if (path.length >= search.longest - 1) return;
  for (const next of search.between) {
    if (!path.includes(next) && isIssuer(next, top)) yield* extend([...path, next], search, isIssuer);
  }
}

function issues(issuer: Certificate, certificate: Certificate, { signatures }: Profile): boolean {
  return signatures.has(certificate.signatureAlgorithm) && isKnownIssuedBy(certificate, issuer);
}

function fits(leaf: Certificate, rule: Exclude<LeafRule, { readonly rule: 'understood' }>): boolean {
  switch (rule.rule) {
    case 'no-authority':
      return !basicConstraints(leaf).ca;
    case 'may-sign':
      return keyUsage(leaf)?.digitalSignature ?? !rule.stated;
    case 'usage': {
      const { critical, usages } = extendedKeyUsage(leaf) ?? { critical: false, usages: [] };
      return usages.includes(rule.usage) && (!rule.alone || (critical && usages.length === 1));
    }
  }
}

/** Whether these are authorities that may stand above each other, for one and the same usage; who issued them is not looked at. */
function authorityProblems(path: readonly Certificate[], profile: Profile): readonly PathProblem[] {
  const byUsage = profile.usages.map((usage) => path.flatMap((certificate, index) => {
    const problems = authorityProblem(certificate, { below: index, usage, profile });
    return problems.map((problem) => ({ index, problem }));
  }));
  return byUsage.find((problems) => problems.length === 0) ?? byUsage[0] ?? [{ index: 0, problem: 'the profile names no usage' }];
}

/** Name constraints are refused: they are not implemented, and ignoring them would widen what the authority may certify. */
function authorityProblem(
  certificate: Certificate,
  { below, usage, profile }: { readonly below: number; readonly usage: string; readonly profile: Profile },
): string[] {
  const problems: string[] = [];
  const { ca, pathLength } = basicConstraints(certificate);
  if (!ca) problems.push('is not a certificate authority (basic constraints)');
  if (pathLength !== undefined && pathLength < below) problems.push(`permits ${pathLength} authorities below it, has ${below}`);
  if (keyUsage(certificate)?.certSign === false) problems.push('may not sign certificates (key usage)');
  const usages = extendedKeyUsage(certificate)?.usages;
  if (usages !== undefined && !usages.includes(usage) && !usages.includes(USAGE.any))
    problems.push('may not issue for this purpose (extended key usage)');
  if (certificate.extensions.has(EXTENSION.nameConstraints)) problems.push('carries name constraints, which are not supported');
  const unknown = unknownCritical(certificate, profile.understood).filter((oid) => oid !== EXTENSION.nameConstraints);
  return [...problems, ...unknown.map((oid) => `has an unknown critical extension ${oid}`)];
}
