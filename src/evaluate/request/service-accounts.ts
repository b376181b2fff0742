/** The accounts that builds run as: every one that the object names, and the one that it gets when it names none. */
import type { BuildRequest, Named } from '../../domain/build/build-request.ts';
import type { PodMatter } from '../../domain/build/matter.ts';
import { hasPlaceholder } from './question.ts';
import type { RequestJudge, RequestOutcome } from './question.ts';

/** What a pod runs as when nobody says anything else. */
const USUAL = 'default';

/** API groups whose objects own pods in which code of a build runs. */
const ENGINES: ReadonlySet<string> = new Set(['tekton.dev', 'argoproj.io', 'shipwright.io']);

/** Where a run names the account of all of it; other places are those of one task, of an executor, of what cleans up. */
const OF_THE_WHOLE = /^spec\.(?:taskRunTemplate\.)?serviceAccount(?:Name|\.name)?$/;

/**
 * Judges the accounts of builds and of their pods, by name. A run that names no account for the whole of it runs as `default`. An account
 * that is known only later (a parameter in its place) is none of those that are allowed; in a schedule it is left to the runs, which
 * name it.
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
  const { accounts, order, pods, role } = request;
  const known = new Set(accounts.map(({ name }) => name));
  const elsewhere = [...order, ...pods].flatMap(({ serviceAccount: name, path }) =>
    (name === undefined || known.has(name) ? [] : [{ name, path }]));
  const isSaid = accounts.some(({ path }) => OF_THE_WHOLE.test(path))
    || pods.some(({ path, serviceAccount }) => path === 'spec' && serviceAccount !== undefined);
  const now = [...accounts, ...elsewhere].filter(({ name }) => !(role === 'schedule' && hasPlaceholder(name)));
  const distinct = [...new Map(now.map((one) => [`${one.name} ${one.path}`, one])).values()];
  return role === 'run' && !isSaid ? [...distinct, { name: USUAL, path: '' }] : distinct;
}

/** Only pods that an engine says to be of a build: a workload that merely has labels of one may run as what it likes. */
function ofPod({ owner, operation, settings }: PodMatter): readonly Named[] | undefined {
  if (operation !== 'CREATE' || !ENGINES.has(owner?.apiVersion.split('/')[0] ?? '')) return undefined;
  return [{ name: settings.serviceAccount ?? USUAL, path: 'spec.serviceAccountName' }];
}
