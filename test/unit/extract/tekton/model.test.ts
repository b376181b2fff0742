import { describe, expect, it } from 'vitest';
import type { DefinitionUse } from '../../../../src/domain/build/definition.ts';
import { extracted, imageLine, objectsOf, readYaml } from './objects.ts';

const RUN = `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run-1, labels: {team: web}}
spec:
  params: [{name: revision, value: main}, {name: flags, value: [-a, -b]}]
  taskRunTemplate:
    serviceAccountName: pipeline
    podTemplate: {hostNetwork: true, hostAliases: [{ip: 10.0.0.1}], env: [{name: "TEKTON_$(params.revision)"}], volumes: [{name: tools, image: {reference: r.example/tools@sha256:${'a'.repeat(64)}}}]}
  taskRunSpecs:
  - pipelineTaskName: publish
    serviceAccountName: publisher
    podTemplate: {runtimeClassName: kata, securityContext: {runAsNonRoot: true}}
    metadata: {labels: {a: b}, annotations: {c: d}}
  workspaces:
  - {name: source, persistentVolumeClaim: {claimName: pvc}}
  - {name: key, projected: {sources: [{serviceAccountToken: {path: t}}, {configMap: {name: c}}]}}
  pipelineSpec:
    params: [{name: revision}, {name: flags, type: array}]
    workspaces: [{name: source}, {name: key}]
    results: [{name: IMAGE_URL, value: $(tasks.publish.results.IMAGE_URL)}]
    tasks:
    - name: clone
      taskRef: {name: git-clone}
      workspaces: [{name: output, workspace: source}]
    - name: build
      runAfter: [clone]
      when: [{input: $(params.revision), operator: in, values: [main, $(tasks.look.results.branch)]}]
      onError: continue
      workspaces: [{name: in, workspace: source}]
      taskSpec:
        metadata: {labels: {gatehouse.dev/class: build}, annotations: {x: y}}
        workspaces: [{name: in, mountPath: /work, readOnly: true}, {name: key}]
        results: [{name: digest}, {name: all, type: object, properties: {uri: {type: string}}}]
        stepTemplate: {image: r.example/base:1, securityContext: {privileged: true, runAsUser: 7}, env: [{name: A, value: template}, {name: B, value: b}], volumeMounts: [{name: v, mountPath: /a}]}
        steps:
        - {name: compile, script: "make $(workspaces.cache.path)", env: [{name: A, value: own}], securityContext: {privileged: false}, volumeMounts: [{name: w, mountPath: /a}, {name: w, mountPath: "/$(params.revision)"}]}
        - {name: lint, image: r.example/lint:1, command: [lint], args: [--all]}
        - {name: act, ref: {name: my-action}}
        sidecars: [{name: docker, image: r.example/dind:1, ports: [{hostPort: 2375}], securityContext: {privileged: true}}]
        volumes: [{name: v, hostPath: {path: /var/run}}, {name: w, csi: {driver: csi.spiffe.io}}]
    - name: publish
      params: [{name: digest, value: $(tasks.build.results.digest)}, {name: rev, value: $(params.revision)}]
      taskRef: {resolver: bundles, params: [{name: bundle, value: ghcr.io/acme/tasks:1}, {name: name, value: kaniko}, {name: kind, value: task}]}
    finally:
    - name: tell
      params: [{name: status, value: $(tasks.status)}]
      taskSpec: {steps: [{image: r.example/tell:1}]}
`;

describe('a PipelineRun is read as a whole', () => {
  const { request, problems } = readYaml(RUN);

  it('without a problem, and with every image where it stands', () => {
    expect(problems).toEqual([]);
    const p = 'spec.pipelineSpec';
    expect(request.images.map(imageLine)).toEqual([
      `${p}.tasks[1].taskSpec.stepTemplate.image r.example/base:1`,
      `${p}.tasks[1].taskSpec.steps[1].image r.example/lint:1`,
      `${p}.tasks[1].taskSpec.sidecars[0].image r.example/dind:1`,
      `${p}.tasks[2].taskRef.params[0].value ghcr.io/acme/tasks:1`,
      `${p}.finally[0].taskSpec.steps[0].image r.example/tell:1`,
      `spec.taskRunTemplate.podTemplate.volumes[0].image.reference r.example/tools@sha256:${'a'.repeat(64)}`,
    ]);
    expect(request.images.map(({ holder, usage, task }) => `${holder} ${usage} ${task}`)).toEqual([
      'step template buildStep build', 'step lint buildStep build', 'sidecar docker buildStep build', 'definition of task publish definition publish',
      'step unnamed-0 buildStep tell', 'volume tools buildStep ',
    ]);
  });

  it('its definitions, nested ones after what holds them', () => {
    expect(request.definitions.map((use) => `${use.form} ${use.kind} ${use.path} ${use.usedBy ?? '-'}`)).toEqual([
      'inline pipeline spec.pipelineSpec -',
      'local task spec.pipelineSpec.tasks[0].taskRef clone',
      'inline task spec.pipelineSpec.tasks[1].taskSpec build',
      'local stepAction spec.pipelineSpec.tasks[1].taskSpec.steps[2].ref act',
      'remote task spec.pipelineSpec.tasks[2].taskRef publish',
      'inline task spec.pipelineSpec.finally[0].taskSpec tell',
    ]);
    expect(request.definitions[1]).toMatchObject({ group: 'tekton.dev', resource: 'tasks', name: 'git-clone', namespace: 'ci' });
    expect(request.definitions[2]).toMatchObject({ content: { steps: [{ name: 'compile' }, {}, {}] } });
    expect(request.definitions[4]).toMatchObject({ resolver: 'bundles', source: { from: 'bundle', name: 'ghcr.io/acme/tasks', entry: 'kaniko' } });
  });

  it('the order of its tasks, with what is not sure about it', () => {
    expect(request.order.map(({ name, after, isFinally, conditional, failureIgnored, serviceAccount, definition }) =>
      [name, after.join(), isFinally, conditional, failureIgnored, serviceAccount ?? '', definition])).toEqual([
      ['clone', '', false, false, false, '', 1],
      ['build', 'clone,look', false, true, true, '', 2],
      ['publish', 'build', false, false, false, 'publisher', 4],
      ['tell', '', true, false, false, '', 5],
    ]);
    expect(request.order[1]?.workspaces?.map(({ boundTo }) => boundTo)).toEqual(['source', 'key', 'cache']);
    expect(request.order[0]?.workspaces).toEqual([{ name: 'output', boundTo: 'source', path: 'spec.pipelineSpec.tasks[0].workspaces[0]' }]);
  });

  it('tasks with labels, results, parameters, volumes, and the workspaces behind theirs', () => {
    const [build] = request.tasks;
    expect(request.tasks.map(({ name }) => name)).toEqual(['build', 'tell']);
    expect(build).toMatchObject({ labels: { 'gatehouse.dev/class': 'build' }, annotations: { x: 'y' }, definition: 2 });
    expect(build?.workspaces.map(({ name, boundTo }) => `${name}=${boundTo}`)).toEqual(['in=source', 'key=key', 'cache=cache']);
    expect(build?.workspaces[0]).toMatchObject({ name: 'in', readOnly: true });
    expect(build?.results.map(({ name, type, properties }) => `${name} ${type} ${properties.join()}`)).toEqual(['digest string ', 'all object uri']);
    expect(build?.volumes.map(({ name, type, detail }) => `${name} ${type} ${detail}`)).toEqual(['v hostPath /var/run', 'w csi csi.spiffe.io']);
    expect(build?.sidecars[0]).toMatchObject({ holder: 'sidecar docker', security: { privileged: true }, hostPorts: [{ port: 2375 }] });
  });

  it('steps with what they take over from the template, and one with a StepAction without it', () => {
    const [compile, lint, act] = request.tasks[0]?.steps ?? [];
    expect(compile).toMatchObject({ holder: 'step compile', image: 'r.example/base:1', security: { privileged: false, runAsUser: 7 } });
    expect(compile?.environment.map(({ name }) => name)).toEqual(['A', 'B']);
    expect(compile?.mounts.map(({ volume, at }) => `${volume} ${at}`)).toEqual(['w /a', 'w /main', 'workspace in /work']);
    expect(lint).toMatchObject({ image: 'r.example/lint:1', command: ['lint', '--all'], security: { privileged: true } });
    expect(act).toMatchObject({ image: '', security: { privileged: false }, environment: [] });
  });

  it('pods, accounts, parameters and results', () => {
    expect(request.pods.map(({ path, task, hostNetwork, runtimeClass }) => [path, task ?? '', hostNetwork, runtimeClass ?? ''])).toEqual([
      ['spec.taskRunSpecs[0].podTemplate', 'publish', false, 'kata'],
      ['spec.taskRunSpecs[0].metadata', 'publish', false, ''],
      ['spec.workspaces', '', false, ''],
      ['spec.taskRunTemplate.podTemplate', '', true, ''],
    ]);
    expect(request.pods[1]).toMatchObject({ labels: { a: 'b' }, annotations: { c: 'd' } });
    expect(request.pods[2]?.volumes.map(({ type }) => type)).toEqual(['persistentVolumeClaim', 'projected']);
    expect(request.pods[2]?.volumes[1]?.detail).toBe('serviceAccountToken,configMap');
    expect(request.pods[3]?.further).toMatchObject([{ name: 'hostAliases', path: 'spec.taskRunTemplate.podTemplate.hostAliases' }]);
    expect(request.pods[3]?.environment.map(({ name }) => name)).toEqual(['TEKTON_main']);
    expect(request.accounts.map(({ name, path }) => `${name} ${path}`)).toEqual(['publisher spec.taskRunSpecs[0].serviceAccountName', 'pipeline spec.taskRunTemplate.serviceAccountName']);
    expect(request.parameters.map(({ name, values, path }) => `${name}=${values.join()} ${path}`)).toEqual([
      'revision=main spec.params[0]', 'flags=-a,-b spec.params[1]',
      'digest=$(tasks.build.results.digest) spec.pipelineSpec.tasks[2].params[0]', 'rev=main spec.pipelineSpec.tasks[2].params[1]',
      'status=$(tasks.status) spec.pipelineSpec.finally[0].params[0]',
    ]);
    expect(request.results).toEqual([{ name: 'IMAGE_URL', path: 'spec.pipelineSpec.results[0]', takes: [{ task: 'publish', result: 'IMAGE_URL' }] }]);
    expect(request.labels).toEqual({ team: 'web' });
  });

  it('texts in which secrets could stand', () => {
    expect(request.texts.map(({ text }) => text)).toEqual(expect.arrayContaining(['make $(workspaces.cache.path)', 'own', 'template', 'lint', '--all', 'main', '-a']));
  });

  it('its images come out as artifacts, so that they are judged like all others', () => {
    const [object] = objectsOf(RUN);
    expect(object === undefined ? [] : extracted(object).artifacts.map(({ name, usage }) => `${name} ${usage}`)).toEqual([
      'r.example/base buildStep', 'r.example/lint buildStep', 'r.example/dind buildStep', 'ghcr.io/acme/tasks definition', 'r.example/tell buildStep', 'r.example/tools buildStep',
    ]);
  });
});

describe('definitions', () => {
  const SHA = 'b'.repeat(40);
  const DIGEST = `sha256:${'c'.repeat(64)}`;

  function first(reference: string, version = 'v1', params = ''): DefinitionUse | undefined {
    return readYaml(`{apiVersion: tekton.dev/${version}, kind: TaskRun, metadata: {name: r}, spec: {params: [${params}], taskRef: ${reference}}}`).request.definitions[0];
  }
  const resolver = (name: string, params: Record<string, string>): string =>
    JSON.stringify({ resolver: name, params: Object.entries(params).map(([key, value]) => ({ name: key, value })) });

  it.each<[string, string, object]>([
    ['a local task', '{name: build}', { form: 'local', resource: 'tasks', namespace: 'ci' }],
    ['a task of the cluster', '{name: build, kind: ClusterTask}', { form: 'local', resource: 'clustertasks', namespace: '' }],
    ['an apiVersion makes none of a TaskRun custom', '{name: build, kind: Task, apiVersion: tekton.dev/v1}', { form: 'local', resource: 'tasks' }],
    ['a bundle by digest', resolver('bundles', { bundle: `ghcr.io/a/b@${DIGEST}`, name: 't', kind: 'task' }), { source: { from: 'bundle', name: 'ghcr.io/a/b', digest: DIGEST, entry: 't' } }],
    ['a bundle that is no reference', resolver('bundles', { bundle: 'GHCR.io/A B' }), { source: { from: 'unknown' } }],
    ['a repository by commit', resolver('git', { url: 'https://GitHub.com/acme/p.git/', revision: SHA, pathInRepo: 't.yaml' }), { source: { from: 'git', url: 'https://github.com/acme/p', pinned: true, file: 't.yaml' } }],
    ['a repository by branch', resolver('git', { url: 'git@github.com:acme/p', revision: 'main' }), { source: { from: 'git', url: 'https://github.com/acme/p', pinned: false } }],
    ['a repository by short commit', resolver('git', { url: 'ssh://git@github.com/acme/p', revision: SHA.slice(1) }), { source: { url: 'https://github.com/acme/p', pinned: false } }],
    ['K07: a user name in the URL', resolver('git', { url: 'https://github.com@evil.example/acme/p' }), { source: { from: 'unknown' } }],
    ['K07: a path that goes up', resolver('git', { url: 'https://github.com/acme/%2e%2e/evil/p' }), { source: { from: 'unknown' } }],
    ['K02: a server of their own', resolver('git', { org: 'acme', repo: 'p', serverURL: 'https://evil.example', scmType: 'github' }), { params: { serverURL: 'https://evil.example' }, source: { from: 'git', url: 'https://evil.example/acme/p' } }],
    ['a provider', resolver('git', { org: 'acme', repo: 'p', scmType: 'gitlab' }), { source: { from: 'git', url: 'https://gitlab.com/acme/p' } }],
    ['a server that is not told', resolver('git', { org: 'acme', repo: 'p' }), { source: { from: 'unknown' } }],
    ['a URL beside a repository', resolver('git', { url: 'https://github.com/a/b', repo: 'p', org: 'c' }), { source: { from: 'unknown' } }],
    ['a hub', resolver('hub', { catalog: 'tekton', name: 'git-clone', version: '0.10' }), { source: { from: 'hub', catalog: 'tekton', name: 'git-clone', version: '0.10' } }],
    ['a URL with digest', resolver('http', { url: 'https://a.example/t.yaml', digest: DIGEST }), { source: { from: 'http', url: 'https://a.example/t.yaml', digest: DIGEST } }],
    ['a URL with half a digest', resolver('http', { url: 'https://a.example/t.yaml', digest: 'sha256:12' }), { source: { from: 'http', url: 'https://a.example/t.yaml' } }],
    ['another namespace', resolver('cluster', { kind: 'task', name: 't', namespace: 'catalog' }), { source: { from: 'cluster', namespace: 'catalog', resource: 'tasks', name: 't' } }],
    ['a resolver of their own', resolver('mine', { x: 'y' }), { resolver: 'mine', source: { from: 'unknown' } }],
    ['nothing but the default resolver', '{params: []}', { resolver: '', source: { from: 'unknown' } }],
    ['a name that is a URL', '{name: "https://a.example/t.yaml", resolver: http}', { resolver: 'http', source: { from: 'http', url: 'https://a.example/t.yaml' } }],
    ['a name that is a URL, by the default resolver', '{name: "https://a.example/t.yaml"}', { form: 'remote', source: { from: 'unknown' } }],
    ['K02: a server by a parameter of the run', resolver('git', { org: 'acme', repo: 'p', serverURL: 'https://$(params.tag).example' }), { params: { serverURL: 'https://$(params.tag).example' }, values: { serverURL: 'https://v1.example' } }],
    ['a parameter of the run', resolver('bundles', { bundle: 'ghcr.io/a/b:$(params.tag)', name: 't' }), { source: { from: 'bundle', reference: 'ghcr.io/a/b:v1' }, params: { bundle: 'ghcr.io/a/b:$(params.tag)' } }],
    ['a parameter without a value', resolver('git', { url: 'https://github.com/a/b', revision: '$(params.rev)' }), { source: { from: 'deferred', expression: '$(params.rev)' } }],
  ])('%s', (_, reference, expected) => {
    expect(first(reference, 'v1', '{name: tag, value: v1}')).toMatchObject(expected);
  });

  it('a bundle of v1beta1 is one in that version, and no field of v1', () => {
    const yaml = (version: string): string => `{apiVersion: tekton.dev/${version}, kind: TaskRun, metadata: {name: r}, spec: {taskRef: {name: t, bundle: "ghcr.io/a/b:1"}}}`;
    expect(readYaml(yaml('v1beta1'))).toMatchObject({ problems: [], request: { definitions: [{ form: 'remote', resolver: 'bundles', source: { from: 'bundle', entry: 't' } }] } });
    expect(readYaml(yaml('v1beta1')).request.images.map(imageLine)).toEqual(['spec.taskRef.bundle ghcr.io/a/b:1']);
    expect(readYaml(yaml('v1')).problems).toEqual(['INPUT_OBJECT_UNREADABLE spec.taskRef.bundle']);
  });

  it('custom tasks, by reference and embedded, with what can be read of them', () => {
    const { request, problems } = readYaml(`
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  tasks:
  - {name: approve, taskRef: {apiVersion: example.dev/v1, kind: Approval, name: a}}
  - name: loop
    taskSpec: {apiVersion: custom.tekton.dev/v1, kind: TaskLoop, spec: {taskSpec: {steps: [{image: r.example/loop:1}]}}}
  - name: inner
    taskSpec: {apiVersion: tekton.dev/v1, kind: Pipeline, spec: {tasks: [{name: x, taskSpec: {steps: [{image: "$(params.x)"}]}}]}}
`);
    expect(problems).toEqual([]);
    expect(request.definitions.map((use) => (use.form === 'custom' ? `${use.customKind} ${use.name}` : use.form))).toEqual(['self', 'Approval a', 'TaskLoop ', 'Pipeline ', 'inline']);
    expect(request.images.map(imageLine)).toEqual([
      'spec.tasks[1].taskSpec.spec.taskSpec.steps[0].image r.example/loop:1',
      'spec.tasks[2].taskSpec.spec.tasks[0].taskSpec.steps[0].image (parameter $(params.x))',
    ]);
  });

  it('a pipeline in a pipeline sees what it is given, and its tasks carry its name', () => {
    const { request } = readYaml(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: r}
spec:
  params: [{name: a, value: outer}]
  workspaces: [{name: source, emptyDir: {}}]
  pipelineSpec:
    tasks:
    - {name: before, taskRef: {name: t}}
    - {name: last, runAfter: [child], taskRef: {name: t}}
    - name: child
      runAfter: [before]
      onError: continue
      params: [{name: b, value: $(params.a)}]
      workspaces: [{name: inner, workspace: source}]
      pipelineSpec:
        params: [{name: b}, {name: c, default: "$(params.b)-c"}]
        tasks:
        - name: one
          taskSpec: {workspaces: [{name: w}], steps: [{image: "$(params.c)"}, {image: "$(params.a)"}]}
          workspaces: [{name: w, workspace: inner}]
        - {name: two, runAfter: [one], taskRef: {name: t}}
`);
    expect(request.order.map(({ name, after, failureIgnored }) => `${name} after ${after.join()} ${failureIgnored}`)).toEqual([
      'before after  false', 'last after child false', 'child after before,child/one,child/two true', 'child/one after before true', 'child/two after child/one true',
    ]);
    expect(request.images.map(imageLine).map((line) => line.split('steps')[1])).toEqual(['[0].image outer-c', '[1].image (parameter $(params.a))']);
    expect(request.tasks[0]).toMatchObject({ name: 'child/one', workspaces: [{ name: 'w', boundTo: 'source' }] });
  });
});

describe('other kinds', () => {
  it('the definition under review is told, with the object as it came', () => {
    const { request } = readYaml('{apiVersion: tekton.dev/v1beta1, kind: StepAction, metadata: {name: s, labels: {a: b}}, spec: {params: [{name: i, default: x}], image: "r.example/$(params.i)", script: "echo", env: [{name: E}], results: [{name: digest}]}}');
    expect(request).toMatchObject({ role: 'definition', definitions: [{ form: 'self', kind: 'stepAction', object: { kind: 'StepAction' } }] });
    expect(request.tasks[0]).toMatchObject({ name: 's', steps: [{ holder: 'step action s', environment: [{ name: 'E' }] }], labels: { a: 'b' } });
    expect(request.images.map(imageLine)).toEqual(['spec.image r.example/x']);
  });

  it('a ClusterTask is read like a Task', () => {
    const { request, problems } = readYaml('{apiVersion: tekton.dev/v1beta1, kind: ClusterTask, metadata: {name: s}, spec: {steps: [{image: r.example/x}]}}');
    expect([problems, request.images.map(imageLine), request.namespace]).toEqual([[], ['spec.steps[0].image r.example/x'], '']);
  });

  it('a CustomRun and a Run', () => {
    for (const [kind, version, member] of [['CustomRun', 'v1beta1', 'customSpec'], ['Run', 'v1alpha1', 'spec']]) {
      const { request } = readYaml(`{apiVersion: tekton.dev/${version}, kind: ${kind}, metadata: {name: s}, spec: {params: [{name: a, value: b}], serviceAccountName: sa, ${member}: {apiVersion: e/v1, kind: TaskLoop, spec: {taskSpec: {steps: [{image: x}]}}}}}`);
      expect(request).toMatchObject({ role: 'run', definitions: [{ form: 'custom', customKind: 'TaskLoop' }], parameters: [{ name: 'a', values: ['b'] }], accounts: [{ name: 'sa' }] });
      expect(request.images.map(imageLine)).toEqual([`spec.${member}.spec.taskSpec.steps[0].image x`]);
    }
  });

  it('a TriggerTemplate: what it makes is read, its parameters are open unless they have a default', () => {
    const { request, problems } = readYaml(`
apiVersion: triggers.tekton.dev/v1beta1
kind: TriggerTemplate
metadata: {name: tt}
spec:
  params: [{name: image, default: r.example/default}, {name: rev}]
  resourcetemplates:
  - apiVersion: tekton.dev/v1
    kind: PipelineRun
    metadata: {generateName: run-}
    spec:
      params: [{name: i, value: $(tt.params.image)}, {name: r, value: $(tt.params.rev)}]
      pipelineSpec:
        tasks:
        - name: t
          taskSpec: {steps: [{image: "$(params.i)"}, {image: "$(params.r)"}, {image: "$(tt.params.image)"}, {image: r.example/fixed}, {image: "$(uid)"}]}
  - apiVersion: tekton.dev/v1beta1
    kind: TaskRun
    spec: {taskRef: {name: $(tt.params.rev)}}
  - apiVersion: batch/v1
    kind: Job
    spec: {template: {spec: {containers: [{name: c, image: r.example/job}, {name: d, image: "$(tt.params.image)"}]}}}
  - apiVersion: argoproj.io/v1alpha1
    kind: Workflow
    metadata: {generateName: w-}
    spec: {entrypoint: m, templates: [{name: m, container: {image: r.example/argo}}]}
`);
    expect([problems, request.role]).toEqual([[], 'schedule']);
    const at = 'spec.resourcetemplates[0].spec.pipelineSpec.tasks[0].taskSpec';
    expect(request.images.map(imageLine)).toEqual([
      `${at}.steps[0].image r.example/default`, `${at}.steps[1].image (parameter $(tt.params.rev))`, `${at}.steps[2].image r.example/default`,
      `${at}.steps[3].image r.example/fixed`, `${at}.steps[4].image (expression $(uid))`,
      'spec.resourcetemplates[2].spec.template.spec.containers[0].image r.example/job',
      'spec.resourcetemplates[2].spec.template.spec.containers[1].image r.example/default',
      'spec.resourcetemplates[3].spec.templates[0].container.image r.example/argo',
    ]);
    expect(request.definitions.at(-1)).toMatchObject({ form: 'remote', source: { from: 'deferred', expression: '$(tt.params.rev)' } });
  });

  it('v1beta1 writes accounts and pod templates elsewhere', () => {
    const { request } = readYaml(`
apiVersion: tekton.dev/v1beta1
kind: PipelineRun
metadata: {name: r}
spec:
  pipelineRef: {name: p}
  serviceAccountName: one
  podTemplate: {hostNetwork: true}
  serviceAccountNames: [{taskName: t, serviceAccountName: two}]
  taskRunSpecs: [{pipelineTaskName: t, taskServiceAccountName: three, taskPodTemplate: {automountServiceAccountToken: false}}]
`);
    expect(request.accounts.map(({ name }) => name)).toEqual(['two', 'three', 'one']);
    expect(request.pods.map(({ path, hostNetwork, automountServiceAccountToken }) => [path, hostNetwork, automountServiceAccountToken])).toEqual([
      ['spec.taskRunSpecs[0].taskPodTemplate', false, false], ['spec.podTemplate', true, undefined],
    ]);
  });

  it('a TaskRun that asks to be debugged', () => {
    expect(readYaml('{apiVersion: tekton.dev/v1, kind: TaskRun, metadata: {name: r}, spec: {debug: {breakpoints: {onFailure: enabled}}, taskRef: {name: t}}}').request.debug).toBe('spec.debug');
    expect(readYaml('{apiVersion: tekton.dev/v1, kind: TaskRun, metadata: {name: r}, spec: {taskRef: {name: t}}}').request.debug).toBeUndefined();
  });
});
