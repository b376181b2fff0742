/** Images that an artifact was built with, and the question whether they would be admitted themselves. */
import type { Digest } from './digest.ts';
import type { Finding } from '../decision/finding.ts';
import type { Mode } from '../policy/policy.ts';

/** An image that an artifact was built with, as verified provenance of a trusted signer names it. */
export interface ImageDependency {
  /** Canonical, as in an artifact: `ghcr.io/acme/base`. */
  readonly name: string;
  readonly digest: Digest;
  readonly tag?: string;
  /** As the provenance writes it, for messages. */
  readonly raw: string;
}

/** The question whether such an image is admitted itself. */
export interface DependencyQuestion {
  readonly image: ImageDependency;
  /** Mode of the policy that asks: policies of a milder mode have no say, so that they never deny by a detour. */
  readonly mode: Mode;
  /** True when a policy of a namespace asks: then policies of the namespace may speak for the image alone. */
  readonly namespaced: boolean;
}

/** What the policies for the image say of it, as something that is built with. */
export type DependencyAnswer =
  | { readonly kind: 'admitted' }
  /** No policy speaks about it; what that means is for the requirement to say. */
  | { readonly kind: 'unmatched'; readonly nearest: readonly string[] }
  /** Some requirement of some policy is violated or could not be judged. */
  | { readonly kind: 'refused'; readonly finding: Finding }
  /** Too many images, too deep, or in a circle. */
  | { readonly kind: 'limit'; readonly cause: string };
