/** Whoever speaks about some of the images that Tekton adds to every pod is told of those that are left out. */
import { TEKTON_IMAGES } from '../../domain/build/engine-images.ts';
import type { DraftPolicy } from '../compile/policy.ts';
import type { Steps } from '../steps.ts';

/** Reports the images of Tekton that are left out, once, at the first policy that enforces or warns about others of them; one a step. */
export function* lintEngineImageSteps(drafts: readonly DraftPolicy[]): Steps<void> {
  const heard = drafts.filter(({ policy: { kind, mode, usedAs, callers } }) =>
    kind === 'ClusterArtifactPolicy' && mode !== 'audit' && callers === undefined && (usedAs === undefined || usedAs.has('container')));
  const covers = ({ patterns, policy }: DraftPolicy, name: string): boolean =>
    patterns.some((pattern) => pattern.test({ kind: 'image', name })) && policy.except?.has({ kind: 'image', name }) !== true;
  const left = new Set(TEKTON_IMAGES);
  let first: DraftPolicy | undefined;
  for (const draft of heard) {
    const covered = TEKTON_IMAGES.filter(({ name }) => covers(draft, name));
    for (const image of covered) left.delete(image);
    if (covered.length > 0) first ??= draft;
    yield;
  }
  if (first === undefined || left.size === 0) return;
  const names = [...left].map(({ name, what }) => `${name} (${what})`).join(', ');
  first.report.advise(
    'engine-images-left-out',
    ['spec', 'artifacts'],
    `speaks about images of Tekton, but nothing speaks about ${names}: under "unmatched: deny" no pod of a run would be admitted; see policies/baseline/tekton.yaml`,
    'key',
  );
}
