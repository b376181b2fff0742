/** `gatehouse forecast`: what stands in a cluster, judged by policies as if all of them enforced, now and when trust ends. */
import { createClusterFacts } from '../../cluster/facts/index.ts';
import type { KubeApi, KubeReplaces } from '../../cluster/api.ts';
import { listObjects } from '../../cluster/objects.ts';
import type { ListedObjects } from '../../cluster/objects.ts';
import { ungatedNamespaces } from '../../cluster/webhook-scope.ts';
import { asEnforced } from '../../controller/forecast/enforced.ts';
import { forecast } from '../../controller/forecast/forecast.ts';
import type { Judge } from '../../controller/forecast/forecast.ts';
import { slim, startsPods } from '../../controller/forecast/population.ts';
import type { Forecast } from '../../domain/decision/forecast.ts';
import type { NamespaceLabels } from '../../domain/ports.ts';
import type { Expiry } from '../../domain/policy/expiry.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import { withRows } from '../../extract/table/rows.ts';
import { readNamespace } from '../../feeds/namespaces/object.ts';
import { buildSettings } from '../../platform/config/pipelines.ts';
import { expiries, WARN_AHEAD } from '../../policy/index.ts';
import type { ForecastOptions } from '../../surfaces/cli/context.ts';
import { openEngine } from '../engine.ts';
import { withLifetime } from '../lifetime.ts';
import type { Lifetime } from '../lifetime.ts';
import { askAuthorities, namespacesFor } from '../local/engine.ts';
import { compileFor } from '../local/online.ts';
import { setOf } from '../local/policies.ts';
import { once } from '../local/policy/diff.ts';
import { openSource } from '../local/source.ts';
import { asUsageError } from '../local/usage.ts';
import { openKubeApi } from './access.ts';
import { pinnable, withPins } from './pins.ts';
import { composePolicies, readClusterPolicies } from './policies.ts';
import { askedSignatures } from './signatures.ts';
import { readWholeSources } from './whole-sources.ts';

/** Makes the forecast that a command asks for. Throws {@link UsageError} for policies or a cluster that cannot be used. */
export async function forecastFor(options: ForecastOptions): Promise<Forecast> {
  const api = await openKubeApi(options);
  const signal = new AbortController().signal;
  const { set, problems } = await policiesFor(options, api, signal);
  const table = withRows(options.config?.extractors ?? []);
  const wanted = { isWanted: startsPods(table), namespace: options.namespace, keep: slim, signal };
  const listed = await listObjects(api, wanted).catch(asUsageError);
  const all: ListedObjects = { objects: listed.objects, problems: [...problems, ...listed.problems] };
  return withLifetime(async (lifetime) => {
    const { judgeAt, ends } = await openJudges(options, { api, set, namespaces: await namespacesOf(options, api, signal), lifetime });
    const made = await forecast(all, {
      judgeAt, now: options.now, expiries: () => [...expiries(set, options.now, options.ahead), ...ends()], progress: options.progress,
      ungated: await ungatedNamespaces(api, signal),
    });
    await lifetime.disposeAsync();
    return made;
  });
}

/** As the configuration has it where nobody says otherwise. */
const PER_NAMESPACE = 100;

/** The policies of a folder; or those of the cluster with all that the configuration has beside them, signed as it says. */
async function policiesFor(
  options: ForecastOptions, api: KubeApi & KubeReplaces, signal: AbortSignal,
): Promise<{ readonly set: PolicySet; readonly problems: readonly string[] }> {
  if (!options.cluster) return { set: setOf(await compileFor(options)), problems: [] };
  const { config, now, offline } = options;
  const perNamespace = config?.limits.policiesPerNamespace ?? PER_NAMESPACE;
  const { documents, problems } = await readClusterPolicies(api, perNamespace, signal).catch(asUsageError);
  const signatures = await askedSignatures(config?.policySignatures, () => Promise.resolve(api), { now, signal });
  const whole = config === undefined
    ? { offers: [], problems: [] }
    : await readWholeSources(config, { offline, versions: signatures.versions });
  const offer = { whole: whole.offers, resources: documents };
  let unusable: readonly string[] = [];
  const compiled = await compileFor(options, async (trust) => {
    const { set, problems: found, unusable: told } = await composePolicies(offer, { trust, refuses: signatures.begin }, signal);
    unusable = told;
    return { ...(set === undefined ? {} : { set }), problems: found, suppressed: [], documents: new Map() };
  });
  const none = documents.length + whole.offers.length === 0 ? ['the cluster has no policies'] : [];
  return { set: setOf(compiled), problems: [...problems, ...whole.problems, ...signatures.problems, ...unusable, ...none] };
}

/** What judges are made of. */
interface Site {
  readonly api: KubeApi;
  readonly set: PolicySet;
  readonly namespaces: NamespaceLabels;
  readonly lifetime: Lifetime;
}

/** A judge for each moment, and the ends of lists of revoked certificates that were met. */
interface Judges {
  readonly judgeAt: (at: number) => Judge;
  readonly ends: () => readonly Expiry[];
}

/** A judge for each moment, over one source of evidence: of whatever is asked about twice it is looked for once. */
async function openJudges(options: ForecastOptions, { api, set, namespaces, lifetime }: Site): Promise<Judges> {
  const { config, timeoutMs } = options;
  const source = pinnable(once(await openSource(options, set.literalHosts, lifetime)));
  const moment = { at: options.now };
  const enforced = asEnforced(set);
  const asking = askAuthorities(set, options, lifetime);
  const opened = openEngine({
    ...(asking === undefined ? {} : { certificates: asking.certificates }),
    policies: { current: () => ({ ready: true, set: enforced }) },
    source, namespaces,
    clock: { now: () => moment.at },
    facts: createClusterFacts(api),
    ...(config === undefined ? {} : { build: buildSettings(config.pipelines) }),
    recorder: { record: () => undefined },
    unmatched: options.unmatched ?? config?.unmatched ?? 'warn',
    kinds: withRows(config?.extractors ?? []),
    onFault: (fault) =>
      process.stderr.write(`gatehouse: internal error: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`),
    verification: { workers: 1 },
    examination: { threads: 1 },
  }, lifetime);
  const admit = asking?.patiently(opened.admit) ?? opened.admit;
  // One moment is judged after the other, and stands still meanwhile: what ends in it must not end while it is looked at.
  return {
    judgeAt(at) {
      moment.at = at;
      return ({ review, pins }) => withPins(pins, () => admit(review, { deadline: at + timeoutMs, signal: new AbortController().signal }));
    },
    ends: () => asking?.ends(options.now, options.ahead ?? WARN_AHEAD) ?? [],
  };
}

/** Labels as the cluster has them, unless a file says otherwise; those that may not be read are not known. */
async function namespacesOf(options: ForecastOptions, api: KubeApi, signal: AbortSignal): Promise<NamespaceLabels> {
  if (options.namespacesFile !== undefined) return namespacesFor(options);
  const isWanted = (group: string, resource: string): boolean => group === '' && ['namespaces', '*'].includes(resource);
  const { objects } = await listObjects(api, { isWanted, signal });
  const labels = new Map(objects.flatMap(({ object }) => {
    const read = readNamespace(object);
    return read === undefined ? [] : [[read.name, { ...read.labels, 'kubernetes.io/metadata.name': read.name }] as const];
  }));
  return { labels: (namespace) => Promise.resolve(labels.get(namespace)), known: (namespace) => labels.get(namespace) };
}
