/** Whether enough replicas are there, of one version, and whether what they follow is fresh. */
import { own, ownList } from '../../text/json/fields.ts';
import { fail, ok, unknown, warn } from './finding.ts';
import type { CheckFinding } from './finding.ts';
import { below } from './looks/look.ts';
import type { Look } from './looks/look.ts';
import type { HeldPod, Installation } from './read.ts';

const OLD_SECONDS = 900;
const ROOT_OLD_SECONDS = 7 * 86_400;
const AGE = /^gatehouse_feed_age_seconds\{feed="([^"]*)"\} (\S+)$/gm;

/** Findings about the server, its controller, and their feeds. `version` is of the program that asks. */
export function checkReplicas(installation: Installation, version: string): readonly CheckFinding[] {
  const { namespace, server, controller, budget, endpoints, pods } = installation;
  const isController = ({ name }: HeldPod): boolean => name.startsWith('gatehouse-controller-');
  const servers = pods.filter((pod) => !isController(pod));
  return [
    ...checkServer(server, namespace), ...checkEndpoints(endpoints), ...checkBudget(budget),
    ...checkController(controller, installation.kinds, pods.filter(isController)),
    ...checkVersions(pods, version), ...checkFeeds(servers, namespace),
  ];
}

function checkServer(look: Look, namespace: string): readonly CheckFinding[] {
  if (look.kind === 'unknown') return [unknown('replicas', `Deployment gatehouse: ${look.why}`, 'ask with the rights of an administrator')];
  if (look.kind === 'none') return [fail('replicas', 'there is no Deployment gatehouse', 'install the server (docs/operate/install.md)')];
  const [wanted, ready] = [countOf(look, 'spec', 'replicas') ?? 1, countOf(look, 'status', 'readyReplicas') ?? 0];
  const logs = `kubectl -n ${namespace} describe pods, and their logs, say why`;
  if (ready === 0) return [fail('replicas', `none of ${wanted} is ready: the API server cannot ask, and refuses`, logs)];
  if (isStuck(look)) return [warn('replicas', `${ready} of ${wanted} are ready, and the rollout goes no further: not all are as they should be`, logs)];
  if (ready < wanted) return [warn('replicas', `${ready} of ${wanted} are ready`, logs)];
  if (wanted < 3) return [warn('replicas', `${wanted}: while a node is drained and another one fails, nobody answers`, 'run three')];
  return [ok('replicas', `${ready} of ${wanted} are ready`)];
}

/** New pods that cannot start leave the old ones serving, and nobody notices. */
function isStuck(look: Look): boolean {
  const conditions = look.kind === 'found' ? ownList(below(look.object, 'status'), 'conditions') ?? [] : [];
  return conditions.some((one) => own(one, 'type') === 'Progressing' && own(one, 'status') === 'False');
}

function checkEndpoints(look: Look): readonly CheckFinding[] {
  if (look.kind !== 'found') return [];
  const slices = ownList(look.object, 'items') ?? [];
  const ready = slices.flatMap((slice) => ownList(slice, 'endpoints') ?? []).filter((one) => below(one, 'conditions',
    'ready') !== false).length;
  if (ready > 0) return [ok('service', `Service gatehouse leads to ${ready} ${ready === 1 ? 'replica' : 'replicas'}`)];
  return [fail('service', 'Service gatehouse leads to nobody', 'see whether its selector hits the pods')];
}

function checkBudget(look: Look): readonly CheckFinding[] {
  return look.kind === 'none' ? [warn('drains', 'there is no PodDisruptionBudget: a drain may take every replica',
    'apply the one that is shipped')] : [];
}

function checkController(look: Look, kinds: Look, pods: readonly HeldPod[]): readonly CheckFinding[] {
  if (look.kind === 'unknown') return [unknown('controller', `Deployment gatehouse-controller: ${look.why}`,
    'ask with the rights of an administrator')];
  if (look.kind === 'none')
    return kinds.kind === 'found' ? [warn('controller', 'policies are resources, and nobody writes their status',
      'apply deploy/controller')] : [];
  const ready = countOf(look, 'status', 'readyReplicas') ?? 0;
  if (ready === 0) return [fail('controller', 'none is ready: no status is written, and no certificate renewed', 'its log says why')];
  const asked = pods.filter(({ metrics }) => metrics !== undefined);
  if (asked.length === ready && !asked.some(({ metrics = '' }) => /^gatehouse_controller_leader 1$/m.test(metrics)))
    return [fail('controller', `${ready} ready, and none leads: no status is written, and no certificate renewed`,
      'see Lease gatehouse-controller, and their logs')];
  return [ok('controller', `${ready} ready`)];
}

function checkVersions(pods: readonly HeldPod[], version: string): readonly CheckFinding[] {
  const running = [...new Set(pods.map(versionOf))].filter((one) => one !== undefined);
  if (running.length === 0) return [];
  if (running.length > 1)
    return [warn('versions', `replicas run ${running.toSorted().join(' and ')}`,
      'let the rollout end; both understand the same policies meanwhile (docs/operate/upgrade.md)')];
  if (running[0] !== version) return [warn('versions', `the cluster runs ${running[0] ?? ''}, and this program is ${version}`,
    'ask with the program of that version')];
  return [ok('versions', `all run ${version}`)];
}

/** As it says itself, or by the tag of its image. */
function versionOf({ metrics = '', image }: HeldPod): string | undefined {
  return /gatehouse_build_info\{[^}]*version="([^"]+)"/.exec(metrics)?.[1] ?? tagOf(image);
}

function tagOf(image: string): string | undefined {
  return /:([^:/@]+)(?:@|$)/.exec(image.replace(/^[^/]+\//, ''))?.[1];
}

/** Ages of what is followed, of the replica that is furthest behind. */
function checkFeeds(pods: readonly HeldPod[], namespace: string): readonly CheckFinding[] {
  const asked = pods.filter(({ metrics }) => metrics !== undefined);
  if (asked.length === 0)
    return [unknown('feeds', 'no replica could be asked for its metrics',
      'ask with the right to get pods/proxy, from API servers that the NetworkPolicy lets reach port 8080 (networkPolicy.apiServers of the chart), '
        + 'or read gatehouse_feed_age_seconds where you collect metrics')];
  const findings: CheckFinding[] = [];
  const unready = asked.filter(({ metrics = '' }) => /^gatehouse_policy_ready 0$/m.test(metrics));
  if (unready.length > 0) findings.push(fail('policies', `${unready.map(({ name }) => name).join(', ')} has no valid set of policies`,
    'its log names file, line and column'));
  const waiting = Math.max(...asked.map(({ metrics = '' }) => Number(/^gatehouse_configuration_pending (\d+)$/m.exec(metrics)?.[1] ?? 0)));
  if (waiting > 0)
    findings.push(warn('settings', `${waiting} changed ${waiting === 1 ? 'key waits' : 'keys wait'} for a restart of the replicas`,
      `kubectl -n ${namespace} rollout restart deployment/gatehouse`));
  const ages = new Map<string, number>();
  for (const { metrics = '' } of asked)
    for (const [, feed = '', value = ''] of metrics.matchAll(AGE)) ages.set(feed, Math.max(ages.get(feed) ?? 0, Number(value)));
  const old = [...ages].filter(([feed, age]) => age > (feed.startsWith('trust-root') ? ROOT_OLD_SECONDS : OLD_SECONDS));
  for (const [feed, age] of old)
    findings.push(warn('feeds', `${feed} was confirmed ${Math.round(age)} s ago for the last time`,
      'its source does not answer: the log says why'));
  if (old.length === 0 && ages.size > 0) findings.push(ok('feeds', `${[...ages.keys()].toSorted().join(', ')}: all confirmed lately`));
  return findings;
}

function countOf(look: Look, ...path: readonly string[]): number | undefined {
  const value = look.kind === 'found' ? below(look.object, ...path.slice(0, -1)) : undefined;
  const count = own(value, path.at(-1) ?? '');
  return typeof count === 'number' ? count : undefined;
}
