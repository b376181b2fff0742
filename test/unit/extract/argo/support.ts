// Objects of Argo Workflows by YAML, and what is read of them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { BuildRequest } from '../../../../src/domain/build/build-request.ts';
import type { BuildImage } from '../../../../src/domain/build/image.ts';
import { ENGINE_READERS } from '../../../../src/extract/engines.ts';
import { extract } from '../../../../src/extract/index.ts';
import { reviewOf } from '../../../support/pipelines.ts';
import type { Asking, Json } from '../../../support/pipelines.ts';
import { sharedData } from '../../../support/shared.ts';

/** What the reader of an object's kind makes of it. */
export function readObject(source: string | Json, asking?: Asking): { readonly request: BuildRequest; readonly images: readonly BuildImage[]; readonly problems: readonly string[] } {
  const review = reviewOf(source, asking);
  const reader = ENGINE_READERS[`${review.resource.group}/${review.resource.resource}`];
  if (reader === undefined) throw new Error(`no reader for ${review.resource.resource}`);
  const { matter, images, problems } = reader.read(review, { readers: ENGINE_READERS, depth: 0 });
  if (matter?.about !== 'build') throw new Error('no build');
  return { request: matter.request, images, problems: problems.map(({ code, path }) => `${code} ${path}`) };
}

/** Each image in one line: `path = value value`, or `path ? reason expression`. */
export function shown(images: readonly BuildImage[]): string[] {
  return images.map(({ path, state }) => (state.state === 'resolved' ? `${path} = ${state.values.join(' ')}` : `${path} ? ${state.reason} ${state.expression}`));
}

/** Images of an object, in lines. */
export function imagesIn(source: string | Json, asking?: Asking): string[] {
  return shown(readObject(source, asking).images);
}

/** Codes and paths of all that the front door finds about an object itself. */
export function codesOf(source: string | Json, asking?: Asking): string[] {
  return extract(reviewOf(source, asking)).findings.map(({ code, path }) => `${code} ${path}`.trim());
}

/** A workflow with this body of its spec, by YAML lines without indentation. */
export function workflow(spec: string): string {
  const indented = spec.split('\n').map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
  return `apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: w-, namespace: ci}\nspec:\n${indented}`;
}

/** Kinds of Argo that are read. */
export const KINDS: ReadonlySet<string> = new Set(['Workflow', 'WorkflowTemplate', 'ClusterWorkflowTemplate', 'CronWorkflow', 'WorkflowEventBinding', 'WorkflowTaskSet']);

/** Go's YAML takes a closing bracket that is indented no further than its key, which YAML 1.2 does not; four examples have that. */
function asYaml12(text: string): string {
  return text.replaceAll(/^( *)(["'])\]$/gm, '$1  $2]');
}

/** The objects of a file, which has no fault. */
function objectsIn(path: string): Json[] {
  return parseAllDocuments(asYaml12(readFileSync(path, 'utf8')), { uniqueKeys: false }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.map(({ message }) => message).join(' ')}`);
    return document.toJS() as Json;
  });
}

/** Every object of the examples that Argo reads, by file and number. */
export function examples(): { readonly name: string; readonly object: Json }[] {
  const root = sharedData('argo-examples');
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml')).sort().flatMap((name) =>
    objectsIn(join(root, name)).map((object, index) => ({ name: `${name}#${index}`, object }))
      .filter(({ object }) => KINDS.has(String((object as Json | null)?.['kind']))));
}
