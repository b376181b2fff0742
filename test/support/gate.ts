/** The gate by its front door: a factory server with callers whose tokens the API server in memory knows, and questions over HTTPS. */
import { randomUUID } from 'node:crypto';
import { startFactory } from './factory-server.ts';
import { serviceAccountClaims } from './tokens.ts';
import type { Factory, FactoryServer } from './factory-server.ts';
import type { HttpAnswer } from './server.ts';

/** A finding as the gate answers it. */
export interface AnsweredFinding {
  readonly code: string;
  readonly verdict: string;
  readonly mode: string;
  readonly path: string;
  readonly fix: string;
}

/** The answer to a question. */
export interface GateAnswer {
  readonly id: string;
  readonly decision: 'admit' | 'warn' | 'deny' | 'undetermined';
  readonly caller: string;
  readonly run?: string;
  readonly artifacts: readonly { readonly uri: string; readonly digest?: string; readonly decision: string; readonly receipt?: string; readonly findings: readonly AnsweredFinding[] }[];
  readonly findings: readonly AnsweredFinding[];
  readonly message: string;
  readonly receipt?: string;
}

/** The pod that asks, with what stands around it in the cluster. */
export interface AskingPod {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: string;
  readonly podUid: string;
  readonly token: string;
}

export interface GateServer extends FactoryServer {
  /** A pod of this account, whose token the API server knows, for this audience; `labels` and `owner` are the pod's. */
  pod(options?: { readonly namespace?: string; readonly serviceAccount?: string; readonly name?: string; readonly labels?: Readonly<Record<string, string>>; readonly owner?: Readonly<Record<string, unknown>>; readonly audience?: string }): AskingPod;
  /** Asks as that pod; the answer must be 200. */
  admit(pod: AskingPod, question: unknown): Promise<GateAnswer>;
  /** Any request as that pod. */
  call(pod: AskingPod | undefined, method: string, path: string, body?: unknown): Promise<HttpAnswer>;
}

/** Starts a factory with its gate open. */
export async function startGate(factory: Factory): Promise<GateServer> {
  const started = await startFactory({ ...factory, gate: true });
  const call: GateServer['call'] = (pod, method, path, body) =>
    started.server.gate(method, path, body, pod === undefined ? {} : { authorization: `Bearer ${pod.token}` });
  return {
    ...started,
    pod({ namespace = 'ci', serviceAccount = 'fetcher', name = `pod-${randomUUID().slice(0, 8)}`, labels = {}, owner, audience = 'gatehouse' } = {}) {
      const [podUid, uid] = [randomUUID(), randomUUID()];
      const token = started.issuer.sign(serviceAccountClaims({ namespace, serviceAccount, uid, audience, pod: { name, uid: podUid } }));
      const metadata = { name, namespace, uid: podUid, labels, ...(owner === undefined ? {} : { ownerReferences: [owner] }) };
      started.api.put(`/api/v1/namespaces/${namespace}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { serviceAccountName: serviceAccount, containers: [] } });
      started.api.tokens.set(token, {
        audiences: [audience],
        user: {
          username: `system:serviceaccount:${namespace}:${serviceAccount}`, uid, groups: ['system:serviceaccounts'],
          extra: { 'authentication.kubernetes.io/pod-name': [name], 'authentication.kubernetes.io/pod-uid': [podUid] },
        },
      });
      return { namespace, serviceAccount, pod: name, podUid, token };
    },
    call,
    async admit(pod, question) {
      const answer = await call(pod, 'POST', '/v1/admit', question);
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
      return JSON.parse(answer.text) as GateAnswer;
    },
  };
}

/** Codes of what is not satisfied in an answer. */
export function gateCodes({ artifacts, findings }: GateAnswer): string[] {
  return [...findings, ...artifacts.flatMap((artifact) => artifact.findings)].filter(({ verdict }) => verdict !== 'satisfied').map(({ code }) => code);
}
