/** Containers that can take over their node: privileged ones, and HostProcess of Windows. */
import type { SecuritySettings } from '../../../domain/build/task.ts';
import type { RequestOutcome } from '../question.ts';
import { below } from './places.ts';
import type { HygieneJudge } from './rule.ts';

/** Judges what is written: that a step takes back what its template gives, nothing here relies on. */
export const judgePrivileged: HygieneJudge = ({ containers, pods }) => [
  ...containers.flatMap(({ container: { security }, who }) => privileges(security, who)),
  ...pods.flatMap(({ settings: { security }, who }) => privileges(security, who)),
];

function privileges({ path, privileged, hostProcess = false }: SecuritySettings, artifact: string): RequestOutcome[] {
  const asked = [...(privileged ? ['privileged'] : []), ...(hostProcess ? ['windowsOptions.hostProcess'] : [])];
  return asked.map((name) => ({ code: 'POLICY_HYGIENE_PRIVILEGED', path: below(path, name), artifact }));
}
