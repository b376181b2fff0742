/** The accounts that builds run as: every one that the object names, and the one that it gets when it names none. */
import type { BuildRequest, Named } from '../../domain/build/build-request.ts';
import type { PodMatter } from '../../domain/build/matter.ts';
import { hasPlaceholder } from './question.ts';
import type { RequestJudge, RequestOutcome } from './question.ts';

/** What a pod runs as when nobody says anything else. */
const USUAL = 'default';

/** API groups whose objects own pods in which code of a build runs. */
const ENGINES: ReadonlySet<string> = new Set(['tekton.dev', 'argoproj.io', 'shipwright.io']);

/**
 * Judges the accounts of builds and of their pods, by name. A run that names no account for the whole of it runs as `default`. An account
 * that is known only later (a parameter in its place) is none of those that are allowed; in a schedule it is left to the runs, which name it.
 */
export const judgeServiceAccounts: RequestJudge<'serviceAccounts'> = ({ accounts }, { matter }) => {
  if (matter.operation === 'DELETE') return undefined;
  const named = matter.about === 'build' ? ofBuild(matter.request) : matter.about === 'pod' ? ofPod(matter) : undefined;
  const expected = [...accounts];
  return named
    ?.filter(({ name }) => !accounts.has(name))
    .map(({ name, path }): RequestOutcome => ({ code: 'POLICY_SERVICE_ACCOUNT', path, expected, found: [name] }));
};

function ofBuild(request: BuildRequest): readonly Named[] | undefined {
  if (request.isUnchanged === true) return undefined;
  const written = [
    ...request.accounts,
    ...request.order.flatMap(({ serviceAccount: name, path }) => (name === undefined ? [] : [{ name, path }])),
    ...request.pods.flatMap(({ serviceAccount: name, path }) => (name === undefined ? [] : [{ name, path }])),
  ];
  // An index in the path means that it is the account of one task, and says nothing of the others.
  const ofAll = request.accounts.some(({ path }) => !path.includes('['));
  const unsaid = request.role === 'run' && !ofAll;
  const isLater = ({ name }: Named): boolean => request.role === 'schedule' && hasPlaceholder(name);
  return [...new Map(written.filter((one) => !isLater(one)).map((one) => [`${one.name} ${one.path}`, one])).values(), ...(unsaid ? [{ name: USUAL, path: '' }] : [])];
}

/** Only pods that an engine says to be of a build: a workload that merely has labels of one may run as what it likes. */
function ofPod({ owner, operation, settings }: PodMatter): readonly Named[] | undefined {
  if (operation !== 'CREATE' || !ENGINES.has(owner?.apiVersion.split('/')[0] ?? '')) return undefined;
  return [{ name: settings.serviceAccount ?? USUAL, path: 'spec.serviceAccountName' }];
}
