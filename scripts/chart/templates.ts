/** The templates of the chart, made of the shipped manifests: which file becomes which template, and what values change in it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { templatesOf } from './edits.ts';
import type { Template } from './edits.ts';
import { editServer } from './server.ts';
import { editGate } from './gates.ts';
import { editController } from './controller.ts';
import { editCertificate, editCrd, editMonitoring } from './extras.ts';
import { editCanary } from './canary.ts';
import { restartTemplate } from './restart.ts';

/** One template: its file, the manifest it is made of, when it is rendered, and what values change. */
interface Source {
  readonly file: string;
  readonly manifest: string;
  readonly condition?: string;
  readonly only?: (document: Template) => boolean;
  readonly edit?: (document: Template) => void;
}

const PART_OF = 'app.kubernetes.io/part-of';
const isGate = ({ kind }: Template): boolean => kind.endsWith('WebhookConfiguration');

const SOURCES: readonly Source[] = [
  {
    file: 'namespace.yaml', manifest: 'deploy/manifests/install.yaml', condition: '.Values.namespace.create',
    only: ({ kind }) => kind === 'Namespace',
  },
  { file: 'server.yaml', manifest: 'deploy/manifests/install.yaml', only: (one) => !isGate(one) && one.kind !== 'Namespace', edit: editServer },
  { file: 'gate.yaml', manifest: 'deploy/manifests/install.yaml', condition: '.Values.webhook.enabled', only: isGate, edit: editGate },
  { file: 'guard.yaml', manifest: 'deploy/manifests/guard.yaml', condition: '.Values.guard.enabled' },
  { file: 'controller.yaml', manifest: 'deploy/controller/controller.yaml', condition: '.Values.controller.enabled', edit: editController },
  {
    file: 'cert-manager.yaml', manifest: 'deploy/cert-manager/certificate.yaml',
    condition: 'eq .Values.certificates.source "certManager"', edit: editCertificate,
  },
  { file: 'mutate.yaml', manifest: 'deploy/mutate/webhook.yaml', condition: 'and .Values.webhook.enabled (.Values.config.mutate).enabled', edit: editGate },
  { file: 'mutate-guard.yaml', manifest: 'deploy/mutate/guard.yaml', condition: '(.Values.config.mutate).enabled' },
  { file: 'pipelines.yaml', manifest: 'deploy/pipelines/webhook.yaml', condition: 'and .Values.webhook.enabled .Values.pipelines.enabled', edit: editGate },
  { file: 'pipelines-guard.yaml', manifest: 'deploy/pipelines/guard.yaml', condition: '.Values.pipelines.enabled' },
  { file: 'pipelines-rbac.yaml', manifest: 'deploy/pipelines/rbac.yaml', condition: 'and .Values.rbac.create .Values.pipelines.enabled' },
  ...['roles', 'rbac', 'four-eyes', 'administrators'].map((name): Source => ({
    file: `resources-${name}.yaml`, manifest: `deploy/resources/${name}.yaml`, condition: '.Values.policyResources.enabled',
  })),
  {
    file: 'resources-webhook.yaml', manifest: 'deploy/resources/webhook.yaml', condition: 'and .Values.webhook.enabled .Values.policyResources.enabled',
    edit: editGate,
  },
  { file: 'gate-service.yaml', manifest: 'deploy/gate/service.yaml', condition: '(.Values.config.gate).port' },
  { file: 'gate-rbac.yaml', manifest: 'deploy/gate/rbac.yaml', condition: 'and .Values.rbac.create (.Values.config.gate).port' },
  {
    file: 'decisions-access.yaml', manifest: 'deploy/manifests/decisions-access.yaml',
    condition: 'and .Values.rbac.create ((include "gatehouse.config" . | fromYaml).decisions).clusterTokens',
  },
  {
    file: 'policy-record.yaml', manifest: 'deploy/signed-policies/record.yaml',
    condition: 'and .Values.rbac.create ((.Values.config.policySignatures).record).secret',
  },
  {
    file: 'service-monitor.yaml', manifest: 'deploy/monitoring/service-monitor.yaml', condition: '.Values.serviceMonitor.enabled',
    edit: editMonitoring,
  },
  {
    file: 'pod-monitor.yaml', manifest: 'deploy/monitoring/pod-monitor.yaml',
    condition: 'and .Values.serviceMonitor.enabled .Values.controller.enabled', edit: editMonitoring,
  },
  {
    file: 'prometheus-rule.yaml', manifest: 'deploy/monitoring/prometheus-rule.yaml', condition: '.Values.prometheusRule.enabled',
    edit: editMonitoring,
  },
  { file: 'canary.yaml', manifest: 'deploy/canary/canary.yaml', condition: '.Values.canary.enabled', edit: editCanary },
];

/** The templates by file, made of the manifests below a folder. `list` names the files of a folder; none where it is not there. */
export function chartTemplates(root: string, list: (folder: string) => readonly string[]): ReadonlyMap<string, string> {
  const crds = list('deploy/crds').filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .map((file): Source => ({ file: `crds-${file}`, manifest: `deploy/crds/${file}`, condition: '.Values.crds.enabled', edit: editCrd }));
  // What is added to the base is in the chart without a word here.
  const { resources } = parse(readFileSync(`${root}deploy/manifests/kustomization.yaml`, 'utf8')) as { resources: readonly string[] };
  const further = resources.filter((file) => file.endsWith('.yaml') && !SOURCES.some(({ manifest }) => manifest === `deploy/manifests/${file}`))
    .map((file): Source => ({ file, manifest: `deploy/manifests/${file}` }));
  return new Map([...[...SOURCES, ...further, ...crds].map((source): [string, string] => [source.file, render(root, source)]), ['_restart.tpl', restartTemplate()]]);
}

function render(root: string, { manifest, condition, only = () => true, edit }: Source): string {
  const documents = templatesOf(readFileSync(root + manifest, 'utf8')).filter(only);
  for (const document of documents) {
    if (document.has(['metadata', 'labels', PART_OF]))
      document.after(['metadata', 'labels', PART_OF], '{{- include "gatehouse.labels" . | nindent 4 }}');
    edit?.(document);
  }
  const body = documents.map((document) => inNamespace(document.text()).trimEnd()).join('\n---\n');
  const head = `{{- /* Made of ${manifest} by scripts/chart: change that file, and run the tests of the chart with -u. */ -}}\n`;
  return condition === undefined ? `${head}${body}\n` : `${head}{{- if ${condition} }}\n${body}\n{{- end }}\n`;
}

/** The namespace of the release wherever the manifest names its own; comments stay as they are. */
function inNamespace(text: string): string {
  return text.split('\n')
    .map((line) => (/^\s*#/.test(line) ? line : line.replaceAll('gatehouse-system', '{{ $.Release.Namespace }}')))
    .join('\n');
}
