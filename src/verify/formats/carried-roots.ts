import { field, isObject } from '../../text/json/fields.ts';
import type { SigstoreRoot, TrustMaterial } from '../../domain/evidence.ts';
import { decodeBase64 } from '../../text/base64.ts';
import type { Parsed } from '../problem.ts';

/**
 * The trust material under which a bundle may be verified that brings root certificates along: without those trust roots
 * that do not list every one of them, byte for byte.
 *
 * Nothing is ever proven with a root out of a bundle. A foreign one is refused, because it is there to be trusted
 * (conformance `bundle-with-root-cert_fail`); the trust root's own is harmless, and npm served it in every bundle until 2023.
 */
export function trustThatLists(carried: readonly Uint8Array[], trust: TrustMaterial): Parsed<TrustMaterial> {
  if (carried.length === 0 || trust.roots.length === 0) return { ok: true, value: trust };
  const roots = trust.roots.filter((root) => root.unusable !== undefined || carried.every((der) => lists(root, der)));
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

function lists({ trustedRoot }: SigstoreRoot, der: Uint8Array): boolean {
  const authorities = isObject(trustedRoot) ? items(field(trustedRoot, 'certificateAuthorities')) : [];
  return authorities.some((authority) => chainOf(authority).some((text) => {
    const own = typeof text === 'string' ? decodeBase64(text) : undefined;
    return own !== undefined && Buffer.compare(own, der) === 0;
  }));
}

function chainOf(authority: unknown): readonly unknown[] {
  const chain = isObject(authority) ? field(authority, 'certChain') : undefined;
  return isObject(chain)
    ? items(field(chain, 'certificates')).map((certificate) => (isObject(certificate) ? field(certificate, 'rawBytes') : undefined))
    : [];
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
