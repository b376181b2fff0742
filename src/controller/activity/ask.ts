/** One replica is asked what its policies did, over TLS and with a token that is good for nothing else. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { ActivityReport } from '../../platform/decisions/activity.ts';
import { MAX_REPORT, readReport } from './report.ts';
import type { ReplicaAddress } from './replicas.ts';

/** By what replicas show who they are, and we to them. Files are read for every question, because kubelets renew them. */
export interface AskOptions {
  /** The name in their certificate. */
  readonly serverName: string;
  /** File with the authority of their certificate, PEM. */
  readonly ca: string;
  /** File with our token. */
  readonly tokenFile: string;
}

const TIMEOUT_MS = 5000;

/** Asks one replica; rejects with words for people, which hold neither the token nor what was answered. */
export async function askReplica({ host, port }: ReplicaAddress, { serverName, ca, tokenFile }: AskOptions): Promise<ActivityReport> {
  const [authority, token] = await Promise.all([ca, tokenFile].map((file) => readFile(file, 'utf8')));
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request({
      host, port, path: '/activity', method: 'GET', agent: false, servername: serverName, ca: authority,
      headers: { host: serverName, accept: 'application/json', authorization: `Bearer ${(token ?? '').trim()}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }, resolve);
    call.once('error', reject);
    call.end();
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REPORT) throw new Error(`answers more than ${MAX_REPORT} bytes`);
    chunks.push(chunk);
  }
  if (response.statusCode !== 200) throw new Error(`answers ${response.statusCode ?? 0} to GET /activity${HINTS.get(response.statusCode) ?? ''}`);
  return readReport(Buffer.concat(chunks));
}

const HINTS: ReadonlyMap<number | undefined, string> = new Map([
  [404, ': set decisions.enabled: true in the configuration of the server'],
  [401, ': set decisions.clusterTokens: true, and give the controller a token for the audience decisions.gatehouse.dev'],
  [403, ': let the controller get decisions.gatehouse.dev in all namespaces (deploy/controller/rbac.yaml)'],
]);
