/** What a pod shares with its node: network, processes, IPC, user ids, and ports. */
import type { RequestOutcome } from '../question.ts';
import { below } from './places.ts';
import type { HygieneJudge } from './rule.ts';

/** `hostUsers: false` is what a build should have; only `true` is told, since it may undo what the cluster sets by itself. */
export const judgeHostNamespaces: HygieneJudge = ({ pods, containers }) => [
  ...pods.flatMap(({ settings, who }) => {
    const { hostNetwork, hostPID, hostIPC, hostUsers = false } = settings;
    const shared = Object.entries({ hostNetwork, hostPID, hostIPC, hostUsers }).filter(([, value]) => value);
    return shared.map(([name]): RequestOutcome => ({
      code: 'POLICY_HYGIENE_HOST',
      path: below(settings.path, name),
      artifact: who,
      found: [name],
      fix: `leave ${name} out`,
    }));
  }),
  ...containers.flatMap(({ container: { hostPorts = [] }, who }) =>
    hostPorts.map(({ port, path }): RequestOutcome => ({
      code: 'POLICY_HYGIENE_HOST', path, artifact: who, found: [`hostPort ${port}`], fix: 'leave hostPort out',
    }))),
];
