/** Objects as they are written in YAML, on their way through the readers: text, request, extraction. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { BuildRequest } from '../../../../src/domain/build/build-request.ts';
import type { BuildImage } from '../../../../src/domain/build/image.ts';
import type { Extraction, ReviewRequest } from '../../../../src/domain/decision/review.ts';
import { extract } from '../../../../src/extract/index.ts';
import { JSON_LIMITS, parseJson, readAdmissionReview } from '../../../../src/intake/index.ts';
import { sharedData } from '../../../support/shared.ts';

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/** Every document of a YAML text that is an object. */
export function objectsOf(yaml: string): readonly KubernetesObject[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as unknown).filter((value): value is KubernetesObject =>
    typeof value === 'object' && value !== null && 'kind' in value && 'apiVersion' in value);
}

/** The request to create an object, through the bytes that an API server would send. */
export function reviewOf(object: KubernetesObject, more: object = {}): ReviewRequest {
  const [group, version] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : ['', object.apiVersion];
  const resource = `${object.kind.toLowerCase()}s`;
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group, version, kind: object.kind },
      resource: { group, version, resource },
      namespace: object.metadata?.namespace ?? (object.kind === 'ClusterTask' ? '' : 'ci'),
      name: object.metadata?.name ?? '',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['developers'] },
      object, oldObject: null, dryRun: false,
      ...more,
    },
  };
  const json = parseJson(Buffer.from(JSON.stringify(review)), JSON_LIMITS);
  if (!json.ok) throw new Error(json.message);
  const read = readAdmissionReview(json.value);
  if (!read.ok) throw new Error(read.message);
  return read.review;
}

/** What is extracted from one object. */
export function extracted(object: KubernetesObject, more: object = {}): Extraction {
  return extract(reviewOf(object, more));
}

/** As {@link extracted}, for the first object of a YAML text; with the build that it is about. */
export function readYaml(yaml: string, more: object = {}): { readonly request: BuildRequest; readonly problems: readonly string[] } {
  const [object] = objectsOf(yaml);
  if (object === undefined) throw new Error('no object');
  return readObject(object, more);
}

/** The build that an object is about, and what is wrong with it: `CODE path`. */
export function readObject(object: KubernetesObject, more: object = {}): { readonly request: BuildRequest; readonly problems: readonly string[] } {
  const { matter, findings } = extracted(object, more);
  if (matter?.about !== 'build') throw new Error('no build');
  const enforced = findings.filter((finding) => finding.verdict !== 'satisfied' && finding.mode === 'enforce');
  return { request: matter.request, problems: enforced.map(({ code, path }) => `${code} ${path}`) };
}

/** One line for an image: what it comes to, or why that is open. */
export function imageLine({ path, state }: BuildImage): string {
  return state.state === 'resolved' ? `${path} ${state.values.join(' | ')}` : `${path} (${state.reason} ${state.expression})`;
}

/** Every object of Tekton in the example files beside the checkout, with the file it is from. */
export function exampleObjects(): readonly { readonly file: string; readonly object: KubernetesObject }[] {
  return ['tekton-examples', 'konflux-pipelines', 'tekton-signed'].flatMap((folder) =>
    readdirSync(sharedData(folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml')).sort().flatMap((name) =>
      objectsOf(readFileSync(sharedData(`${folder}/${name}`), 'utf8'))
        .filter(({ apiVersion }) => apiVersion.includes('tekton.dev/'))
        .map((object) => ({ file: `${folder}/${name}`, object }))));
}
