// Rules of hygiene, from YAML to the verdict: each refusal has a twin that differs in one thing and passes.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterOf, CONTROLLER, judgedBy, wrong } from '../../../support/pipelines.ts';
import type { Asking, Json } from '../../../support/pipelines.ts';

const IMAGE = `ghcr.io/acme/app@sha256:${'a'.repeat(64)}`;
const policy = (hygiene: string, more = ''): string => `apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {hygiene: ${hygiene}${more}}
`;

/** An object that was written once, changed for one case. */
function changed(source: string, patch: (object: Deep) => void): Json {
  const object = parse(source.replaceAll('IMAGE', IMAGE)) as Deep;
  patch(object);
  return object as unknown as Json;
}
interface Deep { [key: string]: Deep & Deep[] & string & number & boolean }

/** What hygiene refuses of an object. */
async function found(rules: string, object: Json, asking: Asking = {}, more = ''): Promise<string[]> {
  return wrong(await judgedBy(policy(rules, more))(object, asking)).filter((line) => line.startsWith('POLICY_HYGIENE_')).map((line) => line.slice('POLICY_HYGIENE_'.length));
}

const TASK_RUN = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: r, namespace: ci}
spec:
  podTemplate: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}}
  taskSpec:
    stepTemplate: {securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
    steps: [{name: build, image: IMAGE, script: make, volumeMounts: [{name: v, mountPath: /cache}]}]
    sidecars: [{name: db, image: IMAGE, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]
    volumes: [{name: v, emptyDir: {}}]
`;
const POD = `
apiVersion: v1
kind: Pod
metadata: {name: r-pod, namespace: ci, ownerReferences: [{apiVersion: tekton.dev/v1, kind: TaskRun, name: r, uid: u, controller: true}]}
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  schedulerName: default-scheduler
  dnsPolicy: ClusterFirst
  containers:
    - name: step-build
      image: IMAGE
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      volumeMounts: [{name: tekton-internal-bin, mountPath: /tekton/bin}, {name: v, mountPath: /cache}]
  volumes: [{name: tekton-internal-bin, emptyDir: {}}, {name: v, emptyDir: {}}]
`;
const step = (object: Deep): Deep => object['spec']!['taskSpec']!['steps']![0]! as unknown as Deep;
const container = (object: Deep): Deep => object['spec']!['containers']![0]! as unknown as Deep;
const set = (holder: Deep, path: string, value: unknown): void => {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = holder;
  for (const name of names) at = (at[name] ??= {} as never) as unknown as Deep;
  (at as unknown as Record<string, unknown>)[last] = value;
};

test('a clean TaskRun and a clean pod pass every rule at level restricted', async () => {
  expect(await found('restricted', changed(TASK_RUN, () => {}))).toEqual([]);
  expect(await found('restricted', changed(POD, () => {}), { user: CONTROLLER })).toEqual([]);
});

/** Rule, place in a TaskRun or pod, a value that is refused and one that is not, and what is said. */
const ROWS: readonly (readonly [rule: string, place: string, bad: unknown, good: unknown, said: string])[] = [
  ['privileged', 'step securityContext.privileged', true, false, 'PRIVILEGED spec.taskSpec.steps[0].securityContext.privileged'],
  ['privileged', 'run spec.taskSpec.stepTemplate.securityContext.privileged', true, false, 'PRIVILEGED spec.taskSpec.stepTemplate.securityContext.privileged'],
  ['privileged', 'run spec.taskSpec.sidecars.0.securityContext.privileged', true, false, 'PRIVILEGED spec.taskSpec.sidecars[0].securityContext.privileged'],
  ['privileged', 'step securityContext.windowsOptions.hostProcess', true, false, 'PRIVILEGED spec.taskSpec.steps[0].securityContext.privileged'],
  ['privileged', 'container securityContext.privileged', true, false, 'PRIVILEGED spec.containers[0].securityContext.privileged'],
  ['hostNamespaces', 'run spec.podTemplate.hostNetwork', true, false, 'HOST spec.podTemplate.hostNetwork'],
  ['hostNamespaces', 'run spec.podTemplate.hostUsers', true, false, 'HOST spec.podTemplate.hostUsers'],
  ['hostNamespaces', 'pod spec.hostPID', true, false, 'HOST spec.hostPID'],
  ['hostNamespaces', 'pod spec.hostIPC', true, false, 'HOST spec.hostIPC'],
  ['hostNamespaces', 'container ports', [{ containerPort: 80, hostPort: 80 }], [{ containerPort: 80 }], 'HOST spec.containers[0].ports[0].hostPort'],
  ['hostNamespaces', 'run spec.taskSpec.sidecars.0.ports', [{ containerPort: 1, hostPort: 1 }], [{ containerPort: 1, hostPort: 0 }], 'HOST spec.taskSpec.sidecars[0].ports[0].hostPort'],
  ['hostPath', 'run spec.taskSpec.volumes.0', { name: 'v', hostPath: { path: '/' } }, { name: 'v', emptyDir: {} }, 'HOST_PATH spec.taskSpec.volumes[0].hostPath'],
  ['hostPath', 'run spec.podTemplate.volumes', [{ name: 'w', hostPath: { path: '/x' } }], [{ name: 'w', emptyDir: {} }], 'HOST_PATH spec.podTemplate.volumes[0].hostPath'],
  ['hostPath', 'pod spec.volumes.1', { name: 'v', hostPath: { path: '/var/run/docker.sock' } }, { name: 'v', emptyDir: {} }, 'HOST_PATH spec.volumes[1].hostPath'],
  ['mountPaths', 'step volumeMounts.0.mountPath', '/tekton/run', '/tektonic/run', 'MOUNT spec.taskSpec.steps[0].volumeMounts[0].mountPath'],
  ['mountPaths', 'step volumeMounts.0.mountPath', '/tekton/../tekton/bin', '/tekton/home', 'MOUNT spec.taskSpec.steps[0].volumeMounts[0].mountPath'],
  ['mountPaths', 'step volumeMounts.0.mountPath', '/cache/./..//tekton', '/cache/tekton', 'MOUNT spec.taskSpec.steps[0].volumeMounts[0].mountPath'],
  ['mountPaths', 'step volumeMounts.0.mountPath', '/tekton/home/../steps', '/tekton/home/x', 'MOUNT spec.taskSpec.steps[0].volumeMounts[0].mountPath'],
  ['mountPaths', 'step volumeMounts.0.mountPath', 'tekton/scripts', 'workspace/tekton', 'MOUNT spec.taskSpec.steps[0].volumeMounts[0].mountPath'],
  ['mountPaths', 'step volumeMounts.0.mountPath', '/', '/x', 'MOUNT spec.taskSpec.steps[0].volumeMounts[0].mountPath'],
  ['mountPaths', 'step volumeMounts.0.mountPath', 'C:\\tekton\\bin', 'C:\\cache', 'MOUNT spec.taskSpec.steps[0].volumeMounts[0].mountPath'],
  ['mountPaths', 'step volumeMounts.0.mountPath', '/var/run/argo', '/var/run/x', 'MOUNT spec.taskSpec.steps[0].volumeMounts[0].mountPath'],
  ['mountPaths', 'run spec.taskSpec.workspaces', [{ name: 'w', mountPath: '/tekton' }], [{ name: 'w', mountPath: '/w' }], 'MOUNT spec.taskSpec.workspaces[0].mountPath'],
  ['mountPaths', 'container volumeMounts.1', { name: 'v', mountPath: '/tekton/bin' }, { name: 'v', mountPath: '/bin2' }, 'MOUNT spec.containers[0].volumeMounts[1]'],
  ['debug', 'run spec.debug', { breakpoints: { onFailure: 'enabled' } }, undefined, 'DEBUG spec.debug'],
  ['capabilities', 'step securityContext.capabilities.add', ['SYS_ADMIN'], ['CHOWN'], 'CAPABILITY spec.taskSpec.steps[0].securityContext.capabilities.add'],
  ['capabilities', 'step securityContext.capabilities.add', ['cap_net_raw'], ['cap_chown'], 'CAPABILITY spec.taskSpec.steps[0].securityContext.capabilities.add'],
  ['capabilities', 'container securityContext.capabilities.add', ['ALL'], ['KILL'], 'CAPABILITY spec.containers[0].securityContext.capabilities.add'],
  ['restricted', 'container securityContext.capabilities.add', ['CHOWN'], ['NET_BIND_SERVICE'], 'CAPABILITY spec.containers[0].securityContext.capabilities.add'],
  ['restricted', 'container securityContext.capabilities.drop', ['CHOWN'], ['ALL'], 'CAPABILITY spec.containers[0].securityContext.capabilities.drop'],
  ['restricted', 'run spec.taskSpec.sidecars.0.securityContext.capabilities', undefined, { drop: ['ALL'] }, 'CAPABILITY spec.taskSpec.sidecars[0].securityContext.capabilities.drop'],
  ['privilegeEscalation', 'step securityContext.allowPrivilegeEscalation', true, undefined, 'ESCALATION spec.taskSpec.steps[0].securityContext.allowPrivilegeEscalation'],
  ['privilegeEscalation', 'container securityContext.allowPrivilegeEscalation', undefined, false, 'ESCALATION spec.containers[0].securityContext.allowPrivilegeEscalation'],
  ['runAsRoot', 'step securityContext.runAsNonRoot', false, true, 'ROOT spec.taskSpec.steps[0].securityContext.runAsNonRoot'],
  ['runAsRoot', 'step securityContext.runAsUser', 0, 1000, 'ROOT spec.taskSpec.steps[0].securityContext.runAsUser'],
  ['runAsRoot', 'run spec.podTemplate.securityContext.runAsUser', 0, 65532, 'ROOT spec.podTemplate.securityContext.runAsUser'],
  ['runAsRoot', 'pod spec.securityContext.runAsNonRoot', undefined, true, 'ROOT spec.containers[0].securityContext.runAsNonRoot'],
  ['seccomp', 'step securityContext.seccompProfile.type', 'Unconfined', 'Localhost', 'SECCOMP spec.taskSpec.steps[0].securityContext.seccompProfile.type'],
  ['seccomp', 'pod spec.securityContext.seccompProfile', undefined, { type: 'RuntimeDefault' }, 'SECCOMP spec.containers[0].securityContext.seccompProfile.type'],
  ['podSettings', 'run spec.podTemplate.securityContext.seccompProfile.type', 'Unconfined', 'RuntimeDefault', 'SECCOMP spec.podTemplate.securityContext.seccompProfile.type'],
  ['podSettings', 'run spec.podTemplate.runtimeClassName', 'runc', undefined, 'POD spec.podTemplate.runtimeClassName'],
  ['podSettings', 'run spec.podTemplate.hostAliases', [{ ip: '1.2.3.4', hostnames: ['github.com'] }], [], 'POD spec.podTemplate.hostAliases'],
  ['podSettings', 'run spec.podTemplate.dnsConfig', { nameservers: ['1.2.3.4'] }, undefined, 'POD spec.podTemplate.dnsConfig'],
  ['podSettings', 'run spec.podTemplate.dnsPolicy', 'Default', 'None', 'POD spec.podTemplate.dnsPolicy'],
  ['podSettings', 'run spec.podTemplate.schedulerName', 'mine', 'default-scheduler', 'POD spec.podTemplate.schedulerName'],
  ['podSettings', 'pod spec.nodeName', 'master-1', undefined, 'POD spec.nodeName'],
  ['podSettings', 'pod spec.shareProcessNamespace', true, false, 'POD spec.shareProcessNamespace'],
  ['podSettings', 'step securityContext.procMount', 'Unmasked', 'Default', 'POD spec.taskSpec.steps[0].securityContext.procMount'],
  ['podSettings', 'container securityContext.seLinuxOptions', { type: 'spc_t' }, { type: 'container_t', level: 's0:c1' }, 'POD spec.containers[0].securityContext.seLinuxOptions'],
  ['podSettings', 'container securityContext.appArmorProfile', { type: 'Unconfined' }, { type: 'RuntimeDefault' }, 'POD spec.containers[0].securityContext.appArmorProfile.type'],
  ['podSettings', 'pod spec.securityContext.sysctls', [{ name: 'kernel.msgmax', value: '1' }], [{ name: 'net.ipv4.tcp_syncookies', value: '1' }], 'POD spec.securityContext.sysctls'],
];

describe('hygiene', () => {
  test.each(ROWS)('hygiene %s: %s', async (rule, place, bad, good, said) => {
    const [what = '', path = ''] = place.split(' ');
    const source = what === 'run' || what === 'step' ? TASK_RUN : POD;
    const holder = { run: (object: Deep) => object, pod: (object: Deep) => object, step, container }[what as 'run'];
    const of = (value: unknown): Json => changed(source, (object) => {
      set(holder(object), path, value);
    });
    const rules = rule === 'restricted' ? 'restricted' : `[${rule}]`;
    expect((await found(rules, of(bad))).filter((line) => !line.startsWith('SECRET'))).toEqual([said]);
    expect(await found(rules, of(good))).toEqual([]);
  });

  test('hygiene: a rule that is not asked for is not judged, and the message names task and step', async () => {
    const object = changed(TASK_RUN, (run) => {
      set(step(run), 'securityContext.privileged', true);
    });
    expect(await found('[hostPath]', object)).toEqual([]);
    const decision = await judgedBy(policy('[privileged]'))(object);
    expect(decision.findings.find(({ code }) => code === 'POLICY_HYGIENE_PRIVILEGED')).toMatchObject({ artifact: 'task r, step build', ofRequest: true, mode: 'enforce', verdict: 'violated' });
  });

  test('hygiene: what a controller has taken from the run or from the settings of its engine is not told of its pod; security contexts are', async () => {
    const object = (patch: (pod: Deep) => void): Json => changed(POD, patch);
    const classed = object((pod) => {
      set(pod, 'spec.runtimeClassName', 'gvisor');
    });
    expect(await found('baseline', classed, { user: CONTROLLER })).toEqual([]);
    expect(await found('baseline', classed)).toEqual(['POD spec.runtimeClassName']);
    expect(await found('baseline', object((pod) => {
      set(container(pod), 'securityContext.procMount', 'Unmasked');
    }), { user: CONTROLLER })).toEqual(['POD spec.containers[0].securityContext.procMount']);
  });

  test('hygiene: of a pod that is there only an ephemeral container can be new', async () => {
    const old = changed(POD, (pod) => {
      set(container(pod), 'securityContext.privileged', true);
    });
    const now = changed(POD, (pod) => {
      set(container(pod), 'securityContext.privileged', true);
      set(pod, 'metadata.annotations', { 'tekton.dev/ready': 'READY' });
    });
    expect(await found('baseline', now, { operation: 'UPDATE', old, user: CONTROLLER })).toEqual([]);
    const entered = changed(POD, (pod) => {
      set(pod, 'spec.ephemeralContainers', [{ name: 'debugger', image: IMAGE, securityContext: { privileged: true } }]);
    });
    expect(await found('baseline', entered, { operation: 'UPDATE', old, sub: 'ephemeralcontainers' })).toEqual(['PRIVILEGED spec.ephemeralContainers[0].securityContext.privileged']);
  });

  test('hygiene: a run that is changed in its metadata alone is not judged again, one whose spec is changed is', async () => {
    const bad = (patch: (run: Deep) => void = () => {}): Json => changed(TASK_RUN, (run) => {
      set(run, 'spec.podTemplate.hostNetwork', true);
      patch(run);
    });
    const asking = { operation: 'UPDATE', old: bad() } as const;
    expect(await found('baseline', bad((run) => {
      set(run, 'metadata.labels', { a: 'b' });
    }), asking)).toEqual([]);
    expect(await found('baseline', bad((run) => {
      set(run, 'spec.timeout', '1h');
    }), asking)).toEqual(['HOST spec.podTemplate.hostNetwork']);
  });

  test('hygiene: a definition may leave to the run what a pod template can say, and not what only a container can', async () => {
    const task = (securityContext: Json): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', namespace: 'ci' }, spec: { steps: [{ name: 'a', image: IMAGE, securityContext }] } });
    expect(await found('restricted', task({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }))).toEqual([]);
    expect(await found('restricted', task({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: false }))).toEqual(['ROOT spec.steps[0].securityContext.runAsNonRoot']);
    expect((await found('restricted', task({}))).sort()).toEqual(['CAPABILITY spec.steps[0].securityContext.capabilities.drop', 'ESCALATION spec.steps[0].securityContext.allowPrivilegeEscalation']);
  });

  test('hygiene: what steps take over from their template is told once, at the template', async () => {
    const object = changed(TASK_RUN, (run) => {
      set(run, 'spec.taskSpec.stepTemplate.securityContext.privileged', true);
      set(run, 'spec.taskSpec.steps', [{ name: 'a', image: IMAGE }, { name: 'b', image: IMAGE }]);
    });
    expect(await found('baseline', object)).toEqual(['PRIVILEGED spec.taskSpec.stepTemplate.securityContext.privileged']);
  });
});

describe('secrets', () => {
  const token = ['ghp', '_', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aB3dE6gH9'].join('');
  test.each<[string, (run: Deep) => void, string]>([
    ['script', (run) => set(step(run), 'script', `curl -H "Authorization: token ${token}" https://api.github.com`), 'spec.taskSpec.steps[0].script'],
    ['args', (run) => set(step(run), 'args', ['--token', token]), 'spec.taskSpec.steps[0].args[1]'],
    ['env', (run) => set(step(run), 'env', [{ name: 'T', value: token }]), 'spec.taskSpec.steps[0].env[0].value'],
    ['parameter of the run', (run) => set(run, 'spec.params', [{ name: 'token', value: token }]), 'spec.params[0]'],
    ['list in a parameter', (run) => set(run, 'spec.params', [{ name: 'tokens', value: ['a', token] }]), 'spec.params[0]'],
    ['default', (run) => set(run, 'spec.taskSpec.params', [{ name: 'token', default: token }]), 'spec.taskSpec.params[0]'],
    ['env of a sidecar', (run) => set(run, 'spec.taskSpec.sidecars.0.env', [{ name: 'T', value: token }]), 'spec.taskSpec.sidecars[0].env[0].value'],
  ])('secrets: written into %s, and the message does not repeat it', async (_name, patch, path) => {
    const decision = await judgedBy(policy('[secrets]'))(changed(TASK_RUN, patch));
    const told = decision.findings.filter(({ code }) => code === 'POLICY_HYGIENE_SECRET');
    expect(told).toHaveLength(1);
    expect(told[0]?.path.startsWith(path), told[0]?.path).toBe(true);
    expect(told[0]?.found).toEqual(['GitHub token (40 characters)']);
    expect(JSON.stringify(decision.findings.filter(({ code }) => code.startsWith('POLICY_HYGIENE')))).not.toContain(token);
  });

  test('secrets: taken from elsewhere they are none', async () => {
    expect(await found('[secrets]', changed(TASK_RUN, (run) => {
      set(step(run), 'env', [{ name: 'T', valueFrom: { secretKeyRef: { name: 's', key: 'token' } } }]);
      set(step(run), 'script', 'curl -H "Authorization: token ${T}" https://api.github.com');
    }))).toEqual([]);
  });
});

describe('sharedWorkspaces', () => {
  const CLASSES = ', classes: {definitions: {fetch: [git-clone], publish: [kaniko]}}';
  const run = (tasks: string): Json => changed(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: r, namespace: ci}
spec:
  workspaces: [{name: src, emptyDir: {}}, {name: out, emptyDir: {}}]
  pipelineSpec:
    workspaces: [{name: src}, {name: out}]
    tasks:
${tasks}`, () => {});
  const fetch = (workspace: string): string => `      - {name: fetch, taskRef: {name: git-clone}, workspaces: [{name: output, workspace: ${workspace}}]}\n`;
  const build = (workspace: string, more = ''): string => `      - {name: build, ${more}workspaces: [{name: source, workspace: ${workspace}}], taskSpec: {workspaces: [{name: source}], steps: [{name: make, image: IMAGE}]}}\n`;
  const publish = (workspace: string, more = ''): string => `      - {name: push, ${more}taskRef: {name: kaniko}, workspaces: [{name: source, workspace: ${workspace}}]}\n`;

  test.each<[string, string, string[]]>([
    ['what publishes reads what user code wrote', build('src') + publish('src', 'runAfter: [build], '), ['WORKSPACE spec.pipelineSpec.tasks[1].workspaces[0]']],
    ['the same with a workspace of its own', build('src') + publish('out', 'runAfter: [build], '), []],
    ['what fetches has surely ended before', fetch('src') + build('src', 'runAfter: [fetch], '), []],
    ['what fetches runs beside', fetch('src') + build('src'), ['WORKSPACE spec.pipelineSpec.tasks[0].workspaces[0]']],
    ['all three, and only the last is told', fetch('src') + build('src', 'runAfter: [fetch], ') + publish('src', 'runAfter: [build], '), ['WORKSPACE spec.pipelineSpec.tasks[2].workspaces[0]']],
    ['two that run user code', build('src') + build('src').replace('name: build', 'name: test'), []],
    ['two that do not', fetch('src') + publish('src'), []],
  ])('sharedWorkspaces: %s', async (_name, tasks, expected) => {
    expect(await found('[sharedWorkspaces]', run(tasks), {}, CLASSES)).toEqual(expected);
  });

  const task = (name: string, labels: string): string => `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: ${name}, namespace: ci, labels: {${labels}}}
spec: {workspaces: [{name: source}], steps: [{name: a, image: "${IMAGE}"}]}
`;

  test('sharedWorkspaces: a definition says by its label what it is, and where it cannot be had that is undetermined', async () => {
    const object = run(build('src') + publish('src', 'runAfter: [build], '));
    const judged = async (cluster: ReturnType<typeof clusterOf>): Promise<string[]> => wrong(await judgedBy(policy('[sharedWorkspaces]'), { cluster })(object)).filter((line) => /HYGIENE|UNKNOWN/.test(line));
    expect(await judged(clusterOf([task('kaniko', 'gatehouse.dev/class: publish')]))).toEqual(['POLICY_HYGIENE_WORKSPACE spec.pipelineSpec.tasks[1].workspaces[0]']);
    expect(await judged(clusterOf([task('kaniko', '')]))).toEqual([]);
    expect(await judged(clusterOf([task('kaniko', '')], ['object']))).toEqual([expect.stringMatching(/^POLICY_FACT_UNKNOWN spec\.pipelineSpec\.tasks\[1\]/)]);
  });

  test('sharedWorkspaces: a Pipeline is judged as its runs are', async () => {
    const { spec } = run(build('src') + publish('src', 'runAfter: [build], ')) as { spec: { pipelineSpec: Json } };
    const pipeline = { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name: 'p', namespace: 'ci' }, spec: spec.pipelineSpec };
    expect(await found('[sharedWorkspaces]', pipeline, {}, CLASSES)).toEqual(['WORKSPACE spec.tasks[1].workspaces[0]']);
  });
});

describe('resolverParameters', () => {
  const run = (resolver: string, params: Readonly<Record<string, string>>, given: Json[] = []): Json => ({
    apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'r', namespace: 'ci' },
    spec: { params: given, pipelineRef: { resolver, params: Object.entries(params).map(([name, value]) => ({ name, value })) } },
  });
  const git = { url: 'https://github.com/acme/pipelines.git', revision: 'a'.repeat(40), pathInRepo: 'tekton/build.yaml' };

  test.each<[string, string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ['K02: a server of the requester', 'git', { ...git, serverURL: 'https://evil.example' }, git],
    ['K02: an option in place of a revision', 'git', { ...git, revision: '--upload-pack=touch /tmp/x' }, { ...git, revision: 'upload-pack' }],
    ['K02: a range', 'git', { ...git, revision: 'main..evil' }, { ...git, revision: 'v1.2' }],
    ['K02: a path out of the repository', 'git', { ...git, pathInRepo: '../../etc/passwd' }, { ...git, pathInRepo: 'a/..b/c.yaml' }],
    ['K02: an absolute path', 'git', { ...git, pathInRepo: '/etc/passwd' }, { ...git, pathInRepo: 'etc/passwd' }],
    ['K02: an escaped path', 'git', { ...git, pathInRepo: 'a/%2e%2e/b' }, { ...git, pathInRepo: 'a/%20/b' }],
    ['K07: a user in the URL', 'git', { ...git, url: 'https://user@github.com/acme/pipelines' }, { ...git, url: 'https://github.com/user@acme/pipelines' }],
    ['K07: a user that looks like the host', 'git', { ...git, url: 'https://github.com@evil.example/acme' }, { ...git, url: 'https://GITHUB.com/acme/app.git/' }],
    ['K07: dots that are hidden', 'git', { ...git, url: 'https://github.com/acme/%2e%2e/evil' }, { ...git, url: 'https://github.com/acme/evil' }],
    ['K07: another user by ssh', 'git', { ...git, url: 'root@github.com:acme/app' }, { ...git, url: 'git@github.com:acme/app' }],
    ['not https', 'git', { ...git, url: 'http://github.com/acme/pipelines' }, git],
    ['a helper of git', 'git', { ...git, url: 'ext::sh -c touch% /tmp/x' }, git],
    ['an option in place of a URL', 'git', { ...git, url: '--upload-pack=x' }, git],
    ['a file of the resolver', 'git', { ...git, url: 'file:///etc' }, git],
    ['metadata of a cloud', 'http', { url: 'https://169.254.169.254/latest' }, { url: 'https://example.com/latest' }],
    ['the resolver itself, in hexadecimal', 'http', { url: 'https://0x7f000001/x' }, { url: 'https://x7f000001.example/x' }],
    ['the resolver itself', 'http', { url: 'https://localhost:8080/x' }, { url: 'https://localhost.example:8080/x' }],
    ['an address of IPv6', 'http', { url: 'https://[::1]/x' }, { url: 'https://example.com/[::1]' }],
    ['a hub of the requester', 'hub', { kind: 'task', name: 'git-clone', version: '0.9', url: 'https://evil.example' }, { kind: 'task', name: 'git-clone', version: '0.9' }],
    ['a name that is a path', 'hub', { kind: 'task', name: '../x', version: '0.9' }, { kind: 'task', name: 'x', version: '0.9' }],
    ['a namespace that is a path', 'cluster', { kind: 'pipeline', name: 'p', namespace: '../kube-system' }, { kind: 'pipeline', name: 'p', namespace: 'kube-system' }],
  ])('resolverParameters: %s', async (_name, resolver, bad, good) => {
    expect(await found('[resolverParameters]', run(resolver, bad))).toEqual([expect.stringMatching(/^RESOLVER spec\.pipelineRef/)]);
    expect(await found('[resolverParameters]', run(resolver, good))).toEqual([]);
  });

  test('K02: a server, or a version, that is a parameter of the run is what the parameter says', async () => {
    const server = { org: 'acme', repo: 'p', revision: git.revision, pathInRepo: 'x', serverURL: '$(params.server)' };
    expect(await found('[resolverParameters]', run('git', server, [{ name: 'server', value: 'https://evil.example' }]))).toEqual([expect.stringMatching(/^RESOLVER spec\.pipelineRef/)]);
    const hub = { catalog: 'tekton', name: 'x', version: '$(params.version)' };
    expect(await found('[resolverParameters]', run('hub', hub, [{ name: 'version', value: '../0.1' }]))).toEqual([expect.stringMatching(/^RESOLVER spec\.pipelineRef/)]);
    expect(await found('[resolverParameters]', run('hub', hub, [{ name: 'version', value: '0.1' }]))).toEqual([]);
  });

  test('resolverParameters: what a parameter of the run makes of them', async () => {
    const open = { ...git, revision: '$(params.rev)', pathInRepo: '$(params.path)' };
    const given = (rev: string, path: string): Json[] => [{ name: 'rev', value: rev }, { name: 'path', value: path }];
    expect(await found('[resolverParameters]', run('git', open, given('--upload-pack=x', 'a.yaml')))).toHaveLength(1);
    expect(await found('[resolverParameters]', run('git', open, given('main', '../a.yaml')))).toHaveLength(1);
    expect(await found('[resolverParameters]', run('git', open, given('main', 'a.yaml')))).toEqual([]);
  });
});

describe('other engines', () => {
  const workflow = (patch: (object: Deep) => void = () => {}): Json => changed(`
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w, namespace: ci}
spec:
  entrypoint: main
  templates:
    - name: main
      container: {image: IMAGE, command: [make]}
`, patch);
  test.each<[string, string, unknown, unknown, string]>([
    ['hostNamespaces', 'spec.hostNetwork', true, false, 'HOST spec.hostNetwork'],
    ['hostPath', 'spec.volumes', [{ name: 'v', hostPath: { path: '/' } }], [{ name: 'v', emptyDir: {} }], 'HOST_PATH spec.volumes[0].hostPath'],
    ['privileged', 'spec.templates.0.container.securityContext.privileged', true, false, 'PRIVILEGED spec.templates[0].container.securityContext.privileged'],
    ['privileged', 'spec.templates.0.sidecars', [{ name: 'd', image: IMAGE, securityContext: { privileged: true } }], [{ name: 'd', image: IMAGE }], 'PRIVILEGED spec.templates[0].sidecars[0].securityContext.privileged'],
    ['mountPaths', 'spec.templates.0.container.volumeMounts', [{ name: 'v', mountPath: '/var/run/argo' }], [{ name: 'v', mountPath: '/var/run/x' }], 'MOUNT spec.templates[0].container.volumeMounts[0]'],
    ['debug', 'spec.templates.0.container.env', [{ name: 'ARGO_DEBUG_PAUSE_AFTER', value: 'true' }], [{ name: 'DEBUG', value: 'true' }], 'DEBUG spec.templates[0].container.env[0]'],
    ['podSettings', 'spec.podSpecPatch', '{"hostAliases": {{workflow.parameters.x}}}', '{"terminationGracePeriodSeconds": 1}', 'POD spec.podSpecPatch'],
    ['podSettings', 'spec.schedulerName', 'mine', 'default-scheduler', 'POD spec.schedulerName'],
    ['hostNamespaces', 'spec.podSpecPatch', '{"hostPID": true}', '{"hostPID": false}', 'HOST spec.podSpecPatch.hostPID'],
  ])('hygiene %s of a Workflow: %s', async (rule, path, bad, good, said) => {
    const of = (value: unknown): Json => workflow((object) => {
      set(object, path, value);
    });
    expect(await found(`[${rule}]`, of(bad))).toEqual([expect.stringContaining(said)]);
    expect(await found(`[${rule}]`, of(good))).toEqual([]);
  });

  test('hygiene privileged of a build strategy', async () => {
    const strategy = (privileged: boolean): Json => ({
      apiVersion: 'shipwright.io/v1beta1', kind: 'BuildStrategy', metadata: { name: 's', namespace: 'ci' },
      spec: { steps: [{ name: 'build', image: IMAGE, command: ['make'], securityContext: { privileged } }] },
    });
    expect(await found('[privileged]', strategy(true))).toEqual(['PRIVILEGED spec.steps[0].securityContext.privileged']);
    expect(await found('[privileged]', strategy(false))).toEqual([]);
  });
});
