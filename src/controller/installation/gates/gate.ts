/** Whether the gate asks about all that it should, of whoever serves, and closes when nobody answers. */
import { own, ownList, ownText } from '../../../text/json/fields.ts';
import { fail, ok, unknown, warn } from '../finding.ts';
import type { CheckFinding } from '../finding.ts';
import { below } from '../looks/look.ts';
import type { HeldGate, Installation } from '../read.ts';
import { isShippedCondition, SHIPPED_CONDITION } from './shipped-condition.ts';

/** What pods are made of; the rules of the gate have to name every one that the cluster serves. */
const JUDGED: readonly string[] = [
  '/pods', '/pods/ephemeralcontainers', '/replicationcontrollers', '/podtemplates', 'apps/deployments', 'apps/replicasets',
  'apps/statefulsets',
  'apps/daemonsets', 'batch/jobs', 'batch/cronjobs',
];
const ENGINES = ['tekton.dev', 'argoproj.io', 'shipwright.io'];
const EXCLUDED = ['kube-system', 'kube-node-lease'];
const APPLY = 'apply the manifest or the chart of this version again (docs/operate/install.md, Upgrade)';

/** Findings about the webhook configurations. */
export function checkGates({ gates, served, namespace }: Installation): readonly CheckFinding[] {
  const [gate, pipelines] = gates;
  if (gate === undefined) return [];
  return [...checkGate(gate, served, namespace), ...checkPipelines(pipelines, served)];
}

function checkGate({ name, look }: HeldGate, served: Installation['served'], namespace: string): readonly CheckFinding[] {
  if (look.kind === 'unknown') return [unknown('gate', `webhook configuration ${name}: ${look.why}`,
    'ask with the rights of an administrator')];
  if (look.kind === 'none')
    return [fail('gate', `there is no webhook configuration ${name}: nothing is judged`,
      'install the gate (docs/operate/install.md, 2. The gate)')];
  const webhooks = ownList(look.object, 'webhooks') ?? [];
  if (webhooks.length === 0) return [fail('gate', `${name} holds no webhook: nothing is judged`, APPLY)];
  return webhooks.flatMap((webhook) => [
    ...checkRules(webhook, served), ...checkStrictness(webhook), ...checkTime(webhook), ...checkScope(webhook, namespace),
  ]);
}

function checkRules(webhook: unknown, served: Installation['served']): readonly CheckFinding[] {
  const rules = ownList(webhook, 'rules') ?? [];
  const wanted = JUDGED.filter((one) => {
    const [group = '', ...resource] = one.split('/');
    const known = served.get(group);
    // What could not be looked at is taken for served.
    return known === undefined || known.size === 0 || known.has(resource.join('/'));
  });
  const missing = wanted.filter((one) => !rules.some((rule) => covers(rule, one)));
  if (missing.length > 0)
    return [fail('rules',
      `the cluster serves ${missing.join(', ')}, and the gate is not asked about it on CREATE and UPDATE in every version`, APPLY)];
  return [ok('rules', `asked about all ${wanted.length} kinds that pods are made of`)];
}

function covers(rule: unknown, one: string): boolean {
  const [group = '', ...resource] = one.split('/');
  const has = (field: string, value: string): boolean => (ownList(rule, field) ?? []).some((held) => held === value || held === '*');
  return has('apiGroups', group) && has('resources', resource.join('/')) && has('operations', 'CREATE') && has('operations', 'UPDATE')
    && (ownList(rule, 'apiVersions') ?? []).includes('*') && own(rule, 'scope') !== 'Cluster';
}

function checkStrictness(webhook: unknown): readonly CheckFinding[] {
  const findings: CheckFinding[] = [];
  if (ownText(webhook, 'failurePolicy') !== 'Fail')
    findings.push(fail('failurePolicy', `it is ${ownText(webhook, 'failurePolicy') ?? 'absent'}: what cannot be asked about is admitted`,
      'set it to Fail'));
  else findings.push(ok('failurePolicy', 'Fail: what cannot be asked about is refused'));
  if (ownText(webhook, 'matchPolicy') !== 'Equivalent')
    findings.push(fail('matchPolicy', 'it is not Equivalent: another version of a kind passes by', APPLY));
  if (ownText(webhook, 'sideEffects') !== 'None')
    findings.push(fail('sideEffects', 'it is not None: dry runs are refused', APPLY));
  return findings;
}

function checkTime(webhook: unknown): readonly CheckFinding[] {
  const seconds = own(webhook, 'timeoutSeconds');
  if (typeof seconds !== 'number' || seconds < 2)
    return [fail('time-out', `it is ${String(seconds)} s, and a registry cannot be asked in that time`, 'set timeoutSeconds to 10')];
  if (seconds > 10)
    return [warn('time-out', `${seconds} s: several slow webhooks add up, and requests end after about 30 s`, 'set timeoutSeconds to 10')];
  return [ok('time-out', `${seconds} s, of which Gatehouse takes at most ${seconds - 1}`)];
}

function checkScope(webhook: unknown, namespace: string): readonly CheckFinding[] {
  const findings: CheckFinding[] = [];
  const objects = own(webhook, 'objectSelector');
  if (objects !== undefined && JSON.stringify(objects) !== '{}')
    findings.push(fail('objectSelector', 'whoever may label an object takes it out of the gate',
      'take it away: exempt by policy or exception'));
  const terms = below(webhook, 'namespaceSelector', 'matchExpressions');
  const expected = (term: unknown): boolean => own(term, 'key') === 'kubernetes.io/metadata.name' && own(term, 'operator') === 'NotIn';
  const list = Array.isArray(terms) ? terms : [];
  const labels = below(webhook, 'namespaceSelector', 'matchLabels');
  if (!list.every(expected) || (labels !== undefined && JSON.stringify(labels) !== '{}')) {
    findings.push(warn('namespaces', 'they are chosen by a label: whoever may label a namespace takes it out of the gate',
      'exclude namespaces by name'));
  } else {
    const excluded = list.flatMap((term) => (ownList(term, 'values') ?? []).map(String));
    const others = excluded.filter((one) => ![...EXCLUDED, namespace].includes(one));
    if (!excluded.includes(namespace))
      findings.push(fail('namespaces', `${namespace} is judged by itself: when all replicas are gone, none can come back`, APPLY));
    else if (others.length > 0)
      findings.push(warn('namespaces', `also not judged: ${others.join(', ')}`,
        'let only those create pods there whom you would let pass the gate'));
    else findings.push(ok('namespaces', `all but ${excluded.join(', ')} are judged`));
  }
  const conditions = ownList(webhook, 'matchConditions') ?? [];
  const shipped = conditions.find((one) => ownText(one, 'name') === SHIPPED_CONDITION);
  if (shipped !== undefined && !isShippedCondition(ownText(shipped, 'expression') ?? ''))
    findings.push(warn('conditions', `${SHIPPED_CONDITION} says something else than this program ships: it may let everything pass`, APPLY));
  const narrowing = conditions.filter((one) => one !== shipped).map((one) => ownText(one, 'name') ?? '');
  if (narrowing.length > 0)
    findings.push(warn('conditions', `conditions of your own narrow the gate: ${narrowing.join(', ')}`,
      'see that each still says what you mean'));
  return findings;
}

function checkPipelines(pipelines: HeldGate | undefined, served: Installation['served']): readonly CheckFinding[] {
  const engines = ENGINES.filter((group) => (served.get(group)?.size ?? 0) > 0);
  if (pipelines?.look.kind === 'found') {
    const open = (ownList(pipelines.look.object, 'webhooks') ?? []).filter((one) => ownText(one, 'failurePolicy') !== 'Fail');
    if (open.length === 0) return [];
    const names = open.map((one) => ownText(one, 'name') ?? '').join(', ');
    return [fail('builds', `failurePolicy of ${names} is not Fail: builds that cannot be asked about are let in`, 'set it to Fail')];
  }
  if (engines.length === 0 || pipelines?.look.kind !== 'none') return [];
  return [warn('builds', `${engines.join(', ')} run here, and Gatehouse is not asked about builds before they start`,
    'see docs/operate/pipelines.md, or leave it: their pods are judged')];
}
