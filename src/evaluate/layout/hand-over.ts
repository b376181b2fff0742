/** Steps form a chain when each used, by digest, what the steps before it put out or looked at. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { ArtifactSet } from '../../domain/policy/layout.ts';
import type { LayoutProblem } from './result.ts';
import { few } from './result.ts';
import type { StatementLink } from './statement-link.ts';

/** A step that was chosen a statement for. */
export interface ChosenStep {
  readonly step: string;
  readonly link: StatementLink;
}

/** Something that has to be used by what comes next: what a step put out, or what a test, review or scan was about. */
export interface Pending {
  readonly step: string;
  readonly made: boolean;
  readonly artifacts: ArtifactSet;
}

/** What waits to be used after these steps: what the last one that made anything put out, and what every one since then looked at. */
export function pendingAfter(chosen: readonly ChosenStep[]): readonly Pending[] {
  const start = Math.max(
    0,
    chosen.findLastIndex(({ link }) => link.transforms),
  );
  return chosen
    .slice(start)
    .map(({ step, link }) => ({ step, made: link.transforms, artifacts: link.transforms ? link.products : link.materials }));
}

/**
 * Why the step does not continue the chain; `undefined` when it does.
 *
 * A step that makes something used, by digest, at least one thing of each that is pending: an output of the step before
 * it, and something of every test, review and scan in between, so that none of these counts that was about something
 * else. A step that looks at something looked at what was put out, if anything was. Nothing is there under the same name
 * with another digest (the rule of witness' `artifactsFrom`).
 */
export function chainProblem(pending: readonly Pending[], { step, link }: ChosenStep): LayoutProblem | undefined {
  for (const one of pending) {
    const problem = link.transforms || one.made ? handOver(one, step, link) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function handOver({ step: before, made, artifacts }: Pending, step: string, { materials }: StatementLink): LayoutProblem | undefined {
  for (const [name, digests] of artifacts) {
    const used = materials.get(name);
    if (used !== undefined && !sameContent(comparable(name, digests), comparable(name, used))) {
      return {
        kind: 'chain',
        step,
        artifact: name,
        expected: `${digests} as step ${before} ${made ? 'put it out' : 'saw it'}`,
        found: used,
      };
    }
  }
  const used = [...materials].map(([name, digests]) => comparable(name, digests));
  if ([...artifacts].some(([name, digests]) => used.some((other) => sameContent(comparable(name, digests), other)))) return undefined;
  return {
    kind: 'chain',
    step,
    expected: `a material that step ${before} ${made ? 'put out' : 'was about'}: ${shown(artifacts)}`,
    found: shown(materials),
  };
}

/** Why the artifact is not what came out in the end, and was looked at by every step after that; empty when it is. */
export function outputsProblem(pending: readonly Pending[], artifact: Digest): readonly LayoutProblem[] {
  const other = pending.find(({ artifacts }) => ![...artifacts.values()].some((digests) => digests.split(',').includes(artifact)));
  if (other === undefined && pending.length > 0) return [];
  const { step = '', made = true, artifacts = new Map<string, string>() } = other ?? {};
  return [
    {
      kind: 'artifact',
      artifact,
      step,
      expected: made ? `${artifact} put out by the last step` : `a statement about ${artifact}`,
      found: shown(artifacts),
    },
  ];
}

/** Algorithms whose equality means that the content is the same; a commit id is one, md5 and sha1 are not. */
const STRONG = new Set([
  'sha256',
  'sha384',
  'sha512',
  'sha3_256',
  'sha3_512',
  'blake2b',
  'gitCommit',
  'gitTree',
  'gitTag',
  'gitBlob',
  'dirHash',
]);

type Digests = readonly (readonly [string, string])[];

/** The digests that are compared; older provenance writes the commit of a `git+` URI under `sha1`. */
function comparable(name: string, text: string): Digests {
  const digests = text.split(',').map(split);
  const isGit = name.startsWith('git+') && !digests.some(([algorithm]) => algorithm === 'gitCommit');
  return digests.map(
    ([algorithm, value]) => [isGit && algorithm === 'sha1' && COMMIT.test(value) ? 'gitCommit' : algorithm, value] as const,
  );
}

const COMMIT = /^[0-9a-f]{40}$/;

/** One strong algorithm says equal, and none says different. */
function sameContent(a: Digests, b: Digests): boolean {
  const other = new Map(b);
  let equal = false;
  for (const [algorithm, value] of a) {
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
