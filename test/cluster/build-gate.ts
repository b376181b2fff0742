/** A cluster with Tekton's kinds and the gate open: pods of runs whose tokens the real API server issues, and questions over TLS. */
import { randomUUID, sign } from 'node:crypto';
import { request } from 'node:https';
import { makeKey } from '../world/keys.ts';
import type { Api } from './api.ts';
import { good, startPipelineScene, uidOf } from './pipelines.ts';
import type { Json, PipelineScene } from './pipelines.ts';
import { freePort } from './processes.ts';

/** An answer of the gate. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** The scene with its gate. */
export interface GateScene extends PipelineScene {
  /** Asks with this token; without one as nobody. */
  ask(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
}

/** Rights beyond the shipped ones that the gate needs, from the shipped file. */
const RIGHTS = new URL('../../deploy/gate/rbac.yaml', import.meta.url).pathname;

/** Starts all of it; `config` is laid over what a gate on loopback needs. */
export async function startGateScene(policies: Readonly<Record<string, string>>, config: Json = {}, gate: Json = {}): Promise<GateScene> {
  const port = await freePort();
  const scene = await startPipelineScene(policies, { ...config, gate: { port, ...gate } });
  await scene.cluster.must(['apply', '-f', RIGHTS]);
  const ask: GateScene['ask'] = (method, path, body, token) => new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const headers = {
      ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const sent = request({ host: '127.0.0.1', port, method, path, headers, ca: scene.gatehouse.ca, agent: false }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { answer += chunk; });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(answer) }));
    });
    sent.on('error', reject);
    sent.end(text);
  });
  return { ...scene, ask };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { text };
  }
}

/** A pod of a TaskRun of a PipelineRun, as the engine makes them; `task` is the stored Task that the TaskRun refers to. */
export interface RunPod {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly taskRun: string;
  readonly runUid: string;
  readonly pipelineRun: string;
}

/** Creates the TaskRun of a run and its pod, by the controller, with the status that it writes. */
export async function standTask(
  { controller }: Pick<GateScene, 'controller'>, run: { readonly name: string; readonly uid: string; readonly namespace?: string }, task: string, image: string, spec: Json = {},
): Promise<RunPod> {
  const { name, uid, namespace = 'ci' } = run;
  const taskRun = `${name}-${task}`;
  const owner = (kind: string, of: string, ofUid: string) => [{ apiVersion: 'tekton.dev/v1', kind, name: of, uid: ofUid, controller: true, blockOwnerDeletion: true }];
  const made = good(await controller('POST', `/apis/tekton.dev/v1/namespaces/${namespace}/taskruns`, {
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun',
    metadata: { name: taskRun, namespace, labels: { 'tekton.dev/pipelineRun': name, 'tekton.dev/pipelineTask': task }, ownerReferences: owner('PipelineRun', name, uid) },
    spec: { taskRef: { name: task, kind: 'Task' }, podTemplate: { automountServiceAccountToken: false }, ...spec },
  }));
  const pod = good(await controller('POST', `/api/v1/namespaces/${namespace}/pods`, {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name: `${taskRun}-pod`, namespace, labels: { 'tekton.dev/taskRun': taskRun, 'app.kubernetes.io/managed-by': 'tekton-pipelines' },
      ownerReferences: owner('TaskRun', taskRun, uidOf(made)),
    },
    spec: { restartPolicy: 'Never', serviceAccountName: 'default', automountServiceAccountToken: false, containers: [{ name: 'step-run', image }] },
  }));
  await status(controller, namespace, 'taskruns', taskRun, { podName: `${taskRun}-pod` });
  return { namespace, pod: `${taskRun}-pod`, podUid: uidOf(pod), taskRun, runUid: uid, pipelineRun: name };
}

/** Writes the status of a run, as its engine does. */
export async function status(by: Api, namespace: string, resource: string, name: string, value: Json): Promise<void> {
  good(await by('PATCH', `/apis/tekton.dev/v1/namespaces/${namespace}/${resource}/${name}/status`, { status: value }, 'application/merge-patch+json'));
}

/** A token of the pod's account, bound to the pod, by the API server's own TokenRequest. */
export async function tokenOf({ admin }: Pick<GateScene, 'admin'>, { namespace, pod, podUid }: Pick<RunPod, 'namespace' | 'pod' | 'podUid'>, audience = 'gatehouse'): Promise<string> {
  const answer = good(await admin('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, {
    apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest',
    spec: { audiences: [audience], expirationSeconds: 600, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod, uid: podUid } },
  }));
  return (answer['status'] as { token: string }).token;
}

/** The same token with some claims replaced and signed by a key of somebody else. */
export function forged(token: string, claims: Json): string {
  const [head = '', body = ''] = token.split('.');
  const changed = Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(body, 'base64url').toString()) as Json), ...claims, jti: randomUUID() })).toString('base64url');
  const key = makeKey('rsa-2048').privateKey;
  return `${head}.${changed}.${sign('sha256', Buffer.from(`${head}.${changed}`), key).toString('base64url')}`;
}
