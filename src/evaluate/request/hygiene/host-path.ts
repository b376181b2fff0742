/** Volumes that are a path of the node. */
import { keptText } from '../../../domain/decision/kept-text.ts';
import { below } from './places.ts';
import type { HygieneJudge } from './rule.ts';

const ELSEWHERE = { expected: ['a volume that is no path of the node'] } as const;

/** Judges volumes of tasks, of their pods, and of pods; which path of the node it is makes no difference. */
export const judgeHostPath: HygieneJudge = ({ volumes }) =>
  volumes.filter(({ volume }) => volume.type === 'hostPath').map(({ volume: { path, detail }, who }) => ({
    code: 'POLICY_HYGIENE_HOST_PATH', path: below(path, 'hostPath'), artifact: who, ...ELSEWHERE, found: [keptText(detail)],
  }));
