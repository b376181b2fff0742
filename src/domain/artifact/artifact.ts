/** What is to be admitted: first as it was asked for, then with the digest that is judged. */
import type { EvidenceProblem, UnverifiedEvidence } from '../evidence.ts';
import type { Digest } from './digest.ts';
import type { Revision } from './revision.ts';

/** What sort of thing is to be admitted. */
export type ArtifactKind = 'image' | 'package' | 'git' | 'blob' | 'definition';

/** What the artifact is used as in the request; policies narrow themselves to some of these with `usedAs`. */
export type Usage = 'container' | 'buildStep' | 'baseImage' | 'dependency' | 'source' | 'publish' | 'definition' | 'sidecarStop';

export const USAGES: readonly Usage[] = [
  'container', 'buildStep', 'baseImage', 'dependency', 'source', 'publish', 'definition', 'sidecarStop',
];

/**
 * An artifact as somebody asked for it: named, perhaps tagged, not yet resolved.
 *
 * `name` is canonical (`docker.io/library/nginx` for `nginx`) and carries neither tag nor digest; `raw` is
 * the text as written and is for messages only. A tag is a wish, not an identity: see {@link Artifact}.
 */
export interface ArtifactRef {
  readonly kind: ArtifactKind;
  readonly usage: Usage;
  /** JSON path in the object under review, for example `spec.initContainers[0].image`. */
  readonly path: string;
  readonly raw: string;
  readonly name: string;
  readonly tag?: string;
  /** The digest written in the reference; when present it alone decides what is judged. */
  readonly digest?: Digest | Revision;
  /** What holds it, as people say it, for messages: the container `web`, in a build `step build` or `sidecar docker`. */
  readonly holder?: string;
  /** Evidence that whoever asks has brought along: hostile bytes like any other, and looked at beside what is found. */
  readonly presented?: Presented;
  /** Name of the task that it is in, for messages. */
  readonly task?: string;
  /** It stood in the object before, and is judged since the object claims to be verified as a whole. */
  readonly unchanged?: true;
}

/** Evidence that came with a question, and what of it could not be read. */
export interface Presented {
  readonly evidence: readonly UnverifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
  /** Over all of it: whoever brings something else asks something else. */
  readonly digest: string;
}

/** An artifact whose digest is known: written in the reference, or resolved once for this decision. */
export interface Artifact extends ArtifactRef {
  readonly digest: Digest | Revision;
  /** True when the digest came from resolving the tag, which the kubelet will do again on its own. */
  readonly resolvedFromTag: boolean;
}

/** Splits a canonical image name into registry host (with port) and repository path. */
export function splitName(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf('/');
  return slash < 0 ? { host: name, path: '' } : { host: name.slice(0, slash), path: name.slice(slash + 1) };
}
