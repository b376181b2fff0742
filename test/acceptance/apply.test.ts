import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/surfaces/cli/index.ts';
import { localRooms } from '../../src/wiring/local/rooms.ts';

const POLICIES = `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {namespaces: {matchLabels: {factory: "true"}}, mode: enforce, requesters: {serviceAccounts: [ci/triggers], groups: [releasers], users: []}, images: {deferred: deny, unpinned: allow}}
`;
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: ci, labels: {factory: "true"}}\n';
const run = (namespace = 'ci'): string => `apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {generateName: run-, namespace: ${namespace}}\nspec: {pipelineRef: {name: release}}\n`;
const pod = (image: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: ci}\nspec: {containers: [{name: c, image: "${image}"}]}\n`;

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-apply-'));
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  mkdirSync(at('objects/deep'), { recursive: true });
  writeFileSync(at('policy.yaml'), POLICIES);
  writeFileSync(at('config.yaml'), 'unmatched: allow\n');
  writeFileSync(at('deny.yaml'), 'unmatched: deny\nextractors: [{group: widgets.example, resource: widgets, images: [spec.image]}]\n');
  writeFileSync(at('run.yaml'), `${NAMESPACE}---\n${run()}`);
  writeFileSync(at('other.yaml'), run('other'));
  writeFileSync(at('objects/a.yaml'), NAMESPACE);
  writeFileSync(at('objects/deep/b.yml'), run());
  writeFileSync(at('objects/deep/c.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }] }));
  writeFileSync(at('objects/notes.txt'), 'no manifest');
  writeFileSync(at('broken.yaml'), 'apiVersion: v1\nkind: Pod\nkind: Pod\n');
  writeFileSync(at('none.yaml'), 'a: b\n');
  writeFileSync(at('empty.yaml'), '\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran { readonly code: number; readonly out: string; readonly err: string }

const apply = (args: readonly string[], stdin = ''): Promise<Ran> => applyWith(at('policy.yaml'), args, stdin);

async function applyWith(policy: string, args: readonly string[], stdin = ''): Promise<Ran> {
  const ran = { out: '', err: '' };
  const code = await runCli(['apply', '-p', policy, '--offline', ...args], {
    rooms: { ...localRooms, serve: () => Promise.reject(new Error('no server')) }, version: '0', now: Date.now,
    stdout: (text) => { ran.out += text; }, stderr: (text) => { ran.err += text; }, stdin: async () => new TextEncoder().encode(stdin),
  });
  return { code, ...ran };
}

describe('gatehouse apply', () => {
  it('judges every object of a file, with the labels of the namespaces in it', async () => {
    const { code, out } = await apply(['-f', at('run.yaml'), '--config', at('config.yaml'), '--as', 'bob']);
    expect([code, out]).toEqual([1, expect.stringContaining('POLICY_REQUESTER')]);
    expect(out).toMatch(/✗ PipelineRun ci\/run-….*run\.yaml:5/);
    expect((await apply(['-f', at('run.yaml'), '--config', at('config.yaml'), '--as', 'bob', '--as-group', 'releasers'])).code).toBe(0);
    expect((await apply(['-f', at('run.yaml'), '--config', at('config.yaml'), '--as', 'system:serviceaccount:ci:triggers'])).code).toBe(0);
  });

  it('without a user, rules about who asks are not judged, which is told and not refused', async () => {
    const { code, out } = await apply(['-f', at('run.yaml'), '--config', at('config.yaml')]);
    expect([code, out]).toEqual([0, expect.stringContaining('note: not judged: rules about who starts a run')]);
    expect(out).not.toContain('POLICY_REQUESTER');
  });

  it('what no policy asks is not told as left out: without rules about who starts a run nobody is asked for a name', async () => {
    writeFileSync(at('jail.yaml'), POLICIES.replace(/requesters: \{[^}]*\}, /, ''));
    for (const [policy, told] of [['policy.yaml', true], ['jail.yaml', false]] as const) {
      const { code, out } = await applyWith(at(policy), ['-f', at('run.yaml'), '--config', at('config.yaml')]);
      expect([code, out.includes('rules about who starts a run')]).toEqual([0, told]);
    }
  });

  it('a namespace whose labels are not known is undetermined', async () => {
    const { code, out } = await apply(['-f', at('other.yaml'), '--config', at('config.yaml'), '--as', 'bob']);
    expect([code, out]).toEqual([3, expect.stringContaining('SELECT_LABELS_UNKNOWN')]);
  });

  it('reads folders, lists and standard input', async () => {
    const { out } = await apply(['-f', at('objects'), '--config', at('config.yaml'), '-o', 'json']);
    const report = JSON.parse(out) as { objects: { at: string; request: { kind: string } }[] };
    expect(report.objects.map(({ at: place, request }) => [place.slice(folder.length), request.kind])).toEqual([['/objects/a.yaml:1', 'Namespace'], ['/objects/deep/b.yml:1', 'PipelineRun'], ['/objects/deep/c.json:1', 'ConfigMap']]);
    const piped = await apply(['-f', '-', '--config', at('config.yaml')], `${NAMESPACE}---\n${pod('nginx')}---\n`);
    expect([piped.code, piped.out]).toEqual([0, expect.stringContaining('standard input:5')]);
  });

  it('what no policy speaks about is denied unless the configuration says otherwise, and its rows of kinds count', async () => {
    expect((await apply(['-f', '-'], pod('nginx'))).code).toBe(1);
    const widget = 'apiVersion: widgets.example/v1\nkind: Widget\nmetadata: {name: w, namespace: ci}\nspec: {image: "ghcr.io/a/b:1"}\n';
    expect((await apply(['-f', '-', '--config', at('deny.yaml')], widget)).out).toContain('SELECT_NO_POLICY');
    expect((await apply(['-f', '-'], widget)).out).toContain('INPUT_IMAGE_UNPLACED');
  });

  it('tells ahead of time which images of Tekton no policy speaks about', async () => {
    const { out } = await apply(['-f', at('run.yaml'), '--config', at('config.yaml')]);
    expect(out.match(/note: no policy speaks about /g)).toHaveLength(5);
    const enforced = 'apiVersion: gatehouse.dev/v1alpha1\nkind: ClusterArtifactPolicy\nmetadata: {name: all}\nspec: {mode: warn, artifacts: [{image: "**"}], require: [{name: x, encryption: {}}]}\n';
    writeFileSync(at('all.yaml'), enforced);
    const covered = await apply(['-f', at('run.yaml'), '--config', at('config.yaml'), '-p', at('all.yaml')]);
    expect(covered.out).not.toContain('no policy speaks about');
  });

  it('what the configuration says of pipelines counts: a namespace whose pods nobody judges leaves no image open', async () => {
    writeFileSync(at('gated.yaml'), POLICIES.replace('deferred: deny', 'deferred: allowIfPodsAreGated'));
    writeFileSync(at('ungated.yaml'), 'unmatched: allow\npipelines: {ungatedNamespaces: [ci]}\n');
    const task = `${NAMESPACE}---\napiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: t, namespace: ci}\nspec: {params: [], taskSpec: {params: [{name: i}], steps: [{name: s, image: "$(params.i)"}]}}\n`;
    const judged = (config: string) => applyWith(at('gated.yaml'), ['-f', '-', '--config', at(config), '--as', 'bob', '--as-group', 'releasers'], task);
    expect(await judged('ungated.yaml')).toMatchObject({ code: 1, out: expect.stringContaining('POLICY_IMAGE_DEFERRED') });
    expect((await judged('config.yaml')).out).not.toContain('POLICY_IMAGE_DEFERRED');
  });

  it('objects that name no namespace stand in that of -n, and nowhere else', async () => {
    writeFileSync(at('inline.yaml'), POLICIES.replace('images:', 'definitions: {inline: deny, pinned: false}, images:'));
    const pipeline = 'apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: release}\nspec: {tasks: [{name: a, taskRef: {name: b}}]}\n---\napiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: b}\nspec: {steps: [{name: s, image: alpine}]}\n';
    const judged = (more: string[]) => applyWith(at('inline.yaml'), ['-f', '-', '--config', at('config.yaml'), '--as', 'bob', '--as-group', 'releasers', ...more], `${NAMESPACE}---\n${run()}---\n${pipeline}`);
    expect(await judged(['-n', 'ci'])).toMatchObject({ code: 0, out: expect.stringContaining('Task ci/b') });
    expect((await judged(['-n', 'other'])).out).toMatch(/undetermined POLICY_FACT_UNKNOWN/);
  });

  it('the network of a jail rests on the network policies among the files; without any it is not known', async () => {
    writeFileSync(at('jail.yaml'), 'apiVersion: gatehouse.dev/v1alpha1\nkind: PipelinePolicy\nmetadata: {name: factory}\nspec: {namespaces: {matchLabels: {factory: "true"}}, mode: enforce, jail: {hermetic: "off"}, images: {deferred: deny, unpinned: allow}}\n');
    const policy = (rules: string) => `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: closed, namespace: ci}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]${rules}}\n`;
    const judged = (more: string) => applyWith(at('jail.yaml'), ['-f', '-', '--config', at('config.yaml')], `${NAMESPACE}---\n${run()}${more}`);
    expect((await judged('')).out).toContain('note: no NetworkPolicy of namespace ci is among the files');
    const closed = await judged(`---\n${policy('')}`);
    expect(closed.out).not.toContain('no NetworkPolicy of namespace');
    expect(closed.out).toContain('note: not judged: TaskRuns and pods that controllers make');
  });

  it('kinds are as the definitions among the files say, lists of a kind are read, and kustomizations are passed over', async () => {
    mkdirSync(at('kinds'), { recursive: true });
    writeFileSync(at('kinds/kustomization.yaml'), 'resources: [a.yaml]\n');
    writeFileSync(at('kinds/a.yaml'), 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: meese.widgets.example}\nspec: {group: widgets.example, scope: Cluster, names: {kind: Moose, plural: meese}}\n---\napiVersion: widgets.example/v1\nkind: Moose\nmetadata: {name: m}\nspec: {image: "ghcr.io/a/b:1"}\n---\napiVersion: v1\nkind: PodList\nitems: [{metadata: {name: web, namespace: ci}, spec: {containers: [{name: c, image: nginx}]}}]\n');
    writeFileSync(at('meese.yaml'), 'unmatched: deny\nextractors: [{group: widgets.example, resource: meese, images: [spec.image]}]\n');
    const { out } = await apply(['-f', at('kinds'), '--config', at('meese.yaml')]);
    expect(out).toContain('kustomization.yaml is passed over');
    expect(out).toMatch(/✗ Moose m .*\n.*SELECT_NO_POLICY/);
    expect(out).toMatch(/✗ Pod ci\/web /);
  });

  it('in a folder what is no object of Kubernetes is passed over, and told; a text may end as the YAML of Go lets it', async () => {
    mkdirSync(at('mixed'), { recursive: true });
    writeFileSync(at('mixed/patch.yaml'), '- {op: add, path: /spec/params/-, value: 1}\n');
    writeFileSync(at('mixed/pod.yaml'), 'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: ci}\nspec:\n  containers:\n  - name: c\n    image: nginx\n    args: ["\n      go\n    "]\n');
    const { code, out } = await apply(['-f', at('mixed')]);
    expect([code, out]).toEqual([1, expect.stringMatching(/✗ Pod ci\/web[^]*note: passed over: .*patch\.yaml:1: expected an object/)]);
    expect((await apply(['-f', at('mixed/patch.yaml')])).code).toBe(64);
  });

  it('a run is summed up task by task, also for tasks of a pipeline that it refers to', async () => {
    writeFileSync(at('closed.yaml'), POLICIES.replace('images:', 'jail: {}, images:'));
    const tasks = ['a', 'b', 'c'].map((name) => `{name: ${name}, taskSpec: {steps: [{name: s, image: alpine}]}}`).join(', ');
    const pipeline = `---\napiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: release, namespace: ci}\nspec: {tasks: [${tasks}]}\n`;
    const { out } = await applyWith(at('closed.yaml'), ['-f', '-', '--config', at('config.yaml')], `${NAMESPACE}---\n${run()}${pipeline}`);
    expect(out).toMatch(/PipelineRun ci\/run-.*\n {4}task a: 2 findings, POLICY_JAIL_POD, POLICY_JAIL_HERMETIC\n {4}task b: .*\n {4}task c: /);
  });

  it.each<[string, string, string, string]>([
    ['a workflow its template of the cluster', 'apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w, namespace: ci}\nspec: {workflowTemplateRef: {name: t, clusterScope: true}}\n', 'apiVersion: argoproj.io/v1alpha1\nkind: ClusterWorkflowTemplate\nmetadata: {name: t}\nspec: {entrypoint: m, templates: [{name: m, container: {image: a}}]}\n', 'spec.workflowTemplateRef'],
    ['a workflow the template of a step', 'apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w, namespace: ci}\nspec: {entrypoint: m, templates: [{name: m, steps: [[{name: s, templateRef: {name: t, template: u}}]]}]}\n', 'apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: t, namespace: ci}\nspec: {templates: [{name: u, container: {image: a}}]}\n', 'spec.templates[0].steps[0][0].templateRef'],
    ['a task its step action', 'apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: w, namespace: ci}\nspec: {taskSpec: {steps: [{name: s, ref: {name: t}}]}}\n', 'apiVersion: tekton.dev/v1\nkind: StepAction\nmetadata: {name: t, namespace: ci}\nspec: {image: a}\n', 'spec.taskSpec.steps[0].ref'],
    ['a build run its build', 'apiVersion: shipwright.io/v1beta1\nkind: BuildRun\nmetadata: {name: w, namespace: ci}\nspec: {build: {name: t}}\n', 'apiVersion: shipwright.io/v1beta1\nkind: Build\nmetadata: {name: t, namespace: ci}\nspec: {strategy: {name: s}, output: {image: a}}\n', 'spec.build'],
  ])('%s is found among the files', async (_, run_, definition, path) => {
    const key = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMfPTwEykYIUFaGjjlUFcfOcLJC3JYQNGdjbQOIRNqaHNK+s/EySsKIA/PN2n2bfx64GuDWEpNmmiuWUzDuEXLA==';
    writeFileSync(at('signed.yaml'), `apiVersion: gatehouse.dev/v1alpha1\nkind: Signer\nmetadata: {name: team}\nspec: {identities: [{key: {data: "-----BEGIN PUBLIC KEY-----\\n${key}\\n-----END PUBLIC KEY-----\\n"}}], mayCertify: [{definition: "**"}]}\n---\n${POLICIES.replace('images:', 'definitions: {signedBy: [team], pinned: false, inline: allow}, images:')}`);
    const wrongAt = async (objects: string) => {
      const { out } = await applyWith(at('signed.yaml'), ['-f', '-', '--config', at('config.yaml'), '-o', 'json'], objects);
      const [, of] = (JSON.parse(out) as { objects: { findings: { code: string; path: string }[] }[] }).objects;
      return of?.findings.filter((finding) => finding.path === path).map(({ code }) => code);
    };
    expect(await wrongAt(`${NAMESPACE}---\n${run_}---\n${definition}`)).toContain('POLICY_DEFINITION_UNSIGNED');
    expect(await wrongAt(`${NAMESPACE}---\n${run_}`)).not.toContain('POLICY_DEFINITION_UNSIGNED');
    expect(await wrongAt(`${NAMESPACE}---\n${run_}---\n${definition.replace('name: t', 'name: other')}`)).toContain('POLICY_FACT_UNKNOWN');
  });

  it('objects of one name that differ are told, and equal ones are not', async () => {
    const two = (image: string) => apply(['-f', '-', '--config', at('config.yaml')], `${NAMESPACE}---\n${pod('nginx')}---\n${pod(image)}`);
    expect((await two('redis')).out).toMatch(/note: Pod of core ci\/web stands at standard input:5 and, otherwise, at standard input:10/);
    expect((await two('nginx')).out).not.toContain('note: Pod');
  });

  it('--verbose also shows the rules that hold, and every image', async () => {
    const judged = (more: string[]) => apply(['-f', '-', '--config', at('config.yaml'), '--as', 'bob', '--as-group', 'releasers', ...more], `${NAMESPACE}---\n${run()}---\n${pod('nginx')}`);
    const { out } = await judged(['--verbose']);
    expect(out).toMatch(/satisfied, policy factory: .*images.*requesters/);
    expect(out).toContain('image nginx at spec.containers[0].image');
    expect((await judged([])).out).not.toMatch(/^ {4}(?:satisfied|image)/m);
  });

  it('a service account is in the groups of its kind, and a group alone is wrong usage', async () => {
    writeFileSync(at('sa.yaml'), POLICIES.replace('groups: [releasers]', 'groups: ["system:serviceaccounts:ci"]'));
    const judged = (user: string) => applyWith(at('sa.yaml'), ['-f', at('run.yaml'), '--config', at('config.yaml'), '--as', user]);
    expect((await judged('system:serviceaccount:ci:other')).code).toBe(0);
    expect((await judged('system:serviceaccount:dev:other')).code).toBe(1);
    expect(await apply(['-f', at('run.yaml'), '--as-group', 'releasers'])).toMatchObject({ code: 64, err: expect.stringContaining('--as-group needs --as') });
  });

  it.each<[string, string, RegExp]>([
    ['a key twice', 'broken.yaml', /broken\.yaml:3: /],
    ['no object of Kubernetes', 'none.yaml', /none\.yaml:1: expected an object with apiVersion and kind, found \{"a":"b"\}/],
    ['nothing', 'empty.yaml', /no objects found/],
    ['no file', 'missing.yaml', /missing\.yaml: cannot be read \(ENOENT\)/],
  ])('%s is wrong usage, with its place', async (_, file, message) => {
    const { code, err } = await apply(['-f', at(file)]);
    expect([code, err]).toEqual([64, expect.stringMatching(message)]);
  });
});
