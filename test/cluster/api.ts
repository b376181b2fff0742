/** Requests to an API server over one kept connection: quicker than kubectl where there are hundreds, and with no manners of its own. */
import { Agent, request } from 'node:https';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { ControlPlane } from './control-plane.ts';

/** An answer: its HTTP status and its body, parsed when it is JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
}

/** Sends a request; `body` is sent as JSON. Rejects only when there is no answer. */
export type Api = (method: string, path: string, body?: unknown, contentType?: string) => Promise<ApiAnswer>;

/** A client with the rights of the kubeconfig's user (cluster admin by default), who may be somebody else by `impersonate`. */
export function apiClient(cluster: ControlPlane, impersonate: { readonly user?: string; readonly groups?: readonly string[] } = {}): Api {
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8')) as { users: { user: { token: string } }[] };
  const headers: Record<string, string | string[]> = { authorization: `Bearer ${config.users[0]?.user.token ?? ''}` };
  if (impersonate.user !== undefined) headers['impersonate-user'] = impersonate.user;
  if (impersonate.groups !== undefined) headers['impersonate-group'] = [...impersonate.groups];
  const agent = new Agent({ keepAlive: true, ca: readFileSync(cluster.caFile) });
  return (method, path, body, contentType = 'application/json') => new Promise((resolve, reject) => {
    const sent = request(new URL(path, cluster.url), { method, agent, headers: { ...headers, 'content-type': contentType } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, body: parsed(text) }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
