/** Webhooks that admit everything and write down what they are asked: what the shipped one is asked, and what there was to ask. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeServingCertificate } from '../../certs/authority.ts';
import type { ControlPlane } from './control-plane.ts';
import { shippedDocument } from './gatehouse.ts';

/** The request of an AdmissionReview, as the API server sends it. */
export interface Asked {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly userInfo: { readonly username?: string; readonly groups?: readonly string[] };
  readonly object: unknown;
  readonly oldObject: unknown;
}

/** What both webhooks were asked since the last `forget`. */
export interface Observers {
  /** By the shipped webhook configuration, with its condition. */
  readonly sent: Asked[];
  /** By the same configuration without condition: all there was. */
  readonly all: Asked[];
  forget(): void;
  stop(): Promise<void>;
}

interface Webhook { readonly rules: unknown[]; readonly [field: string]: unknown }

/** Registers both, with further rules and copies of the shipped condition if wanted, and waits until both are asked. */
export async function startObservers(cluster: ControlPlane, more: { readonly rules?: readonly object[]; readonly copies?: number } = {}): Promise<Observers> {
  const serving = await makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: Date.now() });
  const asked: Record<string, Asked[]> = { '/sent': [], '/all': [] };
  const server = createServer({ cert: serving.certificate, key: serving.key }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
      const review = JSON.parse(Buffer.concat(pieces).toString()) as { apiVersion: string; kind: string; request: Asked };
      asked[(request.url ?? '').split('?')[0] ?? '']?.push(review.request);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion: review.apiVersion, kind: review.kind, response: { uid: review.request.uid, allowed: true } }));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const [shipped] = (shippedDocument('ValidatingWebhookConfiguration') as { webhooks: Webhook[] }).webhooks;
  if (shipped === undefined) throw new Error('no webhook is shipped');
  const [condition] = shipped['matchConditions'] as { name: string; expression: string }[];
  for (const path of ['/sent', '/all']) {
    const clientConfig = { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, caBundle: Buffer.from(serving.ca).toString('base64') };
    const matchConditions = path === '/all' ? [] : Array.from({ length: more.copies ?? 1 }, (_, copy) => ({ ...condition, name: `copy-${copy}` }));
    await cluster.must(['apply', '-f', '-'], {
      apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: `observer${path.replace('/', '-')}` },
      webhooks: [{ ...shipped, clientConfig, matchConditions, rules: [...shipped.rules, ...(more.rules ?? [])] }],
    });
  }
  const { sent = [], all = [] } = { sent: asked['/sent'], all: asked['/all'] };
  const forget = (): void => { sent.length = 0; all.length = 0; };
  await bothAreAsked(cluster, sent, all);
  forget();
  return {
    sent, all, forget,
    stop: async () => {
      await cluster.kubectl(['delete', 'validatingwebhookconfigurations', 'observer-sent', 'observer-all']);
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

async function bothAreAsked(cluster: ControlPlane, sent: readonly Asked[], all: readonly Asked[]): Promise<void> {
  const probe = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec: { containers: [{ name: 'app', image: 'probe' }] } };
  for (let tries = 0; tries < 100; tries += 1) {
    const from = [sent.length, all.length];
    await cluster.must(['create', '--dry-run=server', '-f', '-'], probe);
    if (sent.length > (from[0] ?? 0) && all.length > (from[1] ?? 0)) return;
  }
  throw new Error('the API server does not ask the observers');
}
