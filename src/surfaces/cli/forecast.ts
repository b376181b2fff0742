/** What enforcing would break in a cluster, as a command. */
import type { Forecast, ForecastOwner, ForecastPart, ForecastReason, ForecastRole } from '../../domain/decision/forecast.ts';
import { reason } from '../../domain/decision/reasons.ts';
import { endText } from '../../explain/index.ts';
import { loadConfig, formatConfigProblem } from '../../platform/config/config.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import { parseTime, PLAIN_DURATION, readDuration } from '../../text/duration.ts';
import { escapeText, shortenMiddle } from '../../text/shown.ts';
import { EXIT, PlacedProblems, UsageError } from './context.ts';
import type { CliContext, ForecastOptions } from './context.ts';
import { localOptions, timeoutOf } from './options.ts';
import type { JudgeFlags } from './options.ts';
import { documentText } from './output/document.ts';

/** Flags of `gatehouse forecast`. */
export interface ForecastFlags extends Omit<JudgeFlags, 'policy'> {
  readonly policy?: string[];
  /** Where the policies were named: `cli` or `env`. */
  readonly policyFrom?: string | undefined;
  readonly cluster?: true;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly within: string;
  readonly at?: string;
  readonly config?: string;
  readonly unmatched?: 'deny' | 'warn' | 'allow';
  readonly output: 'table' | 'json' | 'yaml';
}

/** `gatehouse forecast`: what would be refused if the policies enforced. */
export async function forecast(flags: ForecastFlags, context: CliContext): Promise<number> {
  const named = flags.policyFrom === 'env' && flags.cluster === true ? [] : (flags.policy ?? []);
  if ((named.length > 0) === (flags.cluster === true))
    throw new UsageError('whose policies? Give either a folder with -p DIR, or --cluster for those of the cluster');
  const doneAt: { done?: (() => void) | undefined } = {};
  const options: ForecastOptions = {
    ...localOptions({ ...flags, policy: named }),
    config: flags.config === undefined ? undefined : configOf(flags.config),
    cluster: flags.cluster === true, kubeconfig: flags.kubeconfig, context: flags.context, namespace: flags.namespace,
    now: flags.at === undefined ? context.now() : timeOf(flags.at), ahead: aheadOf(flags.within), timeoutMs: timeoutOf(flags),
    unmatched: flags.unmatched,
    progress: (done, of) => {
      doneAt.done?.();
      doneAt.done = context.progress?.(`judging ${done} of ${of}`);
    },
  };
  const made = await context.rooms.forecast(options).finally(() => doneAt.done?.());
  if (flags.output === 'table') context.stdout(`${tableOf(made).join('\n')}\n`);
  else context.stdout(`${documentText({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Forecast', ...made }, flags.output)}\n`);
  return codeOf(made, flags.failOnWarn === true);
}

function codeOf({ refused, ends, incomplete }: Forecast, failOnWarn: boolean): number {
  const outcomes = new Set(refused.flatMap(({ parts }) => parts.map(({ outcome }) => outcome)));
  if (outcomes.has('deny')) return EXIT.denied;
  if (outcomes.size > 0 || incomplete) return EXIT.undetermined;
  return ends.length > 0 && failOnWarn ? EXIT.warned : EXIT.admitted;
}

function configOf(file: string): ServerConfig {
  const result = loadConfig(file);
  if (!result.ok) throw new PlacedProblems(result.problems.map(formatConfigProblem).join('\n'));
  return result.config;
}

function timeOf(text: string): number {
  const read = parseTime(text);
  if (!read.ok) throw new UsageError(`--at ${text}: expected a time such as 2027-01-01T00:00:00Z`);
  return read.value;
}

function aheadOf(text: string): number {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const ms = days === undefined ? readDuration(text, PLAIN_DURATION) : Number(days) * 86_400_000;
  if (ms === undefined) throw new UsageError(`--within ${text}: expected a duration such as 30d or 720h`);
  return ms;
}

const WIDTH = 200;

const WORDS: Readonly<Record<ForecastRole, string>> = {
  template: 'its template', pods: 'running', earlier: 'a rollback to', schedule: 'what it starts', job: 'its pods', build: 'as it stands',
};

function tableOf({ at, objects, owners, unmatched, refused, ends, notes }: Forecast): readonly string[] {
  const repairing = refused.filter(({ repairs }) => repairs !== undefined).length;
  return [
    ...refused.flatMap(ownerLines),
    ...ends.flatMap((end) => {
      const over = end.ends.map(endText);
      return [escapeText(`from ${end.at}, when ${over.join(', ')} ends:`), ...end.refused.flatMap(ownerLines).map((line) => `  ${line}`)];
    }),
    ...(refused.length + ends.length === 0 ? [] : ['']),
    ...(repairing === 0 ? [] : [`note: ${repairing} of them ${repairing === 1 ? 'repairs' : 'repair'} the cluster: sign, or except by policy, before you enforce`]),
    ...(unmatched === 0 ? [] : [`note: no policy speaks about an image of ${count(unmatched, 'object')}: --unmatched deny has them refused`]),
    ...notes.map((note) => `note: ${escapeText(note)}`),
    `${refused.length} of ${count(owners, 'owner')} (${count(objects, 'object')}) would be refused as of ${at}`
      + (ends.length === 0 ? '' : `; ${new Set(ends.flatMap((end) => end.refused.map(({ object }) => JSON.stringify(object)))).size} more once trust ends`),
  ].map((line) => shortenMiddle(line, WIDTH));
}

function ownerLines({ object: { kind, namespace, name }, since, repairs, ungated, parts }: ForecastOwner): readonly string[] {
  const remarks = [
    ...(since === undefined ? [] : [`since ${since}`]),
    ...(repairs === undefined ? [] : [`REPAIRS THE CLUSTER: ${repairs}`]),
    ...(ungated === true ? ['not gated'] : []),
  ];
  const mark = parts.some(({ outcome }) => outcome === 'deny') ? '✗' : '?';
  const head = `${mark} ${kind} ${namespace === '' ? name : `${namespace}/${name}`}${remarks.length === 0 ? '' : `  (${remarks.join('; ')})`}`;
  return [escapeText(head), ...parts.flatMap(partLines)];
}

function partLines({ role, kind, names, count: number, reasons }: ForecastPart): readonly string[] {
  const which = role === 'pods' ? `${number} ${kind}${number === 1 ? '' : 's'} ${WORDS[role]}` : role === 'earlier' ? `${WORDS[role]} ${kind} ${names[0] ?? ''}` : WORDS[role];
  return [`    ${escapeText(which)}`, ...reasons.map((one) => `        ${reasonLine(one)}`)];
}

function reasonLine({ verdict, code, policy, requirement, artifact, digest }: ForecastReason): string {
  const asked = [policy, requirement].filter((part) => part !== undefined).join(' / ');
  const image = `${artifact}${digest === undefined || artifact.includes(digest) ? '' : ` (${digest.slice(0, 19)}…)`}`;
  return escapeText(`${image === '' ? '' : `${image}: `}${verdict} ${code}${asked === '' ? '' : `, policy ${asked}`}: ${reason(code).title}`);
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
