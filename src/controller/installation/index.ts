/** Whether an installation works, as a list of findings. */
import { checkAround } from './around.ts';
import { checkCertificate } from './certificate.ts';
import type { CheckFinding } from './finding.ts';
import { checkCalled } from './gates/called.ts';
import { checkGates } from './gates/gate.ts';
import type { Installation } from './read.ts';
import { checkReplicas } from './replicas.ts';
import { checkResources } from './resources/judge.ts';

export type { CheckFinding, CheckLevel } from './finding.ts';
export { tryGate } from './probe.ts';
export type { Probe } from './probe.ts';
export { readInstallation } from './read.ts';
export type { Installation, ReadText } from './read.ts';

/** All findings about what was read, in the order in which they are told. `now` in epoch milliseconds. */
export function judgeInstallation(installation: Installation, version: string, now: number): readonly CheckFinding[] {
  return [
    ...checkAround(installation), ...checkResources(installation), ...checkGates(installation),
    ...checkCalled(installation), ...checkCertificate(installation, now),
    ...checkReplicas(installation, version),
  ];
}
