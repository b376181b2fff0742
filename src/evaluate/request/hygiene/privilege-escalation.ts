/** Containers that may gain privileges, as level restricted has it: it must be denied in words. */
import type { RequestOutcome } from '../question.ts';
import { below, nearest } from './places.ts';
import type { HygieneJudge } from './rule.ts';

/** A pod cannot deny it, only a container or the step template. */
export const judgePrivilegeEscalation: HygieneJudge = ({ containers }) =>
  containers.flatMap(({ container: { security }, who, own, isTemplate, ownIsOpen }): RequestOutcome[] => {
    const allowed = nearest(own, ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation);
    if (allowed === false || (allowed === undefined && (isTemplate || ownIsOpen))) return [];
    return [{
      code: 'POLICY_HYGIENE_ESCALATION', path: below(security.path, 'allowPrivilegeEscalation'), artifact: who, expected: ['false'],
      found: [allowed === undefined ? 'nothing' : 'true'],
    }];
  });
