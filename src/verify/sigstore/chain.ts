/** A certificate is traced to an authority of the root; a foreign one is refused before any signature of its chain is verified. */
import type { ProvenTime } from '../../domain/policy/identity.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { equal, namesIssuer } from '../../pki/certificate.ts';
import { nameText } from '../../pki/name-text.ts';
import { invalidAt, issuerPaths } from '../../pki/path.ts';
import { CODE_SIGNING } from '../../pki/profiles.ts';
import type { CompiledAuthority, CompiledTrust } from '../../trust/index.ts';
import { covers } from '../../trust/compiled-trust.ts';
import { identityText } from './identity.ts';
import type { Leaf } from './leaf.ts';
import { refuse } from '../problem.ts';

/** The part of a trust root that proves certificates. */
export type AuthorityTrust = Required<Pick<CompiledTrust, 'name' | 'authorities'>>;

/** The authorities that the certificate names as its issuer; cheap, so that a foreign certificate costs no signature check. */
export function namedAuthorities(leaf: Leaf, root: AuthorityTrust): readonly CompiledAuthority[] {
  const named = root.authorities.filter(({ issuer }) => namesIssuer(leaf.certificate, issuer));
  if (named.length === 0)
    refuse(
      'VERIFY_CERTIFICATE_UNTRUSTED',
      untrusted(leaf, root, `its issuer ${nameText(leaf.certificate.issuer)} is not an authority of this root`),
    );
  return named;
}

/**
 * Proves that the leaf was issued by one of these authorities, and returns that issuer; at which times the path was valid is
 * {@link requireValidity}'s.
 *
 * Paths above the issuer were verified when the root was compiled: one signature verification per distinct issuer. So it comes
 * before all that whoever made the evidence can make costly: a certificate that nobody issued costs one verification.
 */
export function proveIssuer(leaf: Leaf, authorities: readonly CompiledAuthority[], root: Pick<AuthorityTrust, 'name'>): Certificate {
  const distinct = [...new Map(authorities.map(({ issuer }) => [Buffer.from(issuer.spki).toString('hex'), issuer])).values()];
  // The authorities are the anchors: what is above them was verified when the root was compiled.
  const search = { anchors: distinct, between: [], longest: 2, attempt: () => true };
  const issuer = issuerPaths(leaf.certificate, search, CODE_SIGNING).next().value?.at(-1);
  if (issuer === undefined) refuse('VERIFY_CERTIFICATE_UNTRUSTED', untrusted(leaf, root, 'no authority of that name signed it'));
  return issuer;
}

/**
 * Demands that leaf, every certificate above it and the root's own window were valid at EVERY proven time (client-spec, 4.3;
 * RFC 5280, 6.1). `issuer` is who was proven to have issued the leaf, one of the authorities.
 */
export function requireValidity(
  leaf: Leaf,
  issuer: Certificate,
  authorities: readonly CompiledAuthority[],
  times: readonly ProvenTime[],
): void {
  const usable = authorities.filter((authority) => equal(authority.issuer.spki, issuer.spki));
  for (const time of times) requireValidAt(leaf, usable, time);
}

/** A moment as text: RFC 3339 in UTC. */
export function timeText(at: number): string {
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}

function requireValidAt(leaf: Leaf, authorities: readonly CompiledAuthority[], { at, source }: ProvenTime): void {
  const { certificate } = leaf;
  const moment = `${timeText(at)} (${source})`;
  if (invalidAt([certificate], at) !== undefined) {
    refuse('VERIFY_CERTIFICATE_EXPIRED', {
      found: `${moment} by ${identityText(leaf.identity)}`,
      expected: `a time from ${timeText(certificate.notBefore)} to ${timeText(certificate.notAfter)}`,
    });
  }
  const problems = authorities.map((authority) => authorityProblem(authority, at));
  if (problems.includes(undefined)) return;
  refuse('VERIFY_CERTIFICATE_EXPIRED', { found: moment, cause: problems.filter((problem) => problem !== undefined).join('; ') });
}

function authorityProblem({ path, window }: CompiledAuthority, at: number): string | undefined {
  if (!covers(window, at)) return `the trust root trusts this authority from ${timeText(window.start)} to ${windowEnd(window.end)}`;
  const expired = invalidAt(path, at);
  return (
    expired &&
    `the certificate of ${nameText(expired.subject)} is valid from ${timeText(expired.notBefore)} to ${timeText(expired.notAfter)}`
  );
}

function windowEnd(end: number): string {
  return end === Infinity ? 'now' : timeText(end);
}

function untrusted(leaf: Leaf, root: Pick<AuthorityTrust, 'name'>, cause: string): { found: string; expected: string; cause: string } {
  return { found: identityText(leaf.identity), expected: `a certificate issued under trust root ${root.name}`, cause };
}
