/** What the API server asks about pipelines, as shipped; recorded requests of a real Tekton say what it does. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_BUILD_SETTINGS } from '../../../src/domain/build/settings.ts';
import { OTHER_POLICY_KINDS } from '../../../src/cluster/facts/other-policies.ts';
import { celEngine } from '../../../src/examine/cel/engine.ts';
import { ENGINE_READERS } from '../../../src/extract/engines.ts';
import { completeManifest } from '../../../certs/install-manifest.ts';
import { sharedData } from '../../support/shared.ts';
import { documentsOf, only, read } from './support.ts';
import type { Node } from './support.ts';

const gate = only(documentsOf('deploy/pipelines/webhook.yaml'), 'ValidatingWebhookConfiguration');
const webhooks = gate.at('webhooks').list().map((webhook) => ({ name: webhook.at('name').text().replace('.pipelines.gatehouse.dev', ''), webhook }));
const CONTROLLER = [...DEFAULT_BUILD_SETTINGS.tekton.controllers][0] ?? '';
const RESOLVERS = [...DEFAULT_BUILD_SETTINGS.tekton.resolvers][0] ?? '';

interface Request {
  readonly operation: string;
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly namespace?: string;
  readonly userInfo: { readonly username?: string };
  readonly object?: unknown;
  readonly oldObject?: unknown;
}

/** Entries by name whose rules name this; `*` of versions and scopes is all there is. */
function ruled(request: Request): { name: string; webhook: Node }[] {
  const resource = request.resource.resource + (request.subResource === undefined || request.subResource === '' ? '' : `/${request.subResource}`);
  const has = (node: Node, value: string): boolean => node.list().some((one) => one.text() === value);
  return webhooks.filter(({ webhook }) => webhook.at('rules').list().some((rule) => has(rule.at('apiGroups'), request.resource.group) && has(rule.at('resources'), resource) && has(rule.at('operations'), request.operation)));
}

/** Entries that are asked about this request, namespace selectors aside; throws when a condition errs, as `Fail` would refuse the request. */
function askedBy(request: Request): string[] {
  return ruled(request).filter(({ webhook }) => webhook.at('matchConditions').list().every((condition) => {
    const { object = null, oldObject = null, ...rest } = request;
    const result = celEngine().plan(celEngine().celEnv(), celEngine().parse(condition.at('expression').text()))({ request: rest, object, oldObject } as never);
    if (typeof result !== 'boolean') throw new Error(`${condition.at('name').text()}: ${String(result)}`);
    return result;
  })).map(({ name }) => name);
}

const requestOf = (key: string, more: Partial<Request> = {}): Request => {
  const [group = '', resource = '', subResource] = key.split('/');
  return { operation: 'UPDATE', resource: { group, version: 'v1', resource }, ...(subResource === undefined ? {} : { subResource }), userInfo: { username: 'alice' }, ...more };
};

describe('the gate of pipelines', () => {
  test.each(webhooks)('$name fails closed in ten seconds, changes nothing, sees every version, and is refused without its CA', ({ webhook }) => {
    expect(webhook.at('failurePolicy').value).toBe('Fail');
    expect(webhook.at('matchPolicy').value).toBe('Equivalent');
    expect(webhook.at('sideEffects').value).toBe('None');
    expect(webhook.at('timeoutSeconds').value).toBe(10);
    expect(webhook.at('admissionReviewVersions').value).toEqual(['v1']);
    expect(webhook.at('objectSelector').value).toBeUndefined();
    expect(webhook.at('clientConfig', 'service').value).toEqual({ name: 'gatehouse', namespace: 'gatehouse-system', path: '/validate', port: 443 });
    expect(webhook.at('clientConfig', 'caBundle').text()).not.toMatch(/^[A-Za-z0-9+/=]*$/);
    for (const rule of webhook.at('rules').list()) expect(rule.at('apiVersions').value).toEqual(['*']);
  });

  test('its manifest is completed as the other one is', () => {
    expect(completeManifest(read('deploy/pipelines/webhook.yaml'), 'PEM')).not.toMatch(/<filled in by/);
  });

  test('every object of an engine that is read is asked about, and never a lease, an event or the status of another kind', () => {
    const named = new Set(webhooks.flatMap(({ webhook }) => webhook.at('rules').list().flatMap((rule) => rule.at('apiGroups').list().flatMap((group) => rule.at('resources').list().map((resource) => `${group.text()}/${resource.text()}`)))));
    for (const key of Object.keys(ENGINE_READERS)) expect(named).toContain(key);
    expect([...named].filter((key) => /\*|leases|events|secrets/.test(key))).toEqual([]);
    expect([...named].filter((key) => key.endsWith('/status')).sort()).toEqual(['/pods/status', 'resolution.tekton.dev/resolutionrequests/status', 'tekton.dev/customruns/status', 'tekton.dev/pipelineruns/status', 'tekton.dev/taskruns/status']);
  });

  test('who is not asked about is who may by default', () => {
    const text = read('deploy/pipelines/webhook.yaml');
    const accounts = new Set([...text.matchAll(/'(system:serviceaccount:[^']+)'/g)].map((match) => match[1]));
    expect(accounts).toEqual(new Set([CONTROLLER, [...DEFAULT_BUILD_SETTINGS.argo.controllers][0], 'system:serviceaccount:kube-system:namespace-controller']));
  });
});

describe('what is asked about', () => {
  const base = { metadata: { name: 'x', labels: { a: '1' }, annotations: { b: '1' }, ownerReferences: [{ uid: 'o' }] }, spec: { s: 1 }, status: { t: 1 }, data: { k: 'v' } };
  const changed = (path: readonly string[], value: unknown): typeof base => {
    const copy = structuredClone(base) as Record<string, Record<string, unknown>>;
    const last = path.at(-1) ?? '';
    const holder = path.length === 1 ? (copy as Record<string, unknown>) : copy[path[0] ?? ''];
    if (holder !== undefined) { if (value === undefined) delete holder[last]; else holder[last] = value; }
    return copy as typeof base;
  };
  const objects = ['tekton.dev/taskruns', 'tekton.dev/pipelineruns', 'tekton.dev/tasks', 'tekton.dev/stepactions', 'triggers.tekton.dev/triggertemplates', 'shipwright.io/buildruns', 'argoproj.io/workflows', 'argoproj.io/cronworkflows'];

  test.each(objects)('%s: new ones, and updates of what is judged; not finalizers, deletion or managed fields', (key) => {
    const name = key.startsWith('argo') ? 'argo' : key.startsWith('ship') ? 'shipwright' : 'tekton';
    expect(askedBy(requestOf(key, { operation: 'CREATE', object: base }))).toEqual([name]);
    for (const path of [['spec'], ['metadata', 'labels'], ['metadata', 'annotations'], ['metadata', 'ownerReferences']]) {
      for (const value of [undefined, { other: 1 }]) {
        expect(askedBy(requestOf(key, { object: changed(path, value), oldObject: base }))).toEqual([name]);
        expect(askedBy(requestOf(key, { object: base, oldObject: changed(path, value) }))).toEqual([name]);
      }
    }
    for (const path of [['metadata', 'finalizers'], ['metadata', 'deletionTimestamp'], ['metadata', 'managedFields'], ['metadata', 'resourceVersion']]) {
      expect(askedBy(requestOf(key, { object: changed(path, 'x'), oldObject: base }))).toEqual([]);
    }
    expect(askedBy(requestOf(key, { operation: 'DELETE', oldObject: base }))).toEqual([]);
  });

  test('argoproj.io: the status is part of the object, and asked about but for what the controller writes', () => {
    const object = changed(['status'], { storedTemplates: {} });
    expect(askedBy(requestOf('argoproj.io/workflows', { object, oldObject: base }))).toEqual(['argo']);
    const userInfo = { username: [...DEFAULT_BUILD_SETTINGS.argo.controllers][0] ?? '' };
    expect(askedBy(requestOf('argoproj.io/workflows', { object, oldObject: base, userInfo }))).toEqual([]);
    expect(askedBy(requestOf('argoproj.io/workflows', { object: changed(['spec'], {}), oldObject: base, userInfo }))).toEqual(['argo']);
    expect(askedBy(requestOf('argoproj.io/workflowtasksets', { operation: 'CREATE', object, userInfo: { username: 'alice' } }))).toEqual(['argo']);
  });

  test.each(['tekton.dev/taskruns/status', 'tekton.dev/pipelineruns/status', 'tekton.dev/customruns/status'])('%s: by anybody but the controller', (key) => {
    const object = changed(['status'], { taskSpec: {} });
    expect(askedBy(requestOf(key, { object, oldObject: base }))).toEqual(['status']);
    expect(askedBy(requestOf(key, { object, oldObject: changed(['status'], undefined) }))).toEqual(['status']);
    expect(askedBy(requestOf(key, { object, oldObject: base, userInfo: {} }))).toEqual(['status']);
    expect(askedBy(requestOf(key, { object, oldObject: base, userInfo: { username: `${CONTROLLER}2` } }))).toEqual(['status']);
    expect(askedBy(requestOf(key, { object, oldObject: base, userInfo: { username: CONTROLLER } }))).toEqual([]);
    expect(askedBy(requestOf(key, { object: changed(['metadata', 'finalizers'], []), oldObject: base }))).toEqual([]);
  });

  test('resolution.tekton.dev/resolutionrequests/status: what carries other data than before, whoever writes it', () => {
    const of = (status: unknown, before: unknown, username = RESOLVERS): string[] => askedBy(requestOf('resolution.tekton.dev/resolutionrequests/status', { object: status === undefined ? {} : { status }, oldObject: before === undefined ? {} : { status: before }, userInfo: { username } }));
    for (const user of ['alice', RESOLVERS, CONTROLLER]) {
      expect(of({ data: 'a' }, undefined, user)).toEqual(['resolutions']);
      expect(of({ data: 'a' }, {}, user)).toEqual(['resolutions']);
      expect(of({ data: 'a' }, { data: 'b' }, user)).toEqual(['resolutions']);
      expect(of({ data: 'a', refSource: { uri: 'x' } }, { data: 'a', refSource: { uri: 'y' } }, user)).toEqual(['resolutions']);
      expect(of({ data: 'a', source: { uri: 'x' } }, { data: 'a' }, user)).toEqual(['resolutions']);
      expect(of({ data: 'a', conditions: [{ status: 'True' }] }, { data: 'a' }, user)).toEqual([]);
      // As the controller begins it: nothing, written in three ways.
      expect(of({ data: '', refSource: null, source: null, conditions: [] }, undefined, user)).toEqual([]);
      expect(of({ conditions: [{ status: 'False' }] }, { conditions: [] }, user)).toEqual([]);
      expect(of({ conditions: [{ status: 'Unknown' }] }, undefined, user)).toEqual([]);
    }
  });

  test('networking.k8s.io/networkpolicies: all that could open a jail, in factory namespaces; the end of a namespace is not asked about', () => {
    const key = 'networking.k8s.io/networkpolicies';
    expect(askedBy(requestOf(key, { operation: 'CREATE', object: base }))).toEqual(['jail']);
    expect(askedBy(requestOf(key, { object: changed(['spec'], {}), oldObject: base }))).toEqual(['jail']);
    expect(askedBy(requestOf(key, { object: changed(['metadata', 'ownerReferences'], [{ uid: 'gone' }]), oldObject: base }))).toEqual(['jail']);
    expect(askedBy(requestOf(key, { object: changed(['metadata', 'labels'], {}), oldObject: base }))).toEqual([]);
    expect(askedBy(requestOf(key, { operation: 'DELETE', oldObject: base }))).toEqual(['jail']);
    for (const [username, asked] of [['system:serviceaccount:kube-system:namespace-controller', []], ['system:serviceaccount:kube-system:generic-garbage-collector', ['jail']]] as const)
      expect(askedBy(requestOf(key, { operation: 'DELETE', oldObject: base, userInfo: { username } }))).toEqual(asked);
    for (const other of ['cilium.io/ciliumnetworkpolicies', 'crd.projectcalico.org/networkpolicies', 'projectcalico.org/networkpolicies']) {
      expect(askedBy(requestOf(other, { operation: 'CREATE', object: base }))).toEqual(['jail']);
      expect(askedBy(requestOf(other, { object: { ...base, specs: [{}] }, oldObject: base }))).toEqual(['jail']);
      expect(askedBy(requestOf(other, { object: base, oldObject: { ...base, specs: [{}] } }))).toEqual(['jail']);
      expect(askedBy(requestOf(other, { object: changed(['status'], {}), oldObject: base }))).toEqual([]);
    }
    for (const name of ['jail', 'pods']) expect(webhooks.find((one) => one.name === name)?.webhook.at('namespaceSelector').value).toEqual({ matchLabels: { 'gatehouse.dev/factory': 'true' } });
  });

  test('/pods: labels, and annotations that are not Tekton’s doing; new pods are asked about elsewhere', () => {
    expect(askedBy(requestOf('/pods', { object: changed(['metadata', 'labels'], {}), oldObject: base, userInfo: { username: CONTROLLER } }))).toEqual(['pods']);
    expect(askedBy(requestOf('/pods', { object: changed(['metadata', 'labels'], undefined), oldObject: base }))).toEqual(['pods']);
    expect(askedBy(requestOf('/pods', { object: changed(['metadata', 'annotations'], {}), oldObject: base }))).toEqual(['pods']);
    expect(askedBy(requestOf('/pods', { object: changed(['metadata', 'annotations'], {}), oldObject: base, userInfo: { username: CONTROLLER } }))).toEqual([]);
    expect(askedBy(requestOf('/pods', { object: changed(['metadata', 'finalizers'], []), oldObject: base }))).toEqual([]);
    expect(askedBy(requestOf('/pods', { object: changed(['metadata', 'ownerReferences'], []), oldObject: base }))).toEqual(['pods']);
    // The API server takes new labels with a status as well; what a kubelet does all the time is not asked about.
    expect(askedBy(requestOf('/pods/status', { object: changed(['metadata', 'labels'], {}), oldObject: base }))).toEqual(['pods']);
    expect(askedBy(requestOf('/pods/status', { object: changed(['status'], { phase: 'Running' }), oldObject: base }))).toEqual([]);
    expect(ruled(requestOf('/pods', { operation: 'CREATE' }))).toEqual([]);
  });

  test('/configmaps: settings of engines by name, in their namespaces, when a value changes', () => {
    const named = (name: string): object => ({ metadata: { name }, data: { a: 'b' } });
    for (const name of ['feature-flags', 'config-defaults', 'chains-config', 'resolvers-feature-flags', 'bundleresolver-config', 'git-resolver-config', 'workflow-controller-configmap']) {
      expect(askedBy(requestOf('/configmaps', { operation: 'CREATE', object: named(name) }))).toEqual(['settings']);
      expect(askedBy(requestOf('/configmaps', { operation: 'DELETE', oldObject: named(name) }))).toEqual(['settings']);
      expect(askedBy(requestOf('/configmaps', { object: named(name), oldObject: { metadata: { name } } }))).toEqual(['settings']);
      expect(askedBy(requestOf('/configmaps', { object: { ...named(name), immutable: true }, oldObject: named(name) }))).toEqual([]);
    }
    for (const name of ['config-leader-election', 'config-logging', 'kube-root-ca.crt', 'feature-flags2']) {
      for (const operation of ['CREATE', 'DELETE']) expect(askedBy(requestOf('/configmaps', { operation, [operation === 'CREATE' ? 'object' : 'oldObject']: named(name) }))).toEqual([]);
    }
    const values = webhooks.find(({ name }) => name === 'settings')?.webhook.at('namespaceSelector', 'matchExpressions', 0, 'values').value;
    expect(values).toEqual([...DEFAULT_BUILD_SETTINGS.tekton.namespaces, 'argo']);
  });

  test.each(['tekton.dev/tasks', 'argoproj.io/workflows', 'shipwright.io/builds', 'tekton.dev/taskruns/status', 'resolution.tekton.dev/resolutionrequests/status', 'networking.k8s.io/networkpolicies', '/pods', '/configmaps'])('H24 %s: objects with nothing in them err nowhere', (key) => {
    for (const object of [{}, { metadata: {} }, { status: {} }, { metadata: { name: 'feature-flags' } }, base]) {
      for (const oldObject of [{}, { metadata: {} }, { status: {} }, base]) {
        for (const userInfo of [{}, { username: 'alice' }]) {
          expect(() => askedBy(requestOf(key, { object, oldObject, userInfo }))).not.toThrow();
          expect(() => askedBy(requestOf(key, { operation: 'CREATE', object, userInfo }))).not.toThrow();
          expect(() => askedBy(requestOf(key, { operation: 'DELETE', oldObject, userInfo }))).not.toThrow();
        }
      }
    }
  });
});

describe('runs of a real Tekton', () => {
  const folder = sharedData('tekton-recorded');
  const recorded = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { review: { request: Request } }).review.request))
    : [];

  test('every definition, run and resolution is asked about, and of what the controller does all the time nothing', () => {
    expect(recorded.length).toBeGreaterThan(1000);
    const counts: Record<string, [asked: number, all: number]> = {};
    for (const request of recorded) {
      if (ruled(request).length === 0) continue;
      const writer = request.userInfo.username === CONTROLLER ? 'controller' : request.userInfo.username === RESOLVERS ? 'resolvers' : 'others';
      const key = `${request.operation} ${request.resource.resource}${request.subResource ? `/${request.subResource}` : ''} by ${writer}`;
      const count = (counts[key] ??= [0, 0]);
      count[0] += askedBy(request).length;
      count[1] += 1;
    }
    for (const [key, [asked, all]] of Object.entries(counts)) {
      if (key.startsWith('CREATE') || key.endsWith('by others')) expect([key, asked]).toEqual([key, all]);
      if (/runs\/status by controller|UPDATE pods by controller/.test(key)) expect([key, asked]).toEqual([key, 0]);
    }
    // Of the updates of resolutions those with data: the resolvers', and none of the controller's.
    expect(counts['UPDATE resolutionrequests/status by controller']?.[0]).toBe(0);
    expect(counts['UPDATE resolutionrequests/status by resolvers']?.[0]).toBeGreaterThan(20);
  });
});

describe('the label by which namespaces are factories', () => {
  const guard = documentsOf('deploy/pipelines/guard.yaml');
  test('is kept by a policy of the API server that fails closed, is bound and denies', () => {
    const policy = only(guard, 'ValidatingAdmissionPolicy');
    expect(policy.at('spec', 'failurePolicy').value).toBe('Fail');
    expect(policy.at('spec', 'matchConstraints', 'resourceRules').value).toEqual([{ apiGroups: [''], apiVersions: ['*'], operations: ['UPDATE'], resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'] }]);
    expect(only(guard, 'ValidatingAdmissionPolicyBinding').at('spec').value).toEqual({ policyName: policy.at('metadata', 'name').value, validationActions: ['Deny'] });
    for (const document of guard) expect(document.at('metadata', 'name').text()).toMatch(/^gatehouse-/);
  });
});

describe('what Gatehouse may read of pipelines', () => {
  const role = only(documentsOf('deploy/pipelines/rbac.yaml'), 'ClusterRole');
  const rules = role.at('rules').list().map((rule) => rule.value as { apiGroups: string[]; resources: string[]; verbs: string[] });
  const may = (verb: string, group: string, resource: string): boolean => rules.some(({ apiGroups, resources, verbs }) => apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb));

  test('only reading, no Secrets, nothing by wildcard', () => {
    for (const { apiGroups, resources, verbs } of rules) {
      for (const verb of verbs) expect(['get', 'list', 'watch']).toContain(verb);
      expect([...apiGroups, ...resources]).not.toContain('*');
      expect(resources).not.toContain('secrets');
      expect(resources).not.toContain('configmaps');
    }
  });

  test('everything that facts ask for', () => {
    for (const verb of ['list', 'watch']) expect(may(verb, 'networking.k8s.io', 'networkpolicies')).toBe(true);
    expect(may('list', '', 'pods') && may('list', 'resolution.tekton.dev', 'resolutionrequests')).toBe(true);
    for (const { group, resource } of OTHER_POLICY_KINDS) expect([group, resource, may('list', group, resource)]).toEqual([group, resource, true]);
    for (const resource of ['tasks', 'pipelines', 'stepactions', 'taskruns', 'pipelineruns']) expect(may('get', 'tekton.dev', resource)).toBe(true);
  });

  test('settings of Tekton by name, in its own namespaces', () => {
    const roles = documentsOf('deploy/pipelines/tekton-settings.yaml').filter((document) => document.at('kind').value === 'Role');
    expect(roles.map((one) => [one.at('metadata', 'namespace').value, one.at('rules').value])).toEqual([
      ['tekton-pipelines', [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['feature-flags', 'config-defaults'], verbs: ['get'] }]],
      ['tekton-chains', [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['chains-config'], verbs: ['get'] }]],
    ]);
  });
});
