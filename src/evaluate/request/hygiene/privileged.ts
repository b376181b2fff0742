/** Containers that can take over their node: privileged ones, among them host processes of Windows. */
import { below } from './places.ts';
import type { HygieneJudge } from './rule.ts';

const ORDINARY = { expected: ['privileged: false, or nothing'], found: ['privileged: true'] } as const;

/** Judges what is written: that a step takes back what its template gives, nothing here relies on. */
export const judgePrivileged: HygieneJudge = ({ containers, pods }) =>
  [
    ...containers.map(({ container: { security }, who }) => ({ security, who })),
    ...pods.map(({ settings: { security }, who }) => ({ security, who })),
  ]
    .filter(({ security }) => security.privileged)
    .map(({ security, who }) => ({
      code: 'POLICY_HYGIENE_PRIVILEGED', path: below(security.path, 'privileged'), artifact: who, ...ORDINARY,
    }));
