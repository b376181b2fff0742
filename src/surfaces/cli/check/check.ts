/** How long the trust in a set of policies will last, as a command. */
import type { Expiry, ExpiryState } from '../../../domain/policy/expiry.ts';
import { revokedText } from '../../../domain/policy/revocation.ts';
import type { Revocation } from '../../../domain/policy/revocation.ts';
import { escapeText } from '../../../text/shown.ts';
import { PLAIN_DURATION, readDuration } from '../../../text/duration.ts';
import { formatConfigProblem, loadConfig } from '../../../platform/config/config.ts';
import type { ServerConfig } from '../../../platform/config/config.ts';
import { checkInstallation } from './cluster.ts';
import { checkTokens, tokenLine } from './tokens.ts';
import type { CheckedToken } from './tokens.ts';
import { EXIT, PlacedProblems, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { documentText } from '../output/document.ts';

export interface CheckFlags {
  readonly policy?: string[];
  readonly config?: string;
  readonly cluster?: true;
  readonly kubeconfig?: string;
  readonly denied?: string;
  readonly reason?: string;
  readonly admitted?: string;
  readonly namespace: string;
  readonly failOnWarn?: true;
  readonly within: string;
  readonly output: 'text' | 'json' | 'yaml';
}

const DAY = 86_400_000;

/** `gatehouse check`: what of the trust in a set of policies has ended or ends soon, and what is revoked. */
export async function check(flags: CheckFlags, context: CliContext): Promise<number> {
  if (flags.cluster === true || flags.denied !== undefined || flags.admitted !== undefined) return checkInstallation(flags, context);
  if (flags.reason !== undefined) throw new UsageError('--reason goes with --denied IMAGE');
  const ahead = aheadOf(flags.within);
  const now = context.now();
  const config = flags.config === undefined ? undefined : configOf(flags.config);
  const folders = flags.policy ?? config?.policies ?? [];
  if (folders.length === 0)
    throw new UsageError('no policies: name a folder with -p DIR, a configuration that names one with --config FILE, or ask a cluster with --cluster');
  const { policies, expiries, revocations } = await context.rooms.check(folders, now, ahead);
  const tokens = config === undefined ? [] : await checkTokens(config, now);
  if (flags.output !== 'text') context.stdout(`${documentText(report(expiries, revocations, tokens, now), flags.output)}\n`);
  else {
    for (const expiry of expiries) if (isNews(expiry)) context.stdout(`${expiryLine(expiry, now)}\n`);
    for (const revocation of revocations) context.stdout(`${revocationLine(revocation)}\n`);
    for (const token of tokens) if (token.old) context.stdout(`${tokenLine(token, now)}\n`);
    context.stdout(`${summary(policies, expiries, revocations)}\n`);
  }
  if (has(expiries, 'expired')) return EXIT.denied;
  return (has(expiries, 'expiring') || tokens.some(({ old }) => old)) && flags.failOnWarn === true ? EXIT.warned : EXIT.admitted;
}

function configOf(file: string): ServerConfig {
  const result = loadConfig(file);
  if (!result.ok) throw new PlacedProblems(result.problems.map(formatConfigProblem).join('\n'));
  return result.config;
}

function aheadOf(text: string): number {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const ms = days === undefined ? readDuration(text, PLAIN_DURATION) : Number(days) * DAY;
  if (ms === undefined) throw new UsageError(`--within ${text}: expected a duration such as 30d or 720h`);
  return ms;
}

function has(expiries: readonly Expiry[], state: ExpiryState): boolean {
  return expiries.some((expiry) => expiry.state === state);
}

/** Roots keep authorities of long ago, for what was signed then; keys that were rotated out are the author's own. */
function isNews({ kind, state }: Expiry): boolean {
  return state !== 'ended' || kind === 'key' || kind === 'exception';
}

const WORDS: Readonly<Record<ExpiryState, string>> = { expired: 'EXPIRED', expiring: 'expiring', ended: 'ended', later: 'ok' };

function expiryLine({ kind, name, item, at, state }: Expiry, now: number): string {
  const count = Math.floor(Math.abs(at - now) / DAY);
  const days = `${count} ${count === 1 ? 'day' : 'days'}`;
  const when = at < now ? `ended ${iso(at)}, ${days} ago` : `ends ${iso(at)}, in ${days}`;
  const successor = state !== 'ended' ? '' : kind === 'exception' ? '; take it out' : '; others of its sort go on';
  return `${WORDS[state].padEnd(9)} ${kind === 'signer' || kind === 'exception' ? kind : `${kind} of`} ${name}${item === '' ? '' : ` (${escapeText(item)})`}: ${when}${successor}`;
}

function revocationLine({ what, declaredBy, reason, compromisedAt }: Revocation): string {
  const scope = compromisedAt === undefined ? 'all evidence falls' : `evidence stays that is proven to be older than ${iso(compromisedAt)}`;
  return `revoked   ${escapeText(revokedText(what))} by ${declaredBy}: ${escapeText(reason)}; ${scope}`;
}

function summary(policies: number, expiries: readonly Expiry[], revocations: readonly Revocation[]): string {
  const count = (state: ExpiryState): number => expiries.filter((expiry) => expiry.state === state).length;
  return `${policies} ${policies === 1 ? 'policy' : 'policies'}: ${count('expired')} expired, ${count('expiring')} expiring, ${revocations.length} revoked`;
}

function report(expiries: readonly Expiry[], revocations: readonly Revocation[], tokens: readonly CheckedToken[], now: number): unknown {
  return {
    apiVersion: 'gatehouse.dev/v1alpha1',
    kind: 'TrustReport',
    at: iso(now),
    expiries: expiries.map((expiry) => ({ ...expiry, at: iso(expiry.at) })),
    revocations: revocations.map(({ what, declaredBy, reason, compromisedAt }) => ({
      what: revokedText(what),
      declaredBy,
      reason,
      ...(compromisedAt === undefined ? {} : { compromisedAt: iso(compromisedAt) }),
    })),
    ...(tokens.length === 0 ? {} : { pathTokens: tokens.map((token) => ({ ...token, madeAt: iso(token.madeAt) })) }),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
