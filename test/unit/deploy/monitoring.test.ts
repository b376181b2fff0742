/** Alerts name metrics that there are, by labels that they have, and monitors find the pods and ports that are shipped. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentsOf, only, read, ROOT } from './support.ts';

const SOURCES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => readFileSync(join(ROOT, 'src', path), 'utf8'));
/** Whether the program makes a metric of this name, written whole or without the prefix, which methods put before it. */
const isMade = (metric: string): boolean => {
  const name = metric.replace(/_(?:bucket|sum|count)$/, '');
  return SOURCES.some((text) => text.includes(`'${name}'`) || text.includes(`'${name.replace(/^gatehouse_/, '')}'`));
};
const rules = only(documentsOf('deploy/monitoring/prometheus-rule.yaml'), 'PrometheusRule').at('spec', 'groups', 0, 'rules').value as { alert: string; expr: string }[];
const metricsIn = (text: string): readonly string[] => [...new Set(text.match(/\bgatehouse_[a-z_]+/g))];

describe('alerts', () => {
  test.each(rules.flatMap(({ alert, expr }) => metricsIn(expr).map((metric) => [alert, metric] as const)))('%s: there is a metric %s', (_, metric) => {
    expect(isMade(metric)).toBe(true);
  });
  test('the twin: one that is misspelt is none', () => {
    for (const metric of ['gatehouse_policies_ready', 'gatehouse_controller_leads', 'gatehouse_tls_expires_seconds']) expect(isMade(metric), metric).toBe(false);
  });
  test('metrics that pages tell to look at are there as well', () => {
    for (const page of ['emergency', 'controller', 'check', 'certificates', 'resources', 'decision-events', 'signed-policies', 'forecast'])
      for (const metric of metricsIn(read(`docs/operate/${page}.md`))) expect(isMade(metric), `${page}: ${metric}`).toBe(true);
  });
});

describe('monitors', () => {
  const labels = (file: string, kind: string, name: string): Record<string, string> => only(documentsOf(file), kind, name).at('spec', 'template', 'metadata', 'labels').value as Record<string, string>;
  test.each([
    ['pod-monitor', 'PodMonitor', 'gatehouse-controller', 'podMetricsEndpoints', labels('deploy/controller/controller.yaml', 'Deployment', 'gatehouse-controller')],
    ['service-monitor', 'ServiceMonitor', 'gatehouse', 'endpoints', only(documentsOf('deploy/manifests/install.yaml'), 'Service').at('metadata', 'labels').value as Record<string, string>],
  ])('%s finds what is shipped', (file, kind, name, endpoints, found) => {
    const monitor = only(documentsOf(`deploy/monitoring/${file}.yaml`), kind, name);
    expect(found).toMatchObject(monitor.at('spec', 'selector', 'matchLabels').value as object);
    expect(monitor.at('spec', endpoints, 0, 'port').text()).toBe('ops');
  });
});
