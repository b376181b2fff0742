// Small Tasks, Pipelines and runs as objects, and the policy that judges them.
import type { AdmitPorts } from '../../../../src/engine/admit.ts';
import { manualTimers } from '../../../support/timers.ts';
import type { Json, Surroundings } from '../../../support/pipelines.ts';
import { clusterOf, judgedBy, object } from '../../../support/pipelines.ts';
import { signers } from './signed-by.ts';
import { pipelinePolicy } from './support.ts';

export { said } from './support.ts';

export const DIGEST = `sha256:${'ab'.repeat(32)}`;
const IMAGE = `ghcr.io/acme/tools@${DIGEST}`;

export interface TaskOptions {
  readonly by?: string;
  readonly class?: string;
  readonly results?: readonly (string | Json)[];
  readonly spec?: Json;
  readonly namespace?: string;
}

/** A Task that is stored, signed by the platform team unless `by` says otherwise. */
export function task(name: string, { by = 'platform-team', class: kind, results = [], spec = {}, namespace = 'ci' }: TaskOptions = {}): Json {
  return {
    apiVersion: 'tekton.dev/v1', kind: 'Task',
    metadata: { name, namespace, ...(kind === undefined ? {} : { labels: { 'gatehouse.dev/class': kind } }), annotations: { 'test/signed-by': by } },
    spec: { ...content(results), ...spec },
  };
}

/** What stands in a task. */
export function content(results: readonly (string | Json)[] = []): Json {
  return {
    steps: [{ name: 'run', image: IMAGE, script: 'true' }],
    ...(results.length === 0 ? {} : { results: results.map((result) => (typeof result === 'string' ? { name: result, type: 'string' } : result)) }),
  };
}

/** A Pipeline that is stored. */
export function pipeline(name: string, spec: string | Json, by = 'platform-team'): Json {
  return { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name, namespace: 'ci', annotations: { 'test/signed-by': by } }, spec: object(spec) };
}

/** A PipelineRun with this spec. */
export function run(spec: string | Json, metadata: Json = {}): Json {
  return { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'run-1', namespace: 'ci', ...metadata }, spec: object(spec) };
}

/** A TaskRun with this spec; `of` is the run whose task it is, with the name of the task. */
export function taskRun(spec: string | Json, of?: { readonly task?: string; readonly uid?: string; readonly name?: string }): Json {
  const { task: name = 'build', uid = 'uid-1', name: owner = 'run-1' } = of ?? {};
  const metadata = of === undefined ? {} : {
    labels: { 'tekton.dev/pipelineTask': name },
    ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: owner, uid, controller: true }],
  };
  return { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'run-1-build', namespace: 'ci', ...metadata }, spec: object(spec) };
}

/** What a resolver has brought. */
export function resolution(uri: string, definition: Json): Json {
  return {
    apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest', metadata: { name: `r-${uri.length}`, namespace: 'ci' },
    status: { data: Buffer.from(JSON.stringify(definition)).toString('base64'), refSource: { uri } },
  };
}

/** A PipelinePolicy with these members of the spec, and the signers. */
export function policies(spec: string | Json, signer: object = {}): string {
  return `${signers(signer)}\n---\n${pipelinePolicy(object(spec))}`;
}

/** Time stands still: nothing is too late on a busy machine. */
export function standing(): Pick<AdmitPorts, 'clock' | 'timers'> {
  return { clock: { now: () => Date.parse('2026-11-01T00:00:00Z') }, timers: manualTimers() };
}

export type Judge = ReturnType<typeof judgedBy>;

/** The engine with one policy in a cluster that holds these objects. */
export function factory(spec: string | Json, objects: readonly (string | Json)[] = [], more: Surroundings & { readonly signer?: object } = {}): Judge {
  return judgedBy(policies(spec, more.signer), { cluster: clusterOf(objects), ...more, ports: { ...standing(), ...more.ports } });
}
