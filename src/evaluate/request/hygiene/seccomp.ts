/** System calls that containers may make: a profile in words, as level restricted has it; and none that is called off, at every level. */
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { SecuritySettings } from '../../../domain/build/task.ts';
import type { RequestOutcome } from '../question.ts';
import { below, nearest } from './places.ts';
import type { HygieneJudge } from './rule.ts';

const PROFILES: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);

/** What a container has in the end must be one of the two profiles; nothing is left to the node. */
export const judgeSeccomp: HygieneJudge = (subject) => [
  ...judgeUnconfined(subject),
  ...subject.containers.flatMap(({ container: { security }, who, own, pod, isTemplate, ownIsOpen, podIsOpen }): RequestOutcome[] => {
    const profile = nearest([...own, ...pod], ({ seccomp }) => seccomp);
    return profile === undefined && !isTemplate && !ownIsOpen && !podIsOpen ? [outcome(security, who, 'nothing')] : [];
  }),
];

/** The part that level baseline has as well: what is written is one of the two profiles. */
export const judgeUnconfined: HygieneJudge = ({ containers, pods }) =>
  [
    ...containers.map(({ container: { security }, who }) => ({ security, who })),
    ...pods.map(({ settings: { security }, who }) => ({ security, who })),
  ].flatMap(({ security, who }) =>
    security.seccomp === undefined || PROFILES.has(security.seccomp) ? [] : [outcome(security, who, security.seccomp)],
  );

function outcome({ path }: SecuritySettings, artifact: string, found: string): RequestOutcome {
  return {
    code: 'POLICY_HYGIENE_SECCOMP',
    path: below(path, 'seccompProfile.type'),
    artifact,
    expected: [...PROFILES],
    found: [keptText(found)],
  };
}
