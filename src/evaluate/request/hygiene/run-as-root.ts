/** Containers that may run as root, as level restricted has it: `runAsNonRoot` in words, and no user id 0. */
import type { RequestOutcome } from '../question.ts';
import { below, nearest } from './places.ts';
import type { HygieneJudge, HygieneSubject } from './rule.ts';

/** The container's word counts before the template's, and that before the pod's; a definition may leave it to the run's pod. */
export const judgeRunAsRoot: HygieneJudge = ({ containers, pods }) => [...containers.flatMap(ofContainer), ...pods.flatMap(ofPod)];

function ofContainer({
  container: { security },
  who,
  own,
  pod,
  isTemplate,
  ownIsOpen,
  podIsOpen,
}: HygieneSubject['containers'][number]): RequestOutcome[] {
  const nonRoot = nearest([...own, ...pod], ({ runAsNonRoot }) => runAsNonRoot);
  const isOpen = nonRoot === undefined && (isTemplate || ownIsOpen || podIsOpen);
  return [
    ...(nonRoot === true || isOpen
      ? []
      : [{
          code: 'POLICY_HYGIENE_ROOT', path: below(security.path, 'runAsNonRoot'), artifact: who, expected: ['true'],
          found: [nonRoot === undefined ? 'nothing' : 'false'],
        } as const]),
    ...(security.runAsUser === 0 ? [userZero(security.path, who)] : []),
  ];
}

function ofPod({ settings: { security }, who }: HygieneSubject['pods'][number]): RequestOutcome[] {
  return security.runAsUser === 0 ? [userZero(security.path, who)] : [];
}

function userZero(path: string, artifact: string): RequestOutcome {
  return { code: 'POLICY_HYGIENE_ROOT', path: below(path, 'runAsUser'), artifact, expected: ['not 0'], found: ['0'] };
}
