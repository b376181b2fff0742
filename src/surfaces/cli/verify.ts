/** Artifacts judged by policies, as a command; manifests are judged as `apply` judges them, by the same code. */
import { USAGES } from '../../domain/artifact/artifact.ts';
import type { Usage } from '../../domain/artifact/artifact.ts';
import type { Decision } from '../../domain/decision/decision.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { decisionJson, decisionTable, denialText, escapeText } from '../../explain/index.ts';
import { exitCode } from '../../respond/index.ts';
import { apply } from './apply/index.ts';
import type { ApplyFlags } from './apply/index.ts';
import { isManifestName } from './apply/objects.ts';
import { readTarget } from './artifact.ts';
import { EXIT, UsageError } from './context.ts';
import type { CliContext } from './context.ts';
import { cloneOf, localOptions, timeoutOf } from './options.ts';
import { casesOf } from './output/cases.ts';
import { painted } from './output/colours.ts';
import { checkOutputs, writeReport } from './output/formats.ts';
import { decisionList, judgeAll, worst } from './output/judged.ts';
import type { Judged } from './output/judged.ts';
import { summariser } from './summary.ts';
import type { SummaryFlags } from './summary.ts';

export interface VerifyFlags extends Omit<ApplyFlags, 'filename'>, SummaryFlags {
  readonly filename?: string[];
  readonly name?: string;
  readonly digest?: string;
  readonly usedAs?: string;
  readonly repo?: string;
  readonly since?: string;
}

/** `gatehouse verify`: artifacts against policies, with everything that was found; `-f` is `gatehouse apply -f`. */
export async function verify(artifacts: readonly string[], flags: VerifyFlags, context: CliContext): Promise<number> {
  const { filename } = flags;
  checkFlags(artifacts, flags);
  if (filename !== undefined) return apply({ ...flags, filename }, context);
  checkOutputs(flags.output ?? []);
  const targets = [];
  for (const artifact of artifacts) targets.push(await readTarget(artifact, { ...flags, usage: flags.usedAs as Usage | undefined }));
  const hosts = [...new Set(targets.flatMap(({ imageHost }) => (imageHost === undefined ? [] : [imageHost])))];
  const summarise = await summariser(flags, context);
  const clone = cloneOf(targets.map(({ commit }) => commit), flags);
  const options = localOptions(flags, hosts.length === 1 ? hosts[0] : undefined);
  const engine = await context.rooms.openEngine({ ...options, ...(clone && { clone }) });
  try {
    const asked = targets.map(({ review }, index) =>
      ({ at: artifacts[index] ?? '', review: placed(review, index, summarise !== undefined) }));
    const judged = await judgeAll(asked, { engine, timeoutMs: timeoutOf(flags), quiet: flags.quiet === true }, context);
    await writeReport({
      table: () => painted(tableOf(judged), context.colours === true && flags.color !== false),
      document: () => (judged.length === 1 ? judged.map(({ decision }) => decisionJson(decision))[0] : decisionList(judged, [])),
      cases: () => casesOf(judged.map((one) => ({ ...one, name: one.at }))),
    }, flags, context);
    const code = worst(judged.map(({ decision }) => exitCode(decision, { failOnWarn: flags.failOnWarn === true })));
    const [only] = judged;
    if (summarise === undefined || only === undefined || (await summarise(only.decision)) || code !== EXIT.admitted) return code;
    return EXIT.undetermined;
  } finally {
    await engine.close();
  }
}

/** What would be left out without a word is refused. */
function checkFlags(artifacts: readonly string[], flags: VerifyFlags): void {
  const given = (all: Readonly<Record<string, unknown>>): readonly string[] => Object.keys(all).filter((flag) => all[flag] !== undefined);
  const { name, digest, usedAs, vsaOut, vsaKey, vsaVerifier, vsaRun, as, asGroup, config, verbose, buildArg } = flags;
  const ofOne = given({
    '--name': name, '--digest': digest, '--vsa-out': vsaOut, '--vsa-key': vsaKey, '--vsa-verifier': vsaVerifier, '--vsa-run': vsaRun,
  });
  const ofFiles = given({ '--as': as, '--as-group': asGroup, '--config': config, '--verbose': verbose, '--build-arg': buildArg });
  if (flags.filename === undefined) {
    if (artifacts.length === 0) throw new UsageError('expected an artifact, or -f FILE with manifests');
    if (artifacts.length > 1 && ofOne.length > 0) throw new UsageError(`${ofOne.join(', ')}: only with one artifact`);
    if (ofFiles.length > 0) throw new UsageError(`${ofFiles.join(', ')}: only with -f`);
  } else {
    if (artifacts.length > 0) throw new UsageError('expected either artifacts or -f FILE');
    const foreign = [...ofOne, ...given({ '--used-as': usedAs, '--repo': flags.repo, '--since': flags.since })];
    if (foreign.length > 0) throw new UsageError(`${foreign.join(', ')}: only for artifacts, not with -f`);
  }
  if (usedAs !== undefined && !(USAGES as readonly string[]).includes(usedAs))
    throw new UsageError(`--used-as ${usedAs}: expected one of ${USAGES.join(', ')}`);
}

/** Each was read as if it was alone; places count through. */
function placed(review: ReviewRequest, index: number, summary: boolean): ReviewRequest {
  const path = `arguments[${index}]`;
  const at = <T extends object>(all: readonly T[] | undefined): readonly T[] => (all ?? []).map((one) => ({ ...one, path }));
  const numbered = { artifacts: at(review.artifacts), inputFindings: at(review.inputFindings) };
  return { ...review, ...numbered, ...(summary ? { summary: true as const } : {}) };
}

function tableOf(judged: readonly Judged[]): string {
  if (judged.length === 1) return judged.map(report).join('');
  const count = (outcome: Decision['outcome']): number => judged.filter(({ decision }) => decision.outcome === outcome).length;
  return [
    ...judged.map((one) => `${MARKS[one.decision.outcome]} ${escapeText(one.at)}\n${report(one)}\n`),
    `${judged.length} artifacts: ${count('admit')} admitted, ${count('warn')} with warnings, ${count('deny')} denied`,
  ].join('\n');
}

const MARKS = { admit: '✓', warn: '!', deny: '✗' } as const;

/**
 * The table; below it, when it is a denial, what kubectl would show: what was expected, and how to fix it. Who names a manifest
 * seldom means its bytes.
 */
function report({ at, decision }: Judged): string {
  const table = decisionTable(decision);
  const [artifact] = decision.artifacts;
  const isUnmatchedFile = artifact?.kind === 'blob' && decision.findings.some(({ code }) => code === 'SELECT_NO_POLICY');
  const hint = isUnmatchedFile && isManifestName(at)
    ? `\nnote: ${escapeText(at)} was judged as a file; what is written in it is judged by gatehouse verify -f ${escapeText(at)}\n` : '';
  return decision.outcome === 'deny' ? `${table}${hint}\n\n${denialText(decision)}` : `${table}${hint}`;
}
