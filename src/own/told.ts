/** What a trial came to, as it is told whoever makes the change: errors deny, all else is a warning. */
import type { Finding } from '../domain/decision/finding.ts';
import type { LostPolicy, PolicyProblem } from '../domain/policy/policy.ts';
import { denying, warning } from './finding.ts';
import type { Trial } from './trial/trial.ts';

/** Documents that break are told one by one up to here. */
const MOST_BROKEN = 20;

/** The findings of a trial. */
export function toldOf({ errors, unresolved, advice, broken, loosened }: Trial, isException: boolean): readonly Finding[] {
  // Whoever excepts from a policy has to name one that there is.
  const missing = (one: PolicyProblem): Finding =>
    isException ? denying('INPUT_POLICY_INVALID', one.message, one.path) : warning('INPUT_POLICY_UNRESOLVED', one.message, one.path);
  return [
    ...errors.map((one) => denying('INPUT_POLICY_INVALID', one.message, one.path)),
    ...unresolved.map(missing),
    ...loosened.map((one) => warning('INPUT_POLICY_LOOSENS', `this loosens: ${lossText(one)}`)),
    ...broken.slice(0, MOST_BROKEN).map(({ document, message }) => warning('INPUT_POLICY_BREAKS', `this breaks ${document}: ${message}`)),
    ...(broken.length > MOST_BROKEN ? [warning('INPUT_POLICY_BREAKS', `this breaks ${broken.length - MOST_BROKEN} more documents`)] : []),
    ...advice.map((one) => warning('INPUT_POLICY_ADVICE', one.rule === undefined ? one.message : `${one.message} (${one.rule})`, one.path)),
  ];
}

function lossText({ policy, detail }: LostPolicy): string {
  return `${policy}: ${detail}`;
}
