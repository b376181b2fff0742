/** What a build is about to use, asked about in one go: by policies here, or by a gate. Same questions, same words, same exit codes. */
import { rm } from 'node:fs/promises';
import { USAGES } from '../../../domain/artifact/artifact.ts';
import type { Usage } from '../../../domain/artifact/artifact.ts';
import { MOST_ASKED } from '../../../domain/gate/question.ts';
import { admissionJson, admissionText } from '../../../explain/index.ts';
import type { DecisionWord } from '../../../explain/index.ts';
import { EXIT, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { documentText } from '../output/document.ts';
import { localOptions, timeoutOf } from '../options.ts';
import type { JudgeFlags } from '../options.ts';
import { Unanswered } from './answer.ts';
import type { Answer, Judge } from './answer.ts';
import { gather } from './gather.ts';
import type { Gathered } from './gather.ts';
import { localJudge } from './local.ts';
import { reportOf, withListFile, writeFiles } from './outcome.ts';
import { remoteJudge } from './remote.ts';
import { presentedFrom } from './presented.ts';
import { asStep, assertDecision, isStep, listedArtifacts, strictOf, writeResults } from './task.ts';

export interface AdmitFlags extends Omit<JudgeFlags, 'policy'> {
  readonly policy?: string[];
  readonly lockfile?: string[];
  readonly usedAs?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly dryRun?: true;
  readonly receipt?: string;
  readonly artifactsOut?: string;
  readonly artifacts?: string;
  readonly decision?: string;
  readonly testOutput?: string;
  readonly strict?: string;
  readonly assert?: string;
  readonly output: 'table' | 'json' | 'yaml';
}

/** `gatehouse admit ARTIFACT… --lockfile FILE…`: whether all of it may be used. */
export async function admit(artifacts: readonly string[], written: AdmitFlags, context: CliContext): Promise<number> {
  const strict = strictOf(written.strict);
  if (written.assert !== undefined) return assertDecision(written.assert, strict, context);
  const code = await ask(artifacts, await withListFile(await asStep(written)), context);
  return strict || code === EXIT.usage ? code : EXIT.admitted;
}

async function ask(artifacts: readonly string[], flags: AdmitFlags, context: CliContext): Promise<number> {
  const listed = listedArtifacts(flags.artifacts);
  checkFlags(artifacts, flags);
  // What was written for another question must not lie there when this one is refused, or cannot even be asked.
  for (const file of [flags.receipt, flags.artifactsOut, flags.decision, flags.testOutput])
    if (file !== undefined) await rm(file, { force: true });
  const gathered = await gather({ artifacts, listed, lockfiles: flags.lockfile ?? [], usedAs: flags.usedAs as Usage | undefined }, context);
  const asked = gathered.artifacts;
  if (flags.receipt !== undefined && asked.length > MOST_ASKED)
    throw new UsageError(`--receipt: one receipt is for at most ${MOST_ASKED} artifacts, found ${asked.length}; ask for fewer at a time`);
  try {
    const answers = asked.length === 0 ? [] : await askAll(asked, flags, context);
    const report = reportOf(answers, gathered);
    context.stdout(`${flags.output === 'table' ? admissionText(report) : documentText(admissionJson(report), flags.output)}\n`);
    await writeFiles(report, answers, asked, flags, context);
    await writeResults(report, report.decision === 'admit' ? (answers[0]?.receipt ?? '') : '', flags, context);
    return exitOf(report.decision, flags.failOnWarn === true);
  } catch (cause) {
    if (!(cause instanceof Unanswered)) throw cause;
    context.stderr(`gatehouse: ${cause.message}\n`);
    await writeResults(undefined, '', flags, context);
    return EXIT.undetermined;
  }
}

function checkFlags(artifacts: readonly string[], flags: AdmitFlags): void {
  const { policy, server, tokenFile, ca, receipt, dryRun, lockfile, usedAs } = flags;
  if (artifacts.length === 0 && lockfile === undefined && flags.artifacts === undefined)
    throw new UsageError('expected artifacts, --lockfile FILE or -f REVIEW');
  if ((policy === undefined) === (server === undefined))
    throw new UsageError('expected either -p DIR, to judge here, or --server URL, to ask a gate');
  if (server === undefined && (tokenFile !== undefined || ca !== undefined)) throw new UsageError('--token-file and --ca go with --server');
  if (server !== undefined && tokenFile === undefined) throw new UsageError('--server needs --token-file');
  if (server !== undefined) refuseLocal(flags);
  if (receipt !== undefined && server === undefined && !isStep(flags))
    throw new UsageError('--receipt goes with --server: only a gate signs receipts');
  if (receipt !== undefined && dryRun === true) throw new UsageError('--receipt and --dry-run exclude each other: a dry run leaves no receipt');
  if (usedAs !== undefined && !(USAGES as readonly string[]).includes(usedAs))
    throw new UsageError(`--used-as ${usedAs}: expected one of ${USAGES.join(', ')}`);
}

/** What only says how to judge here would be left out without a word where a gate judges, in the namespace of whoever asks. */
function refuseLocal(flags: AdmitFlags): void {
  const { namespace, namespaces, offline, plainHttp, packages, evidenceStore, dockerConfig, registryCa } = flags;
  const given = Object.entries({
    '--namespace': namespace, '--namespaces': namespaces, '--offline': offline, '--plain-http': plainHttp, '--packages': packages,
    '--evidence-store': evidenceStore, '--docker-config': dockerConfig, '--registry-ca': registryCa,
  }).filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (given.length > 0) throw new UsageError(`${given.join(', ')}: only with -p, to judge here; a gate has its own configuration`);
}

/** All of it, in as few questions as there may be. */
async function askAll(asked: readonly Gathered[], flags: AdmitFlags, context: CliContext): Promise<readonly Answer[]> {
  const judge = await judgeFor(flags, asked.length, context);
  const stop = context.progress?.(`asking about ${asked.length} artifact${asked.length === 1 ? '' : 's'}`);
  try {
    const answers: Answer[] = [];
    for (let start = 0; start < asked.length; start += MOST_ASKED)
      answers.push(await judge.ask(asked.slice(start, start + MOST_ASKED).map((one) => one.asked)));
    return answers;
  } finally {
    stop?.();
    await judge.close();
  }
}

async function judgeFor(flags: AdmitFlags, artifacts: number, context: CliContext): Promise<Judge> {
  const { server: url, tokenFile, ca, policy = [], dryRun, receipt, namespace = '' } = flags;
  const timeoutMs = timeoutOf(flags);
  if (url === undefined || tokenFile === undefined)
    return localJudge(localOptions({ ...flags, policy }), { namespace, timeoutMs }, context);
  const evidence = await presentedFrom(flags.evidence ?? [], artifacts);
  const client = await context.rooms.openGate({ url, tokenFile, ca });
  return remoteJudge(client, { url: client.url, dryRun: dryRun === true, receipt: receipt !== undefined, evidence, timeoutMs }, context);
}

function exitOf(decision: DecisionWord, failOnWarn: boolean): number {
  switch (decision) {
    case 'deny': return EXIT.denied;
    case 'undetermined': return EXIT.undetermined;
    case 'warn': return failOnWarn ? EXIT.warned : EXIT.admitted;
    case 'admit': return EXIT.admitted;
  }
}
