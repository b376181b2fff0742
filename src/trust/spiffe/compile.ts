/** The authorities of one SPIFFE trust domain, ready to prove its workloads and nobody else's. */
import type { SpiffeRoot } from '../../domain/policy/trust-root.ts';
import { compileAnchors } from '../anchors.ts';
import type { CompiledTrust } from '../compiled-trust.ts';
import { compileDating } from '../sigstore/dating-part.ts';

/** A compiled root of kind spiffe. */
export type CompiledSpiffe = CompiledTrust & Required<Pick<CompiledTrust, 'anchors'>> & {
  readonly trustDomain: string;
};

/** Makes a trust domain ready. Throws an `Error` when its content is not valid. */
export function compileSpiffeRoot({ name, id, trustDomain, anchors, dating }: SpiffeRoot): CompiledSpiffe {
  return { name, id, trustDomain, anchors: compileAnchors(anchors), ...compileDating(name, dating) };
}
