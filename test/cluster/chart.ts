/** Helm on the chart of this checkout, and what two ways of installing render, made comparable. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { Rendered } from '../support/manifest-checklist.ts';
import { at } from '../support/manifest-checklist.ts';
import type { KubectlResult } from './control-plane.ts';
import { ROOT } from './installed.ts';
import { cleanEnvironment, dataFolder } from './processes.ts';
import { toolPaths } from './tools.ts';

/** The chart. */
export const CHART = join(ROOT, 'deploy/chart/gatehouse');

/** Renders without a cluster, for one of the version that the tests run; helm as go builds it knows an old one only. */
export function template(args: readonly string[]): Promise<KubectlResult> {
  return helm(['template', 'gatehouse', CHART, '--kube-version', '1.36.3', ...args]);
}

/** Runs helm with folders of its own, so that nothing of whoever runs the tests is read or written. */
export function helm(args: readonly string[], kubeconfig = '/dev/null'): Promise<KubectlResult> {
  const home = dataFolder('helm');
  const env = { ...cleanEnvironment(), KUBECONFIG: kubeconfig, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return new Promise((resolve, reject) => {
    const child = spawn(toolPaths().helm, args, { cwd: ROOT, env });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { out.stderr += text; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, ...out }));
  });
}

/** A file with values. */
export function valuesFile(values: object): string {
  const file = join(dataFolder('values'), 'values.yaml');
  writeFileSync(file, stringify(values));
  return file;
}

/** The objects that the chart renders with values, its tests apart. Throws with helm's words. */
export async function rendered(values: object = {}, args: readonly string[] = []): Promise<readonly Rendered[]> {
  const made = await template(['-n', 'gatehouse-system', '-f', valuesFile(values), ...args]);
  if (made.code !== 0) throw new Error(made.stderr);
  return objectsOf(made.stdout).filter((object) => at(object, 'metadata', 'annotations', 'helm.sh/hook') === undefined);
}

/** The documents of a text as Kubernetes and Helm read them (0440 is octal), without empty ones. */
export function objectsOf(text: string): readonly Rendered[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    const [error] = 'errors' in document ? document.errors : [];
    if (error !== undefined) throw error;
    return (document as { toJS(): unknown }).toJS() as Rendered | null;
  }).filter((object) => object !== null);
}

const ADDED = ['app.kubernetes.io/instance', 'app.kubernetes.io/version', 'app.kubernetes.io/managed-by', 'helm.sh/chart'];

/** Objects by kind, namespace and name, without what a chart adds: its labels, the policy that keeps definitions, and the hash of settings. */
export function comparable(objects: readonly Rendered[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(objects.map((object): [string, unknown] => {
    const copy = structuredClone(object) as { metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> }; data?: Record<string, string> };
    for (const label of ADDED) delete copy.metadata.labels?.[label];
    delete copy.metadata.annotations?.['helm.sh/resource-policy'];
    const pod = at(copy, 'spec', 'template', 'metadata') as { annotations?: Record<string, string> } | undefined;
    delete pod?.annotations?.['gatehouse.dev/settings'];
    if (pod?.annotations !== undefined && Object.keys(pod.annotations).length === 0) delete pod.annotations;
    if (Object.keys(copy.metadata.annotations ?? {}).length === 0) delete copy.metadata.annotations;
    const config = copy.data?.['config.yaml'];
    unfold(copy);
    return [`${String(object['kind'])} ${copy.metadata.namespace ?? ''} ${copy.metadata.name}`, config === undefined ? copy : { ...copy, data: parse(config) as unknown }];
  }).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** In expressions white space means nothing, and kustomize writes folded texts with other line breaks than it has read. */
function unfold(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === 'string' && /expression$/i.test(key)) (value as Record<string, unknown>)[key] = one.replaceAll(/\s+/g, ' ');
    else unfold(one);
  }
}
