/** One artifact judged by policies, as a command. */
import type { Decision } from '../../domain/decision/decision.ts';
import { decisionJson, decisionTable, denialText } from '../../explain/index.ts';
import { exitCode } from '../../respond/index.ts';
import { readTarget } from './artifact.ts';
import type { CliContext } from './context.ts';
import { judgeLocally } from './judge.ts';
import { localOptions, timeoutOf } from './options.ts';
import type { JudgeFlags } from './options.ts';

export interface VerifyFlags extends JudgeFlags {
  readonly name?: string;
  readonly digest?: string;
  readonly namespace?: string;
  readonly output: 'table' | 'json';
}

/** `gatehouse verify`: one artifact against policies, with everything that was found. */
export async function verify(argument: string, flags: VerifyFlags, context: CliContext): Promise<number> {
  const { review, imageHost } = await readTarget(argument, flags);
  const decision = await judgeLocally(review, localOptions(flags, imageHost), timeoutOf(flags), context);
  context.stdout(`${flags.output === 'json' ? JSON.stringify(decisionJson(decision), null, 2) : report(decision)}\n`);
  return exitCode(decision, { failOnWarn: flags.failOnWarn === true });
}

/** The table; below it, when it is a denial, what kubectl would show: what was expected, and how to fix it. */
function report(decision: Decision): string {
  const table = decisionTable(decision);
  return decision.outcome === 'deny' ? `${table}\n\n${denialText(decision)}` : table;
}
