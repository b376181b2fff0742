/** Authorities of one's own: anchors parsed, and whatever dates signatures under them. */
import type { X509Root } from '../../domain/policy/trust-root.ts';
import { compileAnchors } from '../anchors.ts';
import type { CompiledTrust } from '../compiled-trust.ts';
import { compileDating } from '../sigstore/dating-part.ts';

/** A compiled root of kind x509. */
export type CompiledX509 = CompiledTrust & Required<Pick<CompiledTrust, 'anchors'>>;

/** Makes a root of one's own authorities ready. Throws an `Error` when its content is not valid. */
export function compileX509Root({ name, id, anchors, dating, revocation }: X509Root): CompiledX509 {
  return {
    name, id, anchors: compileAnchors(anchors), ...compileDating(name, dating), ...(revocation === undefined ? {} : { revocation }),
  };
}
