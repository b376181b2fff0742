/** A root certificate that comes with the evidence is tolerated only where the trust root lists it too. */
import type { TrustMaterial } from '../../domain/evidence.ts';
import type { Parsed } from '../problem.ts';
import type { ProofTools } from '../proof.ts';

/**
 * The trust material under which a bundle may be verified that brings root certificates along: without those trust roots
 * that do not list every one of them, byte for byte.
 *
 * Nothing is ever proven with a root out of a bundle. A foreign one is refused, because it is there to be trusted
 * (conformance `bundle-with-root-cert_fail`); the trust root's own is harmless, and npm served it in every bundle until 2023.
 */
export function trustThatLists(
  carried: readonly Uint8Array[],
  trust: TrustMaterial,
  tools: Pick<ProofTools, 'lists'>,
): Parsed<TrustMaterial> {
  if (carried.length === 0 || trust.roots.length === 0) return { ok: true, value: trust };
  const roots = trust.roots.filter((root) => root.unusable !== undefined || carried.every((der) => tools.lists(der, root)));
  if (roots.length > 0) return { ok: true, value: { ...trust, roots } };
  return {
    ok: false,
    problem: {
      code: 'VERIFY_MALFORMED',
      cause: 'the certificate chain contains a foreign root certificate',
      found: 'a root certificate',
      expected: 'the leaf and intermediates: roots come from the trust root',
    },
  };
}
