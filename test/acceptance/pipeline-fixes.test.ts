// What a developer reads when a build is denied: it names the place, says what was found and expected, and doing what the fix says gets the
// same thing admitted. Each case is denied, and admitted once its fix is obeyed to the letter.
import { describe, expect, it } from 'vitest';
import { PIPELINE_REASONS } from '../../src/domain/decision/catalogue/pipeline-reasons.ts';
import { denialText } from '../../src/explain/index.ts';
import { clusterOf, CONTROLLER, judgedBy, object, wrong } from '../support/pipelines.ts';
import type { Asking, Json } from '../support/pipelines.ts';
import { verifierHere } from '../support/offline.ts';
import { signForGatehouse } from '../world/definition.ts';
import { createWorld } from '../world/world.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const world = createWorld({ now: NOW });
const [team, stranger] = [world.key(), world.key()];
const TOOL = `ghcr.io/acme/tool@sha256:${'a'.repeat(64)}`;
const TRIGGERS = { user: 'system:serviceaccount:ci:triggers' };
const OTHER = { user: 'bob', groups: ['developers'] };

const policy = (spec: string): string => `
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
const HERMETIC_JAIL = 'jail: {networkPolicy: "off", hermetic: required}';

/** The object with what `change` says; parts of a path that are not there are made. */
function changed(it: Json, change: Readonly<Record<string, unknown>>): Json {
  const copy = structuredClone(it) as Record<string, unknown>;
  for (const [path, value] of Object.entries(change)) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    let here = copy;
    for (const part of parts) here = (here[part] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete here[last];
    else here[last] = value;
  }
  return copy;
}

const task = (name: string, step: Json = {}, spec: Json = {}): Json => ({
  apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name, namespace: 'ci' }, spec: { ...spec, steps: [{ name: 'go', image: TOOL, ...step }] },
});
const sign = (it: Json, key = team): Json => signForGatehouse(it, world, [{ key }]);
const RUN: Json = object(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run-1, namespace: ci}
spec: {taskRef: {name: compile, kind: Task}, serviceAccountName: pipeline, podTemplate: {automountServiceAccountToken: false}}
`);
const PIPELINE_RUN: Json = object(`
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run-1, namespace: ci}
spec: {pipelineRef: {name: release}, taskRunTemplate: {serviceAccountName: pipeline}}
`);
const pipeline = (spec: string): Json => object(`{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {name: release, namespace: ci}, spec: {${spec}}}`);
const TEMPLATES = [{ name: 'main', container: { image: TOOL, command: ['go'] } }];
const TEMPLATE: Json = { apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', metadata: { name: 'compile', namespace: 'ci' }, spec: { entrypoint: 'main', templates: TEMPLATES } };
const WORKFLOW: Json = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'w', namespace: 'ci' }, spec: { workflowTemplateRef: { name: 'compile' }, automountServiceAccountToken: false } };
const DENY_ALL = object('{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny-all, namespace: ci}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}');
const WIDE = object('{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: fetchers, namespace: ci}, spec: {podSelector: {}, egress: [{}]}}');
const FLAGS = object('{apiVersion: v1, kind: ConfigMap, metadata: {name: feature-flags, namespace: tekton-pipelines}, data: {enable-api-fields: alpha}}');
const CHAINS = object('{apiVersion: v1, kind: ConfigMap, metadata: {name: chains-config, namespace: tekton-chains}, data: {artifacts.taskrun.storage: oci, artifacts.pipelinerun.storage: oci}}');
const LIVE = changed(RUN, { 'metadata.uid': 'uid-1' });
const POD: Json = object(`
apiVersion: v1
kind: Pod
metadata:
  name: run-1-pod
  namespace: ci
  uid: pod-1
  labels: {tekton.dev/taskRun: run-1}
  ownerReferences: [{apiVersion: tekton.dev/v1, kind: TaskRun, name: run-1, uid: uid-1, controller: true}]
spec: {serviceAccountName: pipeline, automountServiceAccountToken: false, containers: [{name: step-go, image: "${TOOL}"}]}
`);
const git = (revision: string, url = 'https://github.com/acme/pipelines'): Json => changed(RUN, {
  'spec.taskRef': { resolver: 'git', params: [{ name: 'url', value: url }, { name: 'revision', value: revision }, { name: 'pathInRepo', value: 'compile.yaml' }] },
});

interface Case {
  readonly spec: string;
  readonly denied: Json;
  readonly code: string;
  /** What the text says of place, found and expected. */
  readonly says: readonly string[];
  /** The fix as it is told. */
  readonly fix: string;
  /** What is asked for once the fix was obeyed; the same as before where it is to be done elsewhere. */
  readonly fixed?: Json;
  readonly asking?: Asking;
  readonly fixedAsking?: Asking;
  /** What the policy says once the fix, which is for its authors, was obeyed. */
  readonly fixedSpec?: string;
  readonly cluster?: readonly Json[];
  readonly fixedCluster?: readonly Json[];
}

const COMPILE = task('compile');
const SAFE = { privileged: false, allowPrivilegeEscalation: false, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, capabilities: { drop: ['ALL'] } };
const inline = (step: Json, spec: Json = {}): Json => changed(RUN, { 'spec.taskRef': undefined, 'spec.taskSpec': task('x', step, spec)['spec'] });
const restricted = (securityContext: Json): Json => inline({ securityContext });

const CASES: Readonly<Record<string, Case>> = {
  'a definition that nobody has signed': {
    spec: SIGNED, denied: COMPILE, code: 'POLICY_DEFINITION_UNSIGNED', says: ['Task ci/compile', 'expected platform-team', 'found    no signature'],
    fix: 'fix: have a signer of the policy sign it', fixed: sign(COMPILE),
  },
  'a definition that is not signed, behind a run': {
    spec: SIGNED, denied: RUN, code: 'POLICY_DEFINITION_UNSIGNED', says: ['spec.taskRef task compile', 'found    no signature'],
    fix: 'fix: have a signer of the policy sign it', cluster: [COMPILE], fixedCluster: [sign(COMPILE)],
  },
  'a definition that a stranger has signed': {
    spec: SIGNED, denied: sign(COMPILE, stranger), code: 'VERIFY_SIGNER_UNTRUSTED', says: ['Task ci/compile', 'expected platform-team'],
    fix: 'fix: have a signer under "expected" sign it', fixed: sign(COMPILE),
  },
  'a definition that was changed after it was signed': {
    spec: SIGNED, denied: changed(sign(COMPILE), { 'spec.description': 'new' }), code: 'POLICY_DEFINITION_CHANGED', says: ['Task ci/compile', 'expected sha256:', 'found    sha256:'],
    fix: 'fix: undo the change, or have a signer of the policy sign the definition as it is now', fixed: sign(changed(COMPILE, { 'spec.description': 'new' })),
  },
  'a definition in the run itself': {
    spec: SIGNED, denied: changed(RUN, { 'spec.taskRef': undefined, 'spec.taskSpec': COMPILE['spec'] }), code: 'POLICY_DEFINITION_INLINE', says: ['spec.taskSpec'],
    fix: 'fix: start the run from a definition that is signed and stored (taskRef, pipelineRef, workflowTemplateRef)', fixed: RUN, cluster: [sign(COMPILE)],
  },
  'a definition in a Workflow itself': {
    spec: SIGNED, denied: changed(WORKFLOW, { 'spec.workflowTemplateRef': undefined, 'spec.entrypoint': 'main', 'spec.templates': TEMPLATES }), code: 'POLICY_DEFINITION_INLINE', says: ['Workflow ci/w'],
    fix: 'workflowTemplateRef', fixed: WORKFLOW, cluster: [sign(TEMPLATE)],
  },
  'hermetic execution of a Workflow, which has none': {
    spec: HERMETIC_JAIL, denied: WORKFLOW, code: 'POLICY_JAIL_HERMETIC', says: ['Workflow ci/w', 'found    Workflow', 'cause    Argo Workflows has no hermetic execution'], cluster: [TEMPLATE],
    fix: 'fix: let a policy that says hermetic: "off" judge the namespace of these runs, and jail them by NetworkPolicies', fixedSpec: JAIL,
  },
  'a token in a Workflow': {
    spec: JAIL, denied: changed(WORKFLOW, { 'spec.automountServiceAccountToken': undefined }), code: 'POLICY_JAIL_POD', says: ['found    automountServiceAccountToken: not set'], cluster: [TEMPLATE],
    fix: 'fix: set automountServiceAccountToken: false in the pod template of the run (of a Workflow: in its spec)', fixed: WORKFLOW,
  },
  'a definition that is not there': {
    spec: SIGNED, denied: RUN, code: 'POLICY_DEFINITION_MISSING', says: ['spec.taskRef task compile'], fix: 'fix: apply the definition first, or mend the name', fixedCluster: [sign(COMPILE)],
  },
  'an image that is known later': {
    spec: 'images: {deferred: deny}', denied: inline({ image: '$(params.image)' }, { params: [{ name: 'image' }] }), code: 'POLICY_IMAGE_DEFERRED', says: ['spec.taskSpec.steps[0].image', 'step go', '$(params.image)'],
    fix: 'fix: write the image, or give the parameter that it comes from a value', fixed: changed(inline({ image: '$(params.image)' }, { params: [{ name: 'image' }] }), { 'spec.params': [{ name: 'image', value: TOOL }] }),
  },
  'the network of the node': {
    spec: 'hygiene: baseline', denied: changed(RUN, { 'spec.podTemplate.hostNetwork': true }), code: 'POLICY_HYGIENE_HOST', says: ['spec.podTemplate.hostNetwork pod of the run'], fix: 'fix: leave hostNetwork out', fixed: RUN,
  },
  'a port of the node': {
    spec: 'hygiene: baseline', denied: task('compile', {}, { sidecars: [{ name: 'db', image: TOOL, ports: [{ containerPort: 80, hostPort: 80 }] }] }), code: 'POLICY_HYGIENE_HOST', says: ['spec.sidecars[0].ports[0].hostPort task compile, sidecar db'],
    fix: 'fix: leave hostPort out', fixed: task('compile', {}, { sidecars: [{ name: 'db', image: TOOL, ports: [{ containerPort: 80 }] }] }),
  },
  'a breakpoint': {
    spec: 'hygiene: baseline', denied: changed(RUN, { 'spec.debug': { breakpoints: { onFailure: 'enabled' } } }), code: 'POLICY_HYGIENE_DEBUG', says: ['spec.debug'], fix: 'fix: leave debug out', fixed: RUN,
  },
  'a path that leads out of the repository': {
    spec: 'hygiene: baseline', denied: changed(git('a'.repeat(40)), { 'spec.taskRef.params.2.value': '../x.yaml' }), code: 'POLICY_HYGIENE_RESOLVER', says: ['spec.taskRef', '../x.yaml'], fix: 'fix: use a plain path, a commit, and no server of your own', fixed: git('a'.repeat(40)),
  },
  'restricted: escalation': {
    spec: 'hygiene: restricted', denied: restricted({ ...SAFE, allowPrivilegeEscalation: undefined }), code: 'POLICY_HYGIENE_ESCALATION', says: ['spec.taskSpec.steps[0].securityContext.allowPrivilegeEscalation', 'expected false'], fix: 'fix: set allowPrivilegeEscalation: false', fixed: restricted(SAFE),
  },
  'restricted: seccomp': {
    spec: 'hygiene: restricted', denied: restricted({ ...SAFE, seccompProfile: undefined }), code: 'POLICY_HYGIENE_SECCOMP', says: ['spec.taskSpec.steps[0].securityContext.seccompProfile.type', 'expected RuntimeDefault'], fix: 'fix: set seccompProfile.type: RuntimeDefault', fixed: restricted(SAFE),
  },
  'a definition by branch': {
    spec: SIGNED, denied: git('main'), code: 'POLICY_DEFINITION_UNPINNED', says: ['spec.taskRef', 'main'], fix: 'fix: pin it', fixed: git('a'.repeat(40)),
  },
  'a definition from elsewhere': {
    spec: SIGNED, denied: git('a'.repeat(40), 'https://github.com/evil/pipelines'), code: 'POLICY_DEFINITION_SOURCE',
    says: ['spec.taskRef', 'https://github.com/acme/pipelines', 'https://github.com/evil/pipelines'], fix: 'fix: use a definition from one of the allowed sources', fixed: git('a'.repeat(40)),
  },
  'a parameter that nobody may set': {
    spec: 'parameters: {deny: ["*_FLAGS"]}', denied: changed(RUN, { 'spec.params': [{ name: 'GO_FLAGS', value: '-x' }] }), code: 'POLICY_PARAMETER',
    says: ['spec.params[0] parameter GO_FLAGS', 'expected no parameter *_FLAGS'], fix: 'fix: leave the parameter out', fixed: RUN,
  },
  'a parameter of another form': {
    spec: 'parameters: {allow: {revision: "[0-9a-f]{40}"}}', denied: changed(RUN, { 'spec.params': [{ name: 'revision', value: 'main' }] }), code: 'POLICY_PARAMETER',
    says: ['spec.params[0] parameter revision', 'expected [0-9a-f]{40}', 'found    main'], fix: 'fix: give the parameter a value that the policy allows',
    fixed: changed(RUN, { 'spec.params': [{ name: 'revision', value: 'b'.repeat(40) }] }),
  },
  'another account': {
    spec: 'serviceAccounts: [pipeline]', denied: changed(RUN, { 'spec.serviceAccountName': 'admin' }), code: 'POLICY_SERVICE_ACCOUNT',
    says: ['spec.serviceAccountName', 'expected pipeline', 'found    admin'], fix: 'fix: name one of the accounts of the policy as the service account of the run', fixed: RUN,
  },
  'no account': {
    spec: 'serviceAccounts: [pipeline]', denied: changed(RUN, { 'spec.serviceAccountName': undefined }), code: 'POLICY_SERVICE_ACCOUNT',
    says: ['expected pipeline', 'found    default'], fix: 'fix: name one of the accounts of the policy as the service account of the run', fixed: RUN,
  },
  'somebody who may not start builds': {
    spec: 'requesters: {serviceAccounts: ["ci/triggers"]}', denied: RUN, code: 'POLICY_REQUESTER', says: ['TaskRun ci/run-1', 'expected system:serviceaccount:ci:triggers', 'found    bob'],
    asking: OTHER, fix: 'fix: have one of the requesters under "expected" start the build', fixedAsking: TRIGGERS,
  },
  'an image by tag': {
    spec: 'images: {unpinned: deny}', denied: task('compile', { image: 'ghcr.io/acme/tool:1' }), code: 'POLICY_IMAGE_UNPINNED', says: ['spec.steps[0].image task compile, step go', 'ghcr.io/acme/tool:1'],
    fix: 'fix: pin the image: name@sha256:', fixed: COMPILE,
  },
  'a privileged step': {
    spec: 'hygiene: baseline', denied: task('compile', { securityContext: { privileged: true } }), code: 'POLICY_HYGIENE_PRIVILEGED', says: ['spec.steps[0].securityContext.privileged task compile, step go'],
    fix: 'fix: leave privileged out', fixed: COMPILE,
  },
  'a path of the node': {
    spec: 'hygiene: baseline', denied: task('compile', {}, { volumes: [{ name: 'v', hostPath: { path: '/etc' } }] }), code: 'POLICY_HYGIENE_HOST_PATH', says: ['spec.volumes[0].hostPath task compile, volume v', 'found    /etc'],
    fix: 'fix: use a workspace or an emptyDir', fixed: task('compile', {}, { volumes: [{ name: 'v', emptyDir: {} }] }),
  },
  'a secret in a script': {
    spec: 'hygiene: baseline', denied: task('compile', { script: `echo ghp_${'A1b2C3d4'.repeat(5).slice(0, 36)}` }), code: 'POLICY_HYGIENE_SECRET', says: ['spec.steps[0].script task compile, step go', 'GitHub token (40 characters)'],
    fix: 'fix: take the value from a Secret', fixed: task('compile', { script: 'echo $TOKEN', env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
  },
  'a mount over the engine': {
    spec: 'hygiene: baseline', denied: task('compile', { volumeMounts: [{ name: 'v', mountPath: '/tekton/bin' }] }, { volumes: [{ name: 'v', emptyDir: {} }] }), code: 'POLICY_HYGIENE_MOUNT',
    says: ['spec.steps[0].volumeMounts[0].mountPath task compile, step go', 'found    /tekton/bin'], fix: 'fix: mount it elsewhere',
    fixed: task('compile', { volumeMounts: [{ name: 'v', mountPath: '/work' }] }, { volumes: [{ name: 'v', emptyDir: {} }] }),
  },
  'a capability': {
    spec: 'hygiene: baseline', denied: task('compile', { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }), code: 'POLICY_HYGIENE_CAPABILITY',
    says: ['spec.steps[0].securityContext.capabilities.add task compile, step go', 'found    SYS_ADMIN'], fix: 'fix: leave these capabilities out of capabilities.add', fixed: COMPILE,
  },
  'restricted: capabilities that are kept': {
    spec: 'hygiene: restricted', code: 'POLICY_HYGIENE_CAPABILITY', says: ['spec.taskSpec.steps[0].securityContext.capabilities.drop', 'expected ALL', 'found    nothing'], fix: 'fix: set capabilities.drop: [ALL]',
    denied: restricted({ ...SAFE, capabilities: undefined }), fixed: restricted(SAFE),
  },
  'a workspace shared with user code': {
    spec: `hygiene: baseline, ${CLASSES}`, code: 'POLICY_HYGIENE_WORKSPACE', cluster: [COMPILE, task('kaniko')],
    denied: pipeline('workspaces: [{name: all}], tasks: [{name: a, taskRef: {name: compile}, workspaces: [{name: src, workspace: all}]}, {name: b, runAfter: [a], taskRef: {name: kaniko}, workspaces: [{name: src, workspace: all}]}]'),
    says: ['task b, workspace src', 'workspace all of task a'], fix: 'fix: give the tasks workspaces of their own',
    fixed: pipeline('workspaces: [{name: all}, {name: own}], tasks: [{name: a, taskRef: {name: compile}, workspaces: [{name: src, workspace: all}]}, {name: b, runAfter: [a], taskRef: {name: kaniko}, workspaces: [{name: src, workspace: own}]}]'),
  },
  'a dns server of its own': {
    spec: 'hygiene: baseline', denied: changed(RUN, { 'spec.podTemplate.dnsConfig': { nameservers: ['1.2.3.4'] } }), code: 'POLICY_HYGIENE_POD', says: ['spec.podTemplate.dnsConfig', 'pod of the run'],
    fix: 'fix: leave the setting out', fixed: RUN,
  },
  'restricted: root': {
    spec: 'hygiene: [runAsRoot]', code: 'POLICY_HYGIENE_ROOT', says: ['spec.taskSpec.steps[0]', 'step go'], fix: 'fix: set runAsNonRoot: true',
    denied: changed(RUN, { 'spec.taskRef': undefined, 'spec.taskSpec': COMPILE['spec'] }), fixed: changed(RUN, { 'spec.taskRef': undefined, 'spec.taskSpec': task('x', { securityContext: { runAsNonRoot: true } })['spec'] }),
  },
  'no network policy': {
    spec: JAIL, denied: POD, code: 'POLICY_JAIL_NETWORK', says: ['Pod ci/run-1-pod', 'expected a NetworkPolicy that selects the pod', 'found    nothing isolates its ingress'], asking: { user: CONTROLLER }, cluster: [LIVE, COMPILE], fix: 'fix: apply the NetworkPolicy that isolates it (deploy/network/deny-all.yaml)', fixedCluster: [LIVE, COMPILE, DENY_ALL],
  },
  'a network policy that lets it out': {
    spec: JAIL, denied: POD, code: 'POLICY_JAIL_OPEN', says: ['Pod ci/run-1-pod', 'expected no rule', 'found    NetworkPolicy fetchers, spec.egress[0]'], asking: { user: CONTROLLER }, cluster: [LIVE, COMPILE, DENY_ALL, WIDE], fix: 'fix: narrow the selector of that policy',
    fixedCluster: [LIVE, COMPILE, DENY_ALL, changed(WIDE, { 'spec.podSelector': { matchLabels: { 'gatehouse.dev/class': 'fetch' } } })],
  },
  'no hermetic annotation': {
    spec: HERMETIC_JAIL, denied: RUN, code: 'POLICY_JAIL_HERMETIC', says: ['spec.taskRef task compile', 'expected experimental.tekton.dev/execution-mode: hermetic', 'found    no such annotation'], cluster: [COMPILE, FLAGS], fix: 'fix: set the annotation experimental.tekton.dev/execution-mode: hermetic',
    fixed: changed(RUN, { 'metadata.annotations': { 'experimental.tekton.dev/execution-mode': 'hermetic' } }),
  },
  'a flag that does not honour it': {
    spec: HERMETIC_JAIL, denied: changed(RUN, { 'metadata.annotations': { 'experimental.tekton.dev/execution-mode': 'hermetic' } }), code: 'POLICY_JAIL_HERMETIC', says: ['expected enable-api-fields: alpha in ConfigMap tekton-pipelines/feature-flags', 'found    enable-api-fields: beta'],
    cluster: [COMPILE, changed(FLAGS, { 'data.enable-api-fields': 'beta' })], fix: 'fix: have an administrator set enable-api-fields: alpha in ConfigMap tekton-pipelines/feature-flags', fixedCluster: [COMPILE, FLAGS],
  },
  'envFrom, which could undo it': {
    spec: HERMETIC_JAIL, denied: changed(RUN, { 'metadata.annotations': { 'experimental.tekton.dev/execution-mode': 'hermetic' } }), code: 'POLICY_JAIL_BYPASS', says: ['spec.taskRef task compile, step go', 'found    envFrom', 'in the definition, at spec.steps[0].envFrom'],
    cluster: [task('compile', { envFrom: [{ configMapRef: { name: 'x' } }] }), FLAGS], fix: 'fix: leave out the variable, or the envFrom that may bring it', fixedCluster: [COMPILE, FLAGS],
  },
  'a token': {
    spec: JAIL, denied: changed(RUN, { 'spec.podTemplate': undefined }), code: 'POLICY_JAIL_POD', says: ['task compile', 'found    automountServiceAccountToken: not set'], cluster: [COMPILE], fix: 'fix: set automountServiceAccountToken: false in the pod template of the run', fixed: RUN,
  },
  'a sidecar': {
    spec: JAIL, denied: RUN, code: 'POLICY_JAIL_POD', says: ['spec.taskRef task compile, sidecar db', 'found    a sidecar', 'in the definition, at spec.sidecars[0]'],
    cluster: [task('compile', {}, { sidecars: [{ name: 'db', image: TOOL }] })], fix: 'fix: leave it out of the task and its pod template', fixedCluster: [COMPILE],
  },
  'the wall taken away while a pod runs': {
    spec: JAIL, denied: DENY_ALL, code: 'POLICY_JAIL_BREACH', says: ['NetworkPolicy ci/deny-all', 'found    pod run-1-pod'], asking: { operation: 'DELETE', user: 'bob' }, cluster: [LIVE, COMPILE, DENY_ALL, POD], fix: 'fix: wait until the pods have ended', fixedCluster: [LIVE, COMPILE, DENY_ALL],
  },
  'publishing without results': {
    spec: `${CLASSES}, publish: {provenance: "off"}`, denied: task('kaniko'), code: 'POLICY_PUBLISH_RESULTS', says: ['Task ci/kaniko', 'expected IMAGE_URL and IMAGE_DIGEST', 'found    no results'], fix: 'fix: declare IMAGE_URL and IMAGE_DIGEST',
    fixed: task('kaniko', {}, { results: [{ name: 'IMAGE_URL' }, { name: 'IMAGE_DIGEST' }] }),
  },
  'publishing while Chains signs nothing': {
    spec: `${CLASSES}, publish: {results: "off"}`, denied: changed(RUN, { 'spec.taskRef.name': 'kaniko' }), code: 'POLICY_PUBLISH_PROVENANCE', says: ['chains-config', 'artifacts.taskrun.storage'],
    cluster: [task('kaniko'), changed(CHAINS, { 'data': {} })], fix: 'fix: have an administrator set signer, storage and format in chains-config as expected', fixedCluster: [task('kaniko'), CHAINS],
  },
  'publishing without Chains': {
    spec: `${CLASSES}, publish: {results: "off"}`, denied: changed(RUN, { 'spec.taskRef.name': 'kaniko' }), code: 'POLICY_PUBLISH_PROVENANCE', says: ['found    there is no ConfigMap chains-config'],
    cluster: [task('kaniko')], fix: 'fix: install Tekton Chains', fixedCluster: [task('kaniko'), CHAINS],
  },
  'a status that somebody writes': {
    spec: '', denied: changed(LIVE, { 'status.taskSpec': COMPILE['spec'] }), code: 'POLICY_WRITER', says: ['status.taskSpec', CONTROLLER, 'found    bob'], asking: { user: 'bob', operation: 'UPDATE', sub: 'status', old: LIVE },
    fix: 'fix: have the engine write it', fixedAsking: { user: CONTROLLER, operation: 'UPDATE', sub: 'status', old: LIVE }, cluster: [LIVE, COMPILE],
  },
  'an owner that somebody claims': {
    spec: '', denied: changed(RUN, { 'metadata.ownerReferences': [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'release', uid: 'u', controller: true }] }), code: 'POLICY_OWNER',
    says: ['metadata.ownerReferences[0] PipelineRun release', CONTROLLER, 'found    bob'], asking: OTHER, fix: 'fix: leave the owner reference out', fixed: RUN, fixedAsking: OTHER,
  },
  'a label of the engine': {
    spec: '', denied: changed(RUN, { 'metadata.labels': { 'tekton.dev/pipelineTask': 'push' } }), code: 'POLICY_RESERVED', says: ['tekton.dev/pipelineTask'], asking: OTHER, fix: 'fix: leave it out', fixed: RUN, fixedAsking: OTHER,
  },
  'a required task that is not there': {
    spec: 'definitions: {signedBy: [platform-team], require: [{task: scan, before: [publish]}]}, classes: {definitions: {publish: [kaniko]}}', denied: PIPELINE_RUN, code: 'POLICY_TASK_REQUIRED', says: ['expected task scan'],
    cluster: [sign(task('kaniko')), sign(task('scan')), sign(pipeline('tasks: [{name: push, taskRef: {name: kaniko}}]'))], fix: 'fix: add the task to the pipeline',
    fixedCluster: [sign(task('kaniko')), sign(task('scan')), sign(pipeline('tasks: [{name: look, taskRef: {name: scan}}, {name: push, runAfter: [look], taskRef: {name: kaniko}}]'))],
  },
  'a required task beside the way': {
    spec: 'definitions: {signedBy: [platform-team], require: [{task: scan, before: [publish]}]}, classes: {definitions: {publish: [kaniko]}}', denied: PIPELINE_RUN, code: 'POLICY_TASK_ORDER', says: ['spec.pipelineRef pipeline release / task push (kaniko)', 'expected after task scan'],
    cluster: [sign(task('kaniko')), sign(task('scan')), sign(pipeline('tasks: [{name: look, taskRef: {name: scan}}, {name: push, taskRef: {name: kaniko}}]'))], fix: 'fix: have the later task run after the required one',
    fixedCluster: [sign(task('kaniko')), sign(task('scan')), sign(pipeline('tasks: [{name: look, taskRef: {name: scan}}, {name: push, runAfter: [look], taskRef: {name: kaniko}}]'))],
  },
  'a setting that weakens the factory': {
    spec: '', denied: changed(FLAGS, { 'data.enable-api-fields': 'stable' }), code: 'POLICY_ENGINE_SETTING', says: ['data.enable-api-fields ConfigMap feature-flags', 'found    enable-api-fields: stable'],
    asking: { user: 'bob', operation: 'UPDATE', old: FLAGS }, fix: 'fix: leave the setting as it is', fixed: changed(FLAGS, { 'data.x': 'y' }), fixedAsking: { user: 'bob', operation: 'UPDATE', old: FLAGS },
  },
};

const judge = (spec: string, cluster: readonly Json[]): ReturnType<typeof judgedBy> =>
  judgedBy(policy(spec), { cluster: clusterOf(cluster), ports: { verifier: verifierHere, clock: { now: () => NOW } } });

describe.each(Object.entries(CASES))('%s', (_, one) => {
  const { spec, denied, code, says, fix, fixed = denied, asking = TRIGGERS, cluster = [] } = one;
  const { fixedAsking = asking, fixedCluster = cluster, fixedSpec = spec } = one;

  it('is denied in words that say where, what and how to mend it', async () => {
    const decision = await judge(spec, cluster)(denied, asking);
    const text = denialText(decision);
    expect([decision.outcome, [...new Set(wrong(decision).map((it) => it.split(' ')[0]))]], text).toEqual(['deny', [code]]);
    for (const part of [...says, fix]) expect(text).toContain(part);
  });

  it('is admitted once the fix is obeyed', async () => {
    const decision = await judge(fixedSpec, fixedCluster)(fixed, fixedAsking);
    expect([wrong(decision), decision.outcome]).toEqual([[], 'admit']);
  });
});

it('every code by which a policy about pipelines denies has a case', () => {
  const codes = Object.entries(PIPELINE_REASONS).filter(([code, { verdict }]) => code.startsWith('POLICY_') && verdict === 'violated');
  const told = new Set(Object.values(CASES).map(({ code }) => code));
  expect(codes.map(([code]) => code).filter((code) => !told.has(code))).toEqual([]);
});
