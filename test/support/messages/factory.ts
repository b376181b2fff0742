/** Objects of a factory with which mistakes about builds are made. */
import { object } from '../pipelines.ts';
import type { Json } from '../pipelines.ts';

export const TOOL = `ghcr.io/acme/tool@sha256:${'a'.repeat(64)}`;

/** A Task with one step, which differs from the usual one as is said. */
export const task = (name: string, step: Json = {}, spec: Json = {}): Json => ({
  apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name, namespace: 'ci' }, spec: { ...spec, steps: [{ name: 'go', image: TOOL, ...step }] },
});

export const RUN: Json = object(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run-1, namespace: ci}
spec: {taskRef: {name: compile, kind: Task}, serviceAccountName: pipeline, podTemplate: {automountServiceAccountToken: false}}
`);

export const POD: Json = object(`
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

export const FLAGS = object('{apiVersion: v1, kind: ConfigMap, metadata: {name: feature-flags, namespace: tekton-pipelines}, data: {enable-api-fields: alpha}}');

/** Pipeline `release` with this spec, as YAML. */
export const pipeline = (spec: string): Json => object(`{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {name: release, namespace: ci}, spec: {${spec}}}`);

/** The object with what `change` says; parts of a path that are not there are made. */
export function changed(it: Json, change: Readonly<Record<string, unknown>>): Json {
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

/** RUN with steps of its own. */
export const inline = (step: Json, spec: Json = {}): Json => changed(RUN, { 'spec.taskRef': undefined, 'spec.taskSpec': task('x', step, spec)['spec'] });
