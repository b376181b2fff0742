/** Any set of objects judged together, as if they were applied: references among them are followed, and one report is given. */
import { decisionJson, reportText } from '../../../explain/index.ts';
import type { Reported } from '../../../explain/index.ts';
import { loadConfig } from '../../../platform/config/config.ts';
import type { ServerConfig } from '../../../platform/config/config.ts';
import { exitCode } from '../../../respond/index.ts';
import { EXIT, PlacedProblems } from '../context.ts';
import type { CliContext } from '../context.ts';
import { localOptions, timeoutOf } from '../options.ts';
import type { JudgeFlags } from '../options.ts';
import { readObjects } from './objects.ts';
import type { PlacedObject } from './objects.ts';
import { reviewOf } from './review.ts';

export interface ApplyFlags extends JudgeFlags {
  readonly filename: string[];
  readonly as?: string;
  readonly asGroup?: string[];
  readonly namespace: string;
  readonly config?: string;
  readonly output: 'table' | 'json';
}

/** `gatehouse apply`: every object as the webhook would judge its creation. */
export async function apply(flags: ApplyFlags, context: CliContext): Promise<number> {
  const objects = await readObjects(flags.filename, context);
  const config = flags.config === undefined ? undefined : configOf(flags.config);
  const engine = await context.rooms.openEngine({ ...localOptions(flags), objects: objects.map(({ object }) => object), config });
  try {
    const reported: Reported[] = [];
    for (const placed of objects) {
      const budget = { deadline: context.now() + timeoutOf(flags), signal: new AbortController().signal };
      reported.push({ at: placeOf(placed), decision: await engine.admit(reviewOf(placed.object, flags), budget) });
    }
    const notes = [...(flags.as === undefined ? [NO_REQUESTER] : []), ...engine.notes];
    context.stdout(`${flags.output === 'json' ? json(reported, notes) : reportText(reported, notes)}\n`);
    return worst(reported.map(({ decision }) => exitCode(decision, { failOnWarn: flags.failOnWarn === true })));
  } finally {
    await engine.close();
  }
}

const NO_REQUESTER = 'not judged: rules about who starts a run; give --as USER and --as-group GROUP';

function configOf(file: string): ServerConfig {
  const result = loadConfig(file);
  if (result.ok) return result.config;
  throw new PlacedProblems(
    result.problems.map(({ line, column, path, message }) => `${file}:${line}:${column}: ${path} ${message}`).join('\n'),
  );
}

function placeOf({ file, line }: PlacedObject): string {
  return `${file === '-' ? 'standard input' : file}:${line}`;
}

function json(reported: readonly Reported[], notes: readonly string[]): string {
  return JSON.stringify({ notes, objects: reported.map(({ at, decision }) => ({ at, ...decisionJson(decision) })) }, null, 2);
}

/** Denied before undetermined before warned: scripts branch on what has to be mended first. */
function worst(codes: readonly number[]): number {
  return [EXIT.denied, EXIT.undetermined, EXIT.warned].find((code) => codes.includes(code)) ?? EXIT.admitted;
}

