/** What engines execute is written by them alone, what belongs to a run is made by them alone, and their settings are not weakened. */
import type { OwnerClaim, Requester } from '../../domain/build/build-request.ts';
import type { BuildMatter, EngineSettingsMatter, PodMatter, StatusMatter } from '../../domain/build/matter.ts';
import type { BuildSettings } from '../../domain/build/settings.ts';
import { own, ownText } from '../../text/json/fields.ts';
import { weakenings } from './engine-settings.ts';
import { isClaimed, placeOf, wrongClaim } from './owner.ts';
import { unknownYet } from './question.ts';
import type { RequestJudge, RequestOutcome, RequestQuestion } from './question.ts';

/** Judges who writes: the status of runs, resolved data, what claims to belong to a run, and the settings of engines. */
export const judgeWriters: RequestJudge<'writers'> = (_requirement, question) => {
  const { matter, settings } = question;
  switch (matter.about) {
    case 'status': return ofStatus(matter, settings);
    case 'build': return [...ofStoredStatus(matter, settings), ...ofOwners(matter, matter.request.newOwners, question)];
    case 'pod':
      return matter.operation === 'CREATE' || matter.newOwners !== undefined ? ofOwners(matter, matter.newOwners, question) : undefined;
    case 'engineSettings': return ofSettings(matter, settings);
    case 'question':
    case 'networkPolicy': return undefined;
  }
};

/** Fields that bring data into a definition: the resolvers' to write. */
const RESOLVED = /^status\.(?:data|source|refSource)$/;

function ofStatus({ engine, executed, kind, requester }: StatusMatter, settings: BuildSettings): readonly RequestOutcome[] {
  const accounts = settings[engine];
  const isResolution = kind === 'ResolutionRequest';
  // The controller repeats what the resolver wrote when it sets a condition; what it changes itself is no data.
  const may = isResolution ? accounts.resolvers : accounts.controllers;
  if (may.has(requester.username)) return [];
  return executed.filter((path) => !isResolution || RESOLVED.test(path)).map((path) => notTheirs(path, requester, may));
}

/** Argo has no status subresource: what it executes comes with the object. And its task sets are between it and its agents. */
function ofStoredStatus({ request, requester, operation }: BuildMatter, settings: BuildSettings): readonly RequestOutcome[] {
  const may = settings[request.engine].controllers;
  if (may.has(requester.username)) return [];
  if (request.kind === 'WorkflowTaskSet' && operation !== 'DELETE') return [notTheirs('', requester, may)];
  return (request.executedStatus ?? []).map((path) => notTheirs(path, requester, may));
}

function notTheirs(path: string, { username }: Requester, may: ReadonlySet<string>): RequestOutcome {
  return { code: 'POLICY_WRITER', path, expected: [...may], found: [username || 'nobody'] };
}

/**
 * The API server lets anybody write any owner reference, when an object is made and later. Who names a run as owner, controlling or not,
 * must be the engine that runs it, and the run must be there with that uid: a result of one run must not become that of another (K01).
 * What stood there before was judged then: a run may be gone while what it made is still being put in order.
 */
function ofOwners(
  matter: BuildMatter | PodMatter, owners: readonly OwnerClaim[] = [], question: RequestQuestion,
): readonly RequestOutcome[] {
  return matter.operation === 'DELETE' ? [] : owners.flatMap((owner) => ofOwner(matter, owner, question));
}

function ofOwner(
  { requester, namespace }: BuildMatter | PodMatter, owner: OwnerClaim, { settings, ask }: RequestQuestion,
): readonly RequestOutcome[] {
  const place = placeOf(owner);
  if (place === undefined) return [];
  const { engine, group, resource } = place;
  const name = `${owner.kind} ${owner.name}`;
  const accounts = settings[engine].controllers;
  if (!accounts.has(requester.username)) {
    return [{ code: 'POLICY_OWNER', path: owner.path, expected: [...accounts], found: [requester.username || 'nobody'], artifact: name }];
  }
  const run = ask({ kind: 'object', group, resource, namespace, name: owner.name });
  if (run?.known !== true) return [unknownYet(name, run?.cause, owner.path)];
  const uid = run.value === null ? undefined : (ownText(own(run.value, 'metadata'), 'uid') ?? '');
  return uid !== undefined && isClaimed(owner, uid) ? [] : [wrongClaim(owner, uid)];
}

/** Administrators may, since an upgrade must work, and everybody hears of it. */
function ofSettings(matter: EngineSettingsMatter, settings: BuildSettings): readonly RequestOutcome[] | undefined {
  const { namespace, name, requester } = matter;
  const isArgo = name === 'workflow-controller-configmap';
  const own = isArgo ? argoNamespaces(settings) : settings.tekton.namespaces;
  if (!own.has(namespace)) return undefined;
  const { users, groups } = settings.administrators;
  const may = users.has(requester.username) || requester.groups.some((group) => groups.has(group));
  return weakenings(matter).map(({ key, why }): RequestOutcome => ({
    code: 'POLICY_ENGINE_SETTING',
    path: `data.${key}`,
    artifact: `ConfigMap ${name}`,
    expected: [`${key} as it is`],
    found: [value(matter.data, key)],
    cause: why,
    ...(may ? { mode: 'warn' } : {}),
  }));
}

function value(data: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(data, key) ? `${key}: ${data[key]}` : `${key} removed`;
}

function argoNamespaces({ argo }: BuildSettings): ReadonlySet<string> {
  return new Set([...argo.controllers].map((account) => account.split(':')[2] ?? ''));
}
