/** The webhook that changes pods, registered as shipped, and another one beside it that does what a test wants. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import { makeServingCertificate } from '../../certs/authority.ts';
import type { ControlPlane } from './control-plane.ts';
import { ROOT } from './installed.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Registers `deploy/mutate` with another address, because there is no cluster network, and with further rules; applied again it moves
 * the webhook elsewhere.
 */
export async function registerMutation(cluster: ControlPlane, to: { readonly url: string; readonly ca: string }, rules: readonly unknown[] = []): Promise<void> {
  const shipped = parse(readFileSync(`${ROOT}deploy/mutate/webhook.yaml`, 'utf8')) as { webhooks: Json[] };
  const clientConfig = { url: `${to.url}/mutate`, caBundle: Buffer.from(to.ca).toString('base64') };
  await cluster.must(['apply', '-f', '-'], { ...shipped, webhooks: shipped.webhooks.map((webhook) => ({ ...webhook, clientConfig, rules: [...(webhook['rules'] as unknown[]), ...rules] })) });
  await cluster.must(['apply', '-f', `${ROOT}deploy/mutate/guard.yaml`]);
}

/** Somebody else's mutating webhook, which is asked about pods after ours. */
export interface OtherWebhook {
  /** What it makes of a pod, as a JSON Patch. */
  does(patch: (pod: Pod) => readonly object[]): void;
  /** Registered with this reinvocation policy, or not at all. */
  register(reinvocationPolicy: 'Never' | 'IfNeeded'): Promise<void>;
  unregister(): Promise<void>;
  stop(): Promise<void>;
}

/** A pod as a webhook sees it. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[]; readonly ephemeralContainers?: readonly { readonly image: string }[] };
}

/** Starts it; it does nothing until it is told to. Its name makes it the last one that is asked. */
export async function startOtherWebhook(cluster: ControlPlane): Promise<OtherWebhook> {
  const serving = await makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: Date.now() });
  const behaviour: { patch: (pod: Pod) => readonly object[] } = { patch: () => [] };
  const server = createServer({ cert: serving.certificate, key: serving.key }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
      const review = JSON.parse(Buffer.concat(pieces).toString()) as { apiVersion: string; request: { uid: string; object: Pod } };
      const patch = Buffer.from(JSON.stringify(behaviour.patch(review.request.object))).toString('base64');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion: review.apiVersion, kind: 'AdmissionReview', response: { uid: review.request.uid, allowed: true, patchType: 'JSONPatch', patch } }));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    does(patch) { behaviour.patch = patch; },
    async register(reinvocationPolicy) {
      await cluster.must(['apply', '-f', '-'], {
        apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: 'zz-other' },
        webhooks: [{
          name: 'zz.other.example', admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail', reinvocationPolicy,
          clientConfig: { url, caBundle: Buffer.from(serving.ca).toString('base64') },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        }],
      });
    },
    async unregister() { await cluster.must(['delete', '--ignore-not-found', 'mutatingwebhookconfiguration', 'zz-other']); },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
