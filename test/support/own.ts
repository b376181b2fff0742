/** Resources of ours as the API server sends them for admission, and an API server that says who may exempt. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { developmentCertificate } from '../../src/platform/tls/development.ts';
import { FakeKube } from '../unit/platform/support/kube-server.ts';
import { objectReview } from '../world/review.ts';
import type { AdmissionReview, ReviewOptions } from '../world/review.ts';

const RESOURCES: Readonly<Record<string, string>> = {
  Signer: 'signers', ClusterArtifactPolicy: 'clusterartifactpolicies', ArtifactPolicy: 'artifactpolicies', TrustRoot: 'trustroots',
  RevocationList: 'revocationlists', PipelinePolicy: 'pipelinepolicies', AdmissionException: 'admissionexceptions',
};

/** A document, as somebody writes it. */
export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A document of a kind of ours. */
export function document(kind: string, name: string, spec: Readonly<Record<string, unknown>>, namespace?: string): Document {
  return { apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec };
}

/** Several as one file of policies. */
export function asFile(...documents: readonly Document[]): string {
  return documents.map((one) => JSON.stringify(one)).join('\n---\n');
}

/** The review of one, with what the API server adds to objects. */
export function ownReview(one: Document, options: ReviewOptions = {}): AdmissionReview {
  return objectReview(stored(one), RESOURCES[one.kind] ?? '', {
    name: one.metadata.name, namespace: one.metadata.namespace ?? '', ...options,
    ...(options.oldObject === undefined ? {} : { oldObject: stored(options.oldObject as Document) }),
  });
}

function stored(one: Document): Record<string, unknown> {
  const managedFields = [{ manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:spec': {} } }];
  return { ...one, metadata: { ...one.metadata, uid: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', managedFields }, status: { conditions: [] } };
}

/** An API server that answers whether a user may exempt from a policy; `asked` are the questions so far. */
export interface Granting {
  readonly kubernetes: { readonly enabled: true; readonly kubeconfig: string };
  readonly asked: { readonly user: string; readonly attributes: Readonly<Record<string, string>> }[];
  /** Rights as `USER RESOURCE NAMESPACE/NAME`. */
  readonly rights: Set<string>;
  /** With it every question is refused. */
  silent: boolean;
  stop(): Promise<void>;
}

/** Starts one. */
export async function startGranting(...rights: readonly string[]): Promise<Granting> {
  const kube = await new FakeKube().start(0, await developmentCertificate());
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-kube-'));
  const kubeconfig = join(dir, 'config');
  writeFileSync(kubeconfig, stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'x', clusters: [{ name: 'x', cluster: { server: `https://127.0.0.1:${kube.port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'x', user: {} }], contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
  }));
  const granting: Granting = { kubernetes: { enabled: true, kubeconfig }, asked: [], rights: new Set(rights), silent: false, stop: () => kube.stop() };
  kube.posts.set('/apis/authorization.k8s.io/v1/subjectaccessreviews', (body) => {
    const { user, resourceAttributes } = body['spec'] as { user: string; resourceAttributes: Record<string, string> };
    granting.asked.push({ user, attributes: resourceAttributes });
    if (granting.silent) return { status: 500, body: {} };
    const { verb, group, resource, namespace, name } = resourceAttributes;
    const allowed = verb === 'exempt' && group === 'gatehouse.dev' && granting.rights.has(`${user} ${resource} ${namespace}/${name}`);
    return { status: 201, body: { kind: 'SubjectAccessReview', status: { allowed } } };
  });
  return granting;
}
