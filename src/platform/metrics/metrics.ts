/** What is counted, under labels of which callers cannot make many. */
import { OWN_KINDS } from '../../domain/own-kinds.ts';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Decision } from '../../domain/decision/decision.ts';
import type { LostPolicy } from '../../domain/policy/policy.ts';
import { createDurations } from './durations.ts';

/** Everything Gatehouse counts; names and labels are listed in docs/reference/configuration.md. */
export interface Metrics {
  decided(decision: Decision): void;
  /** A request that was answered without a decision: HTTP status 4xx. */
  rejected(status: number): void;
  /** A request that was answered at once because too many were waiting. */
  shed(surface: string): void;
  policies(state: { readonly ready: boolean; readonly generation?: string; readonly count?: number }): void;
  policiesRefused(): void;
  /** What a new set enforces no more. */
  policiesLost(lost: readonly LostPolicy[]): void;
  /** `notAfter` of the serving certificate, epoch milliseconds. */
  certificate(notAfter: number): void;
  certificateRefused(): void;
  /** A gauge that is read when it is scraped; names get the prefix `gatehouse_`. */
  gauge(name: string, help: string, read: () => number | undefined): void;
  /** A gauge of several series, all read when it is scraped; label values must be few and no caller's. */
  series(name: string, help: string, labels: readonly string[], read: () => readonly SeriesValue[]): void;
  /** As `series`, for what only grows. */
  total(name: string, help: string, labels: readonly string[], read: () => readonly SeriesValue[]): void;
  /** The exposition text and its content type. */
  scrape(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** One series of a metric that has several. */
export interface SeriesValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Kinds that are told apart; whoever else may send reviews can make no label, and none of these into `other`. */
const KINDS: ReadonlySet<string> = new Set([
  'Pod', 'PodTemplate', 'ReplicationController', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob',
  'Task', 'TaskRun', 'Pipeline', 'PipelineRun', 'ImageReview', 'Image', 'Blob', 'Package',
  ...OWN_KINDS.map(({ kind }) => kind),
]);

/**
 * Makes the metrics of one server, each with a registry of its own.
 *
 * Labels never hold names of objects, images or users: a caller could otherwise make as many series as it
 * likes. Kinds come from the caller too, so only those that are known are told apart, the rest is `other`.
 */
export function createMetrics(build: { readonly version: string; readonly node: string }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // Counted in a map of our own and copied when scraped: the library's label handling costs more than a decision's matching.
  const decided = new Map<string, number>();
  new Counter({
    name: 'gatehouse_admission_decisions_total',
    help: 'Decisions by outcome; verdict is what strictness said before modes softened it',
    labelNames: ['surface', 'decision', 'verdict', 'kind'] as const,
    registers,
    collect() {
      this.reset();
      for (const [key, count] of decided) {
        const [surface = '', , decision = '', verdict = '', kind = ''] = key.split(' ');
        this.inc({ surface, decision, verdict, kind }, count);
      }
    },
  });
  new Counter({
    name: 'gatehouse_callers_total',
    help: 'Decisions by how the caller had shown that it is the API server',
    labelNames: ['surface', 'proof'] as const,
    registers,
    collect() {
      this.reset();
      for (const [key, count] of decided) {
        const [surface = '', proof = ''] = key.split(' ');
        this.inc({ surface, proof }, count);
      }
    },
  });
  const findings = new Counter({
    name: 'gatehouse_findings_total',
    help: 'Findings that were not satisfied',
    labelNames: ['policy', 'requirement', 'code'] as const,
    registers,
  });
  const exceptions = new Counter({
    name: 'gatehouse_exceptions_total',
    help: 'Findings that would have denied, and did not by an AdmissionException',
    labelNames: ['exception', 'policy'] as const,
    registers,
  });
  const durations = createDurations(
    { name: 'gatehouse_admission_duration_seconds', help: 'Time from request to decision', label: 'surface' },
    registry,
  );
  const rejected = new Counter({
    name: 'gatehouse_http_rejected_total',
    help: 'Requests answered without a decision',
    labelNames: ['status'] as const,
    registers,
  });
  const shed = new Counter({
    name: 'gatehouse_requests_shed_total',
    help: 'Requests answered ENGINE_OVERLOADED at once',
    labelNames: ['surface'] as const,
    registers,
  });
  const ready = new Gauge({ name: 'gatehouse_policy_ready', help: '1 when a valid set of policies is loaded', registers });
  const count = new Gauge({ name: 'gatehouse_policies', help: 'Policies in the loaded set', registers });
  const generation = new Gauge({
    name: 'gatehouse_policy_generation_info',
    help: 'Generation of the loaded set',
    labelNames: ['generation'] as const,
    registers,
  });
  const policyFailures = new Counter({ name: 'gatehouse_policy_reload_failures_total', help: 'Policy sets that were refused', registers });
  const lostPolicies = new Counter({
    name: 'gatehouse_policy_lost_total',
    help: 'Enforced policies that a new set has no more, or that demand less in it, by what became of them',
    labelNames: ['what'] as const,
    registers,
  });
  const tlsFailures = new Counter({ name: 'gatehouse_tls_reload_failures_total', help: 'Certificate files that were refused', registers });
  let notAfter: number | undefined;
  new Gauge({
    name: 'gatehouse_tls_expiry_seconds',
    help: 'Seconds until the serving certificate expires',
    registers,
    collect() {
      if (notAfter !== undefined) this.set(Math.floor((notAfter - Date.now()) / 1000));
    },
  });
  new Gauge({ name: 'gatehouse_build_info', help: 'Version that runs', labelNames: ['version', 'node'] as const, registers }).set(build, 1);

  const kindLabel = (kind: string): string => (KINDS.has(kind) ? kind : 'other');

  return {
    decided({ outcome, verdict, request, findings: list, durationMs }) {
      const key = `${request.surface} ${request.proof} ${outcome} ${verdict} ${kindLabel(request.kind)}`;
      decided.set(key, (decided.get(key) ?? 0) + 1);
      durations.observe(request.surface, durationMs / 1000);
      // What is changed is judged again by the validating webhook, where its findings count.
      if (request.surface === 'mutate') return;
      for (const finding of list) {
        if (finding.verdict !== 'satisfied')
          findings.inc({ policy: finding.policy ?? '', requirement: finding.requirement ?? '', code: finding.code });
        for (const { name } of finding.exceptions ?? []) exceptions.inc({ exception: name, policy: finding.policy ?? '' });
      }
    },
    rejected: (status) => rejected.inc({ status }),
    shed: (surface) => shed.inc({ surface }),
    policies(state) {
      ready.set(state.ready ? 1 : 0);
      if (state.count !== undefined) count.set(state.count);
      if (state.generation === undefined) return;
      generation.reset();
      generation.set({ generation: state.generation }, 1);
    },
    policiesRefused: () => policyFailures.inc(),
    policiesLost(lost) {
      for (const { what } of lost) lostPolicies.inc({ what });
    },
    certificate(at) { notAfter = at; },
    certificateRefused: () => tlsFailures.inc(),
    gauge(name, help, read) {
      new Gauge({ name: `gatehouse_${name}`, help, registers, collect() {
        const value = read();
        if (value !== undefined) this.set(value);
      } });
    },
    series(name, help, labels, read) {
      new Gauge({ name: `gatehouse_${name}`, help, labelNames: [...labels], registers, collect() {
        this.reset();
        for (const { labels: of, value } of read()) this.set(of, value);
      } });
    },
    total(name, help, labels, read) {
      new Counter({ name: `gatehouse_${name}`, help, labelNames: [...labels], registers, collect() {
        this.reset();
        for (const { labels: of, value } of read()) this.inc(of, value);
      } });
    },
    scrape: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
