import type { ServingCertificate } from './authority.ts';

const PLACEHOLDER = /^( *)caBundle: "<filled in by: .*>"$/m;

/** Name and place of the TLS secret that the Deployment mounts. */
export interface SecretPlace {
  readonly name: string;
  readonly namespace: string;
}

/**
 * The shipped manifest made complete: the serving certificate as a Secret in front of the Deployment, and its CA
 * in the webhook configuration. Works on the text, so that the comments stay. Throws when the manifest is not
 * the shipped one.
 */
export function completeManifest(manifest: string, serving: ServingCertificate, secret: SecretPlace): string {
  const documents = manifest.split(/^---\n/m);
  const deployment = documents.findIndex((text) => /^kind: Deployment$/m.test(text));
  if (deployment < 0 || !PLACEHOLDER.test(manifest)) throw new Error('expected the shipped install.yaml with its Deployment and its empty caBundle');
  documents.splice(deployment, 0, tlsSecret(serving, secret));
  return documents.join('---\n').replace(PLACEHOLDER, (_line, indent: string) => `${indent}caBundle: ${base64(serving.ca)}`);
}

/** The Secret of type kubernetes.io/tls as YAML. */
export function tlsSecret(serving: ServingCertificate, secret: SecretPlace): string {
  return [
    'apiVersion: v1',
    'kind: Secret',
    'type: kubernetes.io/tls',
    'metadata:',
    `  name: ${secret.name}`,
    `  namespace: ${secret.namespace}`,
    '  labels:',
    '    app.kubernetes.io/name: gatehouse',
    '    app.kubernetes.io/part-of: gatehouse',
    '    app.kubernetes.io/component: server',
    'data:',
    `  tls.crt: ${base64(serving.certificate)}`,
    `  tls.key: ${base64(serving.key)}`,
    '',
  ].join('\n');
}

/** Standard base64 on one line, as Kubernetes wants bytes. */
export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
