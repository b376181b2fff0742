/** Whether the installation in a cluster works, as lines for people and as a document for programs. */
import { escapeText } from '../../../text/shown.ts';
import { EXIT, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import type { ClusterFinding } from './cluster-check.ts';
import { documentText } from '../output/document.ts';

/** The flags that it looks at. */
export interface ClusterFlags {
  readonly config?: string;
  readonly cluster?: true;
  readonly kubeconfig?: string;
  readonly denied?: string;
  readonly reason?: string;
  readonly admitted?: string;
  readonly namespace: string;
  readonly failOnWarn?: true;
  readonly output: 'text' | 'json' | 'yaml';
}

const CODE = /^[A-Z][A-Z0-9_]+$/;

/** `gatehouse check --cluster`, and trying the gate: 1 when something does not work, 3 when something could not be looked at. */
export async function checkInstallation(flags: ClusterFlags, context: CliContext): Promise<number> {
  const { denied, reason, admitted, namespace } = flags;
  if (flags.config !== undefined)
    throw new UsageError('a cluster and a configuration are checked one after the other: leave out --config, or --cluster');
  if (reason !== undefined && (denied === undefined || !CODE.test(reason)))
    throw new UsageError('--reason goes with --denied IMAGE, and is a code such as FETCH_NONE_FOUND (gatehouse explain)');
  const probe = {
    namespace, ...(denied === undefined ? {} : { denied: { image: denied, reason } }), ...(admitted === undefined ? {} : { admitted }),
  };
  const asked = { kubeconfig: flags.kubeconfig, isInstallation: flags.cluster === true, probe };
  const findings = await context.rooms.checkCluster(asked, context.now());
  if (flags.output !== 'text') context.stdout(`${documentText(report(findings, context.now()), flags.output)}\n`);
  else context.stdout(`${[...findings.flatMap(linesOf), summary(findings)].join('\n')}\n`);
  if (count(findings, 'fail') > 0) return EXIT.denied;
  if (count(findings, 'unknown') > 0) return EXIT.undetermined;
  return count(findings, 'warn') > 0 && flags.failOnWarn === true ? EXIT.warned : EXIT.admitted;
}

function linesOf({ level, what, text, fix }: ClusterFinding): readonly string[] {
  return [`${level.padEnd(8)}${what}: ${escapeText(text)}`, ...(fix === undefined ? [] : [`${' '.repeat(8)}→ ${escapeText(fix)}`])];
}

function summary(findings: readonly ClusterFinding[]): string {
  const unknown = count(findings, 'unknown');
  return `${count(findings, 'ok')} ok, ${count(findings, 'warn')} warnings, ${count(findings,
    'fail')} failed${unknown === 0 ? '' : `, ${unknown} unknown`}`;
}

function count(findings: readonly ClusterFinding[], level: ClusterFinding['level']): number {
  return findings.filter((finding) => finding.level === level).length;
}

function report(findings: readonly ClusterFinding[], now: number): unknown {
  return { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'InstallationReport', at: new Date(now).toISOString(), findings };
}
