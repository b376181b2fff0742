/** Images that an engine adds to every pod of its own, and that no policy which is heard speaks about: told ahead of time. */
import { TEKTON_IMAGES } from '../domain/build/engine-images.ts';
import type { EngineImage } from '../domain/build/engine-images.ts';
import type { CompiledPolicy, PolicySet } from '../domain/policy/policy.ts';
import { makesMatched } from './select.ts';

/** Those of Tekton; under `unmatched: deny` no pod of a run would be admitted because of them. */
export function uncoveredTektonImages(set: Pick<PolicySet, 'candidates'>): readonly EngineImage[] {
  return TEKTON_IMAGES.filter(({ name }) => {
    const ref = { kind: 'image', name } as const;
    const speaks = (policy: CompiledPolicy): boolean =>
      makesMatched(policy) && policy.callers === undefined && policy.except?.has(ref) !== true;
    return !set.candidates(ref, '').some(speaks);
  });
}

/** A line for people about each of them. */
export function engineImageNote({ name, what }: EngineImage): string {
  return `no policy speaks about ${name} (${what}); before "unmatched: deny" enforce policies/baseline/tekton.yaml`;
}
