/** What a build must not ask for: each rule is a file, and all are judged over one look at the object. */
import type { HygieneRule } from '../../../domain/policy/request-policy.ts';
import type { RequestJudge, RequestOutcome } from '../question.ts';
import { judgeCapabilities } from './capabilities.ts';
import { judgeDebug } from './debug.ts';
import { judgeHostNamespaces } from './host-namespaces.ts';
import { judgeHostPath } from './host-path.ts';
import { judgeMountPaths } from './mount-paths.ts';
import { placesOf } from './places.ts';
import { judgePodSettings } from './pod-settings.ts';
import { judgePrivilegeEscalation } from './privilege-escalation.ts';
import { judgePrivileged } from './privileged.ts';
import { judgeResolverParameters } from './resolver-parameters.ts';
import type { HygieneJudge } from './rule.ts';
import { judgeRunAsRoot } from './run-as-root.ts';
import { judgeSeccomp } from './seccomp.ts';
import { judgeSecrets } from './secrets.ts';
import { judgeSharedWorkspaces } from './shared-workspaces.ts';

/** The judge of every rule: one without does not compile. */
const RULES: { readonly [Rule in HygieneRule]: HygieneJudge } = {
  privileged: judgePrivileged,
  hostNamespaces: judgeHostNamespaces,
  hostPath: judgeHostPath,
  mountPaths: judgeMountPaths,
  debug: judgeDebug,
  secrets: judgeSecrets,
  sharedWorkspaces: judgeSharedWorkspaces,
  resolverParameters: judgeResolverParameters,
  capabilities: judgeCapabilities,
  privilegeEscalation: judgePrivilegeEscalation,
  runAsRoot: judgeRunAsRoot,
  seccomp: judgeSeccomp,
  podSettings: judgePodSettings,
};

/** The rules that level restricted has and level baseline has not. */
const RESTRICTED: readonly HygieneRule[] = ['privilegeEscalation', 'runAsRoot', 'seccomp'];

/**
 * Judges builds and pods of builds by the rules asked for. A run that is changed in nothing but its metadata or status is not judged
 * again: it was when it was made, and a refusal would only keep its controller from ending it.
 */
export const judgeHygiene: RequestJudge<'hygiene'> = ({ rules, classes }, question) => {
  const { matter } = question;
  const places = placesOf(matter);
  if (places === undefined) return undefined;
  if (matter.about === 'build' && matter.request.role === 'run' && matter.request.isUnchanged === true) return undefined;
  const isRestricted = RESTRICTED.every((rule) => rules.includes(rule));
  return once(rules.flatMap((rule) => RULES[rule]({ ...places, matter, classes, isRestricted, question })));
};

/** What steps take over from their template, and what two rules see, is told once. */
function once(outcomes: readonly RequestOutcome[]): readonly RequestOutcome[] {
  const told = new Set<string>();
  return outcomes.filter(({ code, path, found }) => {
    const key = JSON.stringify([code, path, found]);
    return !told.has(key) && told.add(key);
  });
}
