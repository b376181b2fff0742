/** What became of an owner as a Report of openreports.io, which other tools show; we write it and never read it. */
import type { ObjectReference, Standing, StandingResult } from './standings.ts';

/** Where reports are, and what is ours among them. */
export const REPORTS = { group: 'openreports.io', version: 'v1alpha1', resource: 'reports', kind: 'Report' } as const;
export const MANAGED_BY = { label: 'app.kubernetes.io/managed-by', value: 'gatehouse' } as const;

/** A report as it is written. */
export interface ReportDocument {
  readonly namespace: string;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Path of a report. */
export function reportPath({ namespace, name }: Pick<ReportDocument, 'namespace' | 'name'>): string {
  return `/apis/${REPORTS.group}/${REPORTS.version}/namespaces/${namespace}/${REPORTS.resource}/${name}`;
}

/** Name of the report about an owner. */
export function reportName({ key }: Pick<Standing, 'key'>): string {
  return `gatehouse-${key}`;
}

/** The report about an owner; it goes with its owner. `at` in epoch milliseconds. */
export function reportOf(standing: Standing, at: number): ReportDocument {
  const { owner } = standing;
  const results = [...standing.results.values()];
  const count = (verdict: StandingResult['verdict']): number => results.filter((one) => one.verdict === verdict).length;
  const name = reportName(standing);
  return {
    namespace: owner.namespace,
    name,
    body: {
      apiVersion: `${REPORTS.group}/${REPORTS.version}`,
      kind: REPORTS.kind,
      metadata: {
        name, namespace: owner.namespace, labels: { [MANAGED_BY.label]: MANAGED_BY.value },
        ...(owner.uid === '' ? {} : { ownerReferences: [referenceTo(owner)] }),
      },
      source: 'gatehouse',
      scope: owner,
      summary: { pass: 0, fail: count('violated'), warn: 0, error: count('undetermined'), skip: 0 },
      results: results.map((one) => resultOf(one, owner, at)),
    },
  };
}

/** As an owner: without its namespace, which is that of the report. */
function referenceTo({ apiVersion, kind, name, uid }: ObjectReference): object {
  return { apiVersion, kind, name, uid };
}

function resultOf(result: StandingResult, { namespace }: ObjectReference, at: number): Readonly<Record<string, unknown>> {
  const { policy, rule, verdict, code, image, digest, message, pods, count, decisionId } = result;
  return {
    source: 'gatehouse', policy: policy === '' ? 'gatehouse' : policy, ...(rule === '' ? {} : { rule }),
    category: 'Supply chain', severity: verdict === 'violated' ? 'high' : 'medium', scored: true,
    result: verdict === 'violated' ? 'fail' : 'error', message,
    timestamp: { seconds: Math.floor(at / 1000), nanos: 0 },
    resources: pods.map((name) => ({ apiVersion: 'v1', kind: 'Pod', namespace, name })),
    properties: { image, ...(digest === '' ? {} : { digest }), reasonCode: code, decisionId, pods: String(count) },
  };
}
