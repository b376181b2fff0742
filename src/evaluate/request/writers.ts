/** What engines execute is written by them alone, what belongs to a run is made by them alone, and their settings are not weakened. */
import type { BuildEngine, OwnerClaim, Requester } from '../../domain/build/build-request.ts';
import type { BuildMatter, EngineSettingsMatter, PodMatter, StatusMatter } from '../../domain/build/matter.ts';
import type { BuildSettings } from '../../domain/build/settings.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { weakenings } from './engine-settings.ts';
import { unknownYet } from './question.ts';
import type { RequestJudge, RequestOutcome, RequestQuestion } from './question.ts';

/** Judges who writes: the status of runs, resolved data, what claims to belong to a run, and the settings of engines. */
export const judgeWriters: RequestJudge<'writers'> = (_requirement, question) => {
  const { matter, settings } = question;
  switch (matter.about) {
    case 'status': return ofStatus(matter, settings);
    case 'build': return [...ofStoredStatus(matter, settings), ...ofOwners(matter, matter.request, question)];
    case 'pod': {
      const found = ofOwners(matter, matter, question);
      return matter.operation === 'CREATE' || found.length > 0 ? found : undefined;
    }
    case 'engineSettings': return ofSettings(matter, settings);
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

/** API groups of owners, and whose runs they are. */
const OWNERS: Readonly<Record<string, BuildEngine>> = { 'tekton.dev': 'tekton', 'argoproj.io': 'argo', 'shipwright.io': 'shipwright' };
const RESOURCES: Readonly<Record<string, string>> = {
  PipelineRun: 'pipelineruns', TaskRun: 'taskruns', CustomRun: 'customruns', Workflow: 'workflows', BuildRun: 'buildruns',
  CronWorkflow: 'cronworkflows',
};

type Owned = Pick<BuildMatter['request'], 'owner' | 'owners'> & { readonly before?: { readonly owners?: readonly OwnerClaim[] } };

/**
 * The API server lets anybody write any owner reference. Who names a run as owner, now or later and in whichever place, must be the
 * engine that runs it, and the run must be there with that uid: a result of one run must not become that of another (K01).
 */
function ofOwners(matter: BuildMatter | PodMatter, { owner, owners, before }: Owned, question: RequestQuestion): readonly RequestOutcome[] {
  if (matter.operation === 'DELETE' || owner === undefined) return [];
  const { requester: { username } } = matter;
  const claimed = (owners ?? [owner]).flatMap((one): RequestOutcome[] => {
    const engine = engineOf(one);
    const accounts = engine === undefined ? undefined : question.settings[engine].controllers;
    if (accounts === undefined || accounts.has(username)) return [];
    // What it says already was judged when it said so.
    if (matter.operation === 'UPDATE' && (before?.owners ?? []).some((old) => old.uid === one.uid && old.kind === one.kind)) return [];
    const artifact = `${one.kind} ${one.name}`;
    return [{ code: 'POLICY_OWNER', path: one.path, expected: [...accounts], found: [username || 'nobody'], artifact }];
  });
  return claimed.length > 0 || !(matter.about === 'build' || matter.operation === 'CREATE') ? claimed : ofLive(matter, owner, question);
}

function engineOf({ apiVersion, kind }: OwnerClaim): BuildEngine | undefined {
  const group = apiVersion.split('/')[0] ?? '';
  return Object.hasOwn(OWNERS, group) && Object.hasOwn(RESOURCES, kind) ? OWNERS[group] : undefined;
}

/** What the engine itself claims: the run is there, with that uid. */
function ofLive(
  { requester, namespace }: BuildMatter | PodMatter, owner: OwnerClaim, { settings, ask }: RequestQuestion,
): readonly RequestOutcome[] {
  const engine = engineOf(owner);
  if (engine === undefined || !settings[engine].controllers.has(requester.username)) return [];
  const name = `${owner.kind} ${owner.name}`;
  const [group = ''] = owner.apiVersion.split('/');
  const run = ask({ kind: 'object', group, resource: RESOURCES[owner.kind] ?? '', namespace, name: owner.name });
  if (run === undefined) return [unknownYet(name, undefined, owner.path)];
  if (!run.known) return [unknownYet(name, run.cause, owner.path)];
  const uid = run.value === null ? undefined : uidOf(run.value);
  if (uid === owner.uid && owner.uid !== '') return [];
  const found = uid === undefined ? 'there is none of that name' : `uid ${uid}`;
  return [{ code: 'POLICY_OWNER', path: owner.path, expected: [`${name} with uid ${owner.uid}`], found: [found], artifact: name }];
}

function uidOf(object: Readonly<Record<string, unknown>>): string | undefined {
  const metadata = field(object, 'metadata');
  const uid = isObject(metadata) ? field(metadata, 'uid') : undefined;
  return typeof uid === 'string' ? uid : undefined;
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
