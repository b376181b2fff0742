/** A mistake that people make, what is printed when they do, and what the text has to say. */
import type { ArtifactRef } from '../../../src/domain/artifact/artifact.ts';
import { DIGEST, judge, NAME } from '../../acceptance/fixes/support.ts';
import type { Situation } from '../../acceptance/fixes/support.ts';
import type { FixWorld } from '../../acceptance/fixes/fetch-world.ts';
import type { Marks } from './score.ts';

/** One row of the table. */
export interface Mistake extends Marks {
  /** Its number in the table of mistakes. */
  readonly row: string;
  readonly mistake: string;
  /** Makes the mistake, and gives what is printed. */
  readonly says: (world: FixWorld) => Promise<string>;
}

/** Something that is no mistake, though it is thought to be one. */
export interface NoMistake {
  readonly row: string;
  readonly mistake: string;
  readonly admitted: (world: FixWorld) => Promise<{ readonly allowed: boolean; readonly text: string }>;
}

/** Mistakes of one kind. */
export interface MistakeGroup {
  readonly title: string;
  readonly rows: readonly (Mistake | NoMistake)[];
  /** Ends what its rows have started. */
  readonly close?: () => Promise<void>;
}

/** A pod of image NAME that the engine judges over evidence in memory, as kubectl shows the answer. */
export function denial(situation: Situation & { readonly artifact?: Partial<ArtifactRef> }): () => Promise<string> {
  return async () => (await judge({ ...situation, artifact: { raw: `${NAME}@${DIGEST}`, ...situation.artifact } })).text;
}

/** Marks of a pod whose image the policy `p` of `denial` speaks about. */
export const OF_POD = { artifact: `${NAME}@${DIGEST}`, path: 'spec.containers[0].image', policy: 'policy p / r' } as const;
/** Marks of a file of policies. */
export const OF_FILE = {
  artifact: { none: 'a policy file speaks of no artifact yet' }, policy: { none: 'the file is what defines policies, and is named' },
} as const;
/** Marks of what stands before any policy. */
export const BEFORE_POLICY = { policy: { none: 'it happens before any policy is asked' } } as const;
