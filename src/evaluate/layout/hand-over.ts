import type { Digest } from '../../domain/digest.ts';
import type { ArtifactSet } from '../../domain/layout.ts';
import type { LayoutProblem } from './result.ts';
import { few } from './result.ts';
import type { StatementLink } from './statement-link.ts';

/** What lies on the table after these steps: the products of the last one that made any; scans and tests hand on what they saw. */
export function outputsOf(links: readonly StatementLink[]): ArtifactSet {
  return links.findLast(({ transforms }) => transforms)?.products ?? links.at(-1)?.materials ?? new Map();
}

/** A hand-over from one step to the next. */
export interface HandOver {
  readonly before: string;
  readonly step: string;
  readonly outputs: ArtifactSet;
}

/**
 * Why the step did not work on what the one before it put out; `undefined` when it did: at least one output is, by
 * digest, among its materials, and no output is there under the same name with another digest (the rule of witness'
 * `artifactsFrom`).
 */
export function chainProblem({ before, step, outputs }: HandOver, link: StatementLink): LayoutProblem | undefined {
  for (const [name, digests] of outputs) {
    const used = link.materials.get(name);
    if (used !== undefined && !sameContent(digests, used)) return { kind: 'chain', step, artifact: name, expected: `${digests} as step ${before} put it out`, found: used };
  }
  const used = [...link.materials.values()];
  if ([...outputs.values()].some((digests) => used.some((other) => sameContent(digests, other)))) return undefined;
  return { kind: 'chain', step, expected: `a material that step ${before} put out: ${shown(outputs)}`, found: shown(link.materials) };
}

/** Why the artifact is not what came out in the end; empty when it is. */
export function outputsProblem(outputs: ArtifactSet, artifact: Digest): readonly LayoutProblem[] {
  if ([...outputs.values()].some((digests) => digests.split(',').includes(artifact))) return [];
  return [{ kind: 'artifact', artifact, expected: `${artifact} put out by the last step`, found: shown(outputs) }];
}

/** Algorithms whose equality means that the content is the same; a commit id is one, md5 and sha1 are not. */
const STRONG = new Set(['sha256', 'sha384', 'sha512', 'sha3_256', 'sha3_512', 'blake2b', 'gitCommit', 'gitTree', 'gitTag', 'gitBlob', 'dirHash']);

/** One strong algorithm says equal, and none says different. */
function sameContent(a: string, b: string): boolean {
  const other = new Map(b.split(',').map(split));
  let equal = false;
  for (const [algorithm, value] of a.split(',').map(split)) {
    const found = other.get(algorithm);
    if (found === undefined || !STRONG.has(algorithm)) continue;
    if (found !== value) return false;
    equal = true;
  }
  return equal;
}

function split(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function shown(artifacts: ArtifactSet): string {
  return few([...artifacts].map(([name, digests]) => (name === digests ? digests : `${name} ${digests}`)), 3);
}
