/** The shipped manifests made complete: the authority in the gate; and the Secret, which is never among them. */
import type { ServingCertificate } from './authority.ts';
import { isIssuedUnder, joinBundles } from './bundle.ts';
import { heldGate, heldSecret, SECRET } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';

const PLACEHOLDER = /^( *)caBundle: "<filled in by: .*>"$/gm;

/**
 * The manifest with an authority in every webhook. Works on the text, so that the comments stay. Throws when the manifest is
 * not the shipped one, or when it holds what an upgrade must not touch: settings, or a Secret.
 */
export function completeManifest(manifest: string, bundle: string): string {
  if (manifest.search(PLACEHOLDER) < 0) throw new Error('expected a shipped install.yaml or webhook.yaml, with its empty caBundle');
  if (/^kind: (?:ConfigMap|Secret)$/m.test(manifest)) {
    throw new Error('a manifest that is applied again and again holds no ConfigMap and no Secret');
  }
  return manifest.replace(PLACEHOLDER, (_line, indent: string) => `${indent}caBundle: ${base64(bundle)}`);
}

/**
 * The authorities that belong into the gate, as the cluster has them: those of the gate itself, or without one that of the
 * Secret. So applying a manifest again never rotates anything. Throws when there is no certificate yet, or when what is
 * trusted did not issue what is served.
 */
export function bundleInUse(kubectl: Kubectl): string {
  const secret = heldSecret(kubectl);
  if (secret === undefined) {
    const make = 'npm run --silent certs -- --secret | kubectl create -f -';
    throw new Error(`there is no Secret gatehouse-tls yet: ${make} (or name your CA with --ca FILE)`);
  }
  const held = joinBundles(...(heldGate(kubectl)?.bundles ?? []));
  const bundle = held === '' ? joinBundles(secret.ca) : held;
  if (bundle === '') throw new Error('Secret gatehouse-tls does not name its CA (ca.crt): name it with --ca FILE');
  if (!isIssuedUnder(secret.certificate, bundle)) {
    throw new Error(
      'the certificate in Secret gatehouse-tls was not issued by a CA that the gate trusts: '
        + 'see docs/operate/certificates.md, or name its CA with --ca FILE',
    );
  }
  return bundle;
}

/** The Secret of type kubernetes.io/tls as YAML, with its authority beside it. For `kubectl create`, which replaces nothing. */
export function tlsSecret(serving: ServingCertificate, place: { readonly name: string; readonly namespace: string } = SECRET): string {
  return [
    'apiVersion: v1',
    'kind: Secret',
    'type: kubernetes.io/tls',
    'metadata:',
    `  name: ${place.name}`,
    `  namespace: ${place.namespace}`,
    '  labels:',
    '    app.kubernetes.io/name: gatehouse',
    '    app.kubernetes.io/part-of: gatehouse',
    '    app.kubernetes.io/component: certificate',
    'data:',
    `  ca.crt: ${base64(serving.ca)}`,
    `  tls.crt: ${base64(serving.certificate)}`,
    `  tls.key: ${base64(serving.key)}`,
    '',
  ].join('\n');
}

/** Standard base64 on one line, as Kubernetes wants bytes. */
export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
