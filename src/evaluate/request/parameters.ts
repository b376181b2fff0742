/** What whoever asks for a build sets: names that nobody may set, and values that must be of a form. */
import type { GivenParameter } from '../../domain/build/build-request.ts';
import type { ParametersRequirement } from '../../domain/policy/request-policy.ts';
import { madeFor } from './owner.ts';
import { hasPlaceholder } from './question.ts';
import type { RequestJudge, RequestOutcome } from './question.ts';

/** Longest part of a value that is shown: enough to find it, too little for most secrets. */
const MOST_SHOWN = 64;

/**
 * Judges every parameter that a run or a schedule sets. What the controller gives to the parts of a run is the work of a definition, which
 * is judged as such. A value that is not in the object (`valueFrom`) is of no allowed form. What a schedule leaves open is judged with each
 * of its runs, which say it.
 */
export const judgeParameters: RequestJudge<'parameters'> = (requirement, { matter, settings }) => {
  if (matter.about !== 'build' || matter.operation === 'DELETE' || matter.request.role === 'definition') return undefined;
  if (matter.request.isUnchanged === true || madeFor(matter.request, settings) === 'run') return undefined;
  const isLater = matter.request.role === 'schedule' ? hasPlaceholder : () => false;
  return matter.request.parameters.flatMap((parameter) => {
    const whole = judgeOne(parameter, requirement, isLater);
    return whole.length > 0 ? whole : judgeMembers(parameter, requirement, isLater);
  });
};

/** A member of an object is used as `params.NAME.MEMBER`: by that name it has its form, and by that and its own it is denied. */
function judgeMembers(
  { name, members = [], path }: GivenParameter, requirement: ParametersRequirement, isLater: (value: string) => boolean,
): readonly RequestOutcome[] {
  return members.flatMap((member) => [
    ...judgeOne({ ...member, name: `${name}.${member.name}`, path }, { ...requirement, others: 'allow' }, isLater),
    ...judgeOne({ ...member, path }, { ...requirement, allow: new Map(), others: 'allow' }, isLater),
  ].slice(0, 1));
}

function judgeOne(
  { name, values, path, isOpen }: GivenParameter,
  { deny, allow, others }: ParametersRequirement,
  isLater: (value: string) => boolean,
): readonly RequestOutcome[] {
  const wrong = (detail: Pick<RequestOutcome, 'expected' | 'found' | 'cause' | 'fix'>): readonly RequestOutcome[] => [
    { code: 'POLICY_PARAMETER', path, artifact: `parameter ${shown(name)}`, ...detail },
  ];
  const denied = deny.find((pattern) => pattern.test(name));
  if (denied !== undefined)
    return wrong({ expected: [`no parameter ${denied.source}`], found: [shown(name)], fix: 'leave the parameter out' });
  const form = allow.get(name);
  if (form === undefined) {
    if (others === 'allow') return [];
    return wrong({
      expected: [...allow.keys()].map((known) => `parameter ${known}`),
      found: [shown(name)],
      fix: 'leave the parameter out',
    });
  }
  if (values.length === 0 || isOpen === true)
    return wrong({ expected: [form.source], cause: 'the parameter has a value that is not in the object' });
  const strange = values.filter((value) => !form.test(value) && !isLater(value));
  return strange.length === 0 ? [] : wrong({ expected: [form.source], found: strange.slice(0, 10).map(shown) });
}

function shown(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}
