/** One artifact judged by policies, as a command. */
import type { Decision } from '../../domain/decision/decision.ts';
import { decisionJson, decisionTable, denialText } from '../../explain/index.ts';
import { exitCode } from '../../respond/index.ts';
import { readTarget } from './artifact.ts';
import { EXIT } from './context.ts';
import type { CliContext } from './context.ts';
import { judgeLocally } from './judge.ts';
import { localOptions, timeoutOf } from './options.ts';
import type { JudgeFlags } from './options.ts';
import { summariser } from './summary.ts';

export interface VerifyFlags extends JudgeFlags {
  readonly name?: string;
  readonly digest?: string;
  readonly namespace?: string;
  readonly output: 'table' | 'json';
  readonly vsaOut?: string;
  readonly vsaKey?: string;
  readonly vsaVerifier?: string;
  readonly vsaRun?: string;
}

/** `gatehouse verify`: one artifact against policies, with everything that was found. */
export async function verify(argument: string, flags: VerifyFlags, context: CliContext): Promise<number> {
  const { review, imageHost } = await readTarget(argument, flags);
  const summarise = await summariser(flags, context);
  const asked = summarise === undefined ? review : { ...review, summary: true as const };
  const decision = await judgeLocally(asked, localOptions(flags, imageHost), timeoutOf(flags), context);
  context.stdout(`${flags.output === 'json' ? JSON.stringify(decisionJson(decision), null, 2) : report(decision)}\n`);
  const code = exitCode(decision, { failOnWarn: flags.failOnWarn === true });
  if (summarise === undefined || (await summarise(decision)) || code !== EXIT.admitted) return code;
  return EXIT.undetermined;
}

/** The table; below it, when it is a denial, what kubectl would show: what was expected, and how to fix it. */
function report(decision: Decision): string {
  const table = decisionTable(decision);
  return decision.outcome === 'deny' ? `${table}\n\n${denialText(decision)}` : table;
}
