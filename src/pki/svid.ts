/** What makes a certificate the X.509-SVID of a workload, and its authorities those of a trust domain (SPIFFE X509-SVID, 3 to 5). */
import { bad, good } from '../text/result.ts';
import type { Result } from '../text/result.ts';
import { parseSpiffeId } from '../text/names/spiffe-id.ts';
import type { SpiffeId } from '../text/names/spiffe-id.ts';
import type { Certificate } from './certificate.ts';
import { readAlternativeNames } from './distinguished-name.ts';
import { basicConstraints, keyUsage } from './extensions.ts';
import { readSpiffeId } from './spiffe-id.ts';

/** The ID of a workload, whole and in its parts. */
export type WorkloadId = SpiffeId & { readonly id: string };

/**
 * Reads the ID of a leaf: exactly one URI, with a path; no authority; key usage is there and lets it sign neither certificates nor
 * revocation lists. Whose trust domain it is, and who issued it, is not looked at. Throws `Malformed`.
 */
export function readSvid(leaf: Pick<Certificate, 'extensions'>): Result<WorkloadId> {
  const id = readSpiffeId(leaf);
  if (!id.ok) return bad(id.problem);
  if (id.value.path === '') return bad('it names a trust domain, not a workload');
  if (basicConstraints(leaf).ca) return bad('it is a certificate authority');
  const usage = keyUsage(leaf);
  if (usage === undefined) return bad('key usage is missing');
  if (usage.certSign || usage.crlSign) return bad('its key usage lets it sign certificates or revocation lists');
  return good(id.value);
}

/**
 * Why a certificate may not be an authority of a trust domain: a SPIFFE ID that it has is that of this domain, without a path. One
 * without any is an authority from before (X509-SVID, 3.2). `undefined` when it may. Throws `Malformed`.
 */
export function authorityIdProblem(authority: Pick<Certificate, 'extensions'>, trustDomain: string): string | undefined {
  const uris = readAlternativeNames(authority).filter(({ type, value }) => type === 'uri' && /^spiffe:/i.test(value));
  const other = uris.find(({ value }) => {
    const id = parseSpiffeId(value);
    return id === undefined || id.trustDomain !== trustDomain || id.path !== '';
  });
  return other === undefined
    ? undefined
    : `has the URI ${JSON.stringify(other.value.slice(0, 200))}, an authority of ${trustDomain} may only have spiffe://${trustDomain}`;
}
