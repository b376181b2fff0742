/** Mistakes of those who write and start builds, as their engine and kubectl tell them. */
import { denialText } from '../../../src/explain/index.ts';
import { signForGatehouse } from '../../world/definition.ts';
import { objectReview } from '../../world/review.ts';
import { createWorld } from '../../world/world.ts';
import { verifierHere } from '../offline.ts';
import { clusterOf, CONTROLLER, judgedBy, object } from '../pipelines.ts';
import type { Asking, Json } from '../pipelines.ts';
import { changed, FLAGS, inline, pipeline, POD, RUN, task } from './factory.ts';
import type { Mistake, MistakeGroup } from './mistake.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const world = createWorld({ now: NOW });
const [team, stranger] = [world.key(), world.key()];
const policies = (spec: string): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: platform-team}
spec: {identities: [{key: {data: ${JSON.stringify(team.publicKeyPem)}}}], mayCertify: [{definition: "**"}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {${spec}}
`;
const SIGNED = 'definitions: {signedBy: [platform-team], sources: [{git: "https://github.com/acme/pipelines"}]}';
const CLASSES = 'classes: {definitions: {fetch: [git-clone], publish: [kaniko]}}';
const JAIL = 'jail: {networkPolicy: required, hermetic: "off"}';
const HERMETIC = 'jail: {networkPolicy: "off", hermetic: required}';
const REQUIRED = 'definitions: {signedBy: [platform-team], require: [{task: scan, before: [publish]}]}, classes: {definitions: {publish: [kaniko]}}';
const TRIGGERS = { user: 'system:serviceaccount:ci:triggers' };
const COMPILE = task('compile');
const LIVE = changed(RUN, { 'metadata.uid': 'uid-1' });
const sign = (it: Json, key = team): Json => signForGatehouse(it, world, [{ key }]);
const git = (revision: string, url = 'https://github.com/acme/pipelines'): Json => changed(RUN, {
  'spec.taskRef': { resolver: 'git', params: [{ name: 'url', value: url }, { name: 'revision', value: revision }, { name: 'pathInRepo', value: 'compile.yaml' }] },
});

/** The marks of an object that is denied, which stands for the artifact here. */
const OF_RUN = { artifact: { none: 'what is asked about is the build itself, at the place that is named' }, policy: 'policy factory' } as const;

/** An object that is asked for, where these objects stand. */
function denied(row: string, mistake: string, marks: Pick<Mistake, 'path' | 'expected' | 'found' | 'fixMust' | 'fixMustNot'>, spec: string, it: Json, cluster: readonly Json[] = [], asking: Asking = TRIGGERS): Mistake {
  return {
    row, mistake, ...OF_RUN, ...marks,
    async says() {
      const judge = judgedBy(policies(spec), { cluster: clusterOf(cluster), ports: { verifier: verifierHere, clock: { now: () => NOW } } });
      return denialText(await judge(it, asking));
    },
  };
}

export const PIPELINES: MistakeGroup = {
  title: 'Pipelines',
  rows: [
    {
      row: '53', mistake: 'a TaskRun with an image that nobody has signed', artifact: 'acme/step@', path: 'spec.taskSpec.steps[0].image', policy: 'policy acme / signed', fixMust: /sign it as alice/,
      async says({ image, registry, review }) {
        const made = await image(registry, 'acme/step', { signed: false });
        const run = object(`{apiVersion: tekton.dev/v1, kind: TaskRun, metadata: {name: run-1, namespace: ci}, spec: {taskSpec: {steps: [{name: go, image: "${registry.host}/acme/step@${made.digest}"}]}}}`);
        return (await review(objectReview(run, 'taskruns', { namespace: 'ci', name: 'run-1' }))).text.trim();
      },
    },
    denied('P1', 'a TaskRun that brings its own steps', { path: 'spec.taskSpec', fixMust: /start the run from a definition that is signed and stored/ }, SIGNED, changed(RUN, { 'spec.taskRef': undefined, 'spec.taskSpec': COMPILE['spec'] })),
    denied('P2', 'a definition that nobody has signed', { path: 'spec.taskRef task compile', fixMust: /have a signer of the policy sign it/ }, SIGNED, RUN, [COMPILE]),
    denied('P3', 'a definition that a stranger has signed', { path: 'Task ci/compile', fixMust: /have a signer under "expected" sign it/ }, SIGNED, sign(COMPILE, stranger)),
    denied('P4', 'a definition that was changed after it was signed', { path: 'Task ci/compile', fixMust: /undo the change, or have a signer of the policy sign/ }, SIGNED, changed(sign(COMPILE), { 'spec.description': 'new' })),
    denied('P5', 'a definition that is not there', { path: 'spec.taskRef task compile', fixMust: /apply the definition first, or mend the name/ }, SIGNED, RUN),
    denied('P6', 'a definition by branch', { path: 'spec.taskRef', fixMust: /pin it/ }, SIGNED, git('main')),
    denied('P7', 'a definition from elsewhere', { path: 'spec.taskRef', fixMust: /use a definition from one of the allowed sources/ }, SIGNED, git('a'.repeat(40), 'https://github.com/evil/pipelines')),
    denied('P8', 'a parameter that nobody may set', { path: 'spec.params[0] parameter GO_FLAGS', fixMust: /leave the parameter out/ }, 'parameters: {deny: ["*_FLAGS"]}', changed(RUN, { 'spec.params': [{ name: 'GO_FLAGS', value: '-x' }] })),
    denied('P9', 'a parameter of another form', { path: 'spec.params[0] parameter revision', fixMust: /give the parameter a value that the policy allows/ }, 'parameters: {allow: {revision: "[0-9a-f]{40}"}}', changed(RUN, { 'spec.params': [{ name: 'revision', value: 'main' }] })),
    denied('P10', 'another service account', { path: 'spec.serviceAccountName', fixMust: /name one of the accounts of the policy/ }, 'serviceAccounts: [pipeline]', changed(RUN, { 'spec.serviceAccountName': 'admin' })),
    denied('P11', 'somebody who may not start builds', { path: 'TaskRun ci/run-1', fixMust: /have one of the requesters under "expected" start the build/ }, 'requesters: {serviceAccounts: ["ci/triggers"]}', RUN, [], { user: 'bob' }),
    denied('P12', 'an image of a step by tag', { path: 'spec.steps[0].image task compile, step go', fixMust: /pin the image: name@sha256:/ }, 'images: {unpinned: deny}', task('compile', { image: 'ghcr.io/acme/tool:1' })),
    denied('P13', 'a privileged step', { path: 'spec.steps[0].securityContext.privileged task compile, step go', fixMust: /leave privileged out/ }, 'hygiene: baseline', task('compile', { securityContext: { privileged: true } })),
    denied('P14', 'a path of the node', { path: 'spec.volumes[0].hostPath task compile, volume v', fixMust: /use a workspace or an emptyDir/ }, 'hygiene: baseline', task('compile', {}, { volumes: [{ name: 'v', hostPath: { path: '/etc' } }] })),
    denied('P15', 'a token in a script', { path: 'spec.steps[0].script task compile, step go', fixMust: /take the value from a Secret/ }, 'hygiene: baseline', task('compile', { script: `echo ghp_${'A1b2C3d4'.repeat(5).slice(0, 36)}` })),
    denied('P16', 'privileges that restricted does not leave open', { path: 'spec.taskSpec.steps[0].securityContext.allowPrivilegeEscalation', fixMust: /set allowPrivilegeEscalation: false/ }, 'hygiene: [privilegeEscalation]', inline({ securityContext: { privileged: false } })),
    denied('P17', 'a workspace that user code and publishing share', { path: 'task b, workspace src', fixMust: /give the tasks workspaces of their own/ }, `hygiene: baseline, ${CLASSES}`,
      pipeline('workspaces: [{name: all}], tasks: [{name: a, taskRef: {name: compile}, workspaces: [{name: src, workspace: all}]}, {name: b, runAfter: [a], taskRef: {name: kaniko}, workspaces: [{name: src, workspace: all}]}]'), [COMPILE, task('kaniko')]),
    denied('P18', 'no network policy isolates the pod of user code', { path: 'Pod ci/run-1-pod', fixMust: /apply the NetworkPolicy that isolates it \(deploy\/network\/deny-all.yaml\)/ }, JAIL, POD, [LIVE, COMPILE], { user: CONTROLLER }),
    denied('P19', 'a run that is not hermetic', { path: 'spec.taskRef task compile', fixMust: /set the annotation experimental.tekton.dev\/execution-mode: hermetic/ }, HERMETIC, RUN, [COMPILE, FLAGS]),
    denied('P20', 'a service account token in user code', { path: 'task compile', fixMust: /set automountServiceAccountToken: false in the pod template of the run/ }, JAIL, changed(RUN, { 'spec.podTemplate': undefined }), [COMPILE]),
    denied('P21', 'a required task that is not in the pipeline', { path: 'PipelineRun ci/run-1', fixMust: /add the task to the pipeline/ }, REQUIRED,
      object('{apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {name: run-1, namespace: ci}, spec: {pipelineRef: {name: release}, taskRunTemplate: {serviceAccountName: pipeline}}}'),
      [sign(task('kaniko')), sign(task('scan')), sign(pipeline('tasks: [{name: push, taskRef: {name: kaniko}}]'))]),
    denied('P22', 'a task that publishes and declares no results', { path: 'Task ci/kaniko', fixMust: /declare IMAGE_URL and IMAGE_DIGEST/ }, `${CLASSES}, publish: {provenance: "off"}`, task('kaniko')),
    denied('P23', 'a status that somebody writes', { path: 'status.taskSpec', fixMust: /have the engine write it/ }, '', changed(LIVE, { 'status.taskSpec': COMPILE['spec'] }), [LIVE, COMPILE], { user: 'bob', operation: 'UPDATE', sub: 'status', old: LIVE }),
    denied('P24', 'an image that is known later', { path: 'spec.taskSpec.steps[0].image', fixMust: /write the image, or give the parameter that it comes from a value/ }, 'images: {deferred: deny}', inline({ image: '$(params.image)' }, { params: [{ name: 'image' }] })),
  ],
};
