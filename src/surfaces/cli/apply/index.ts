/** Any set of objects judged together, as if they were applied: references among them are followed, and one report is given. */
import { decisionJson, reportText } from '../../../explain/index.ts';
import type { Reported } from '../../../explain/index.ts';
import { loadConfig } from '../../../platform/config/config.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import type { ServerConfig } from '../../../platform/config/config.ts';
import { exitCode } from '../../../respond/index.ts';
import { EXIT, PlacedProblems, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { localOptions, timeoutOf } from '../options.ts';
import type { JudgeFlags } from '../options.ts';
import { readObjects } from './objects.ts';
import type { PlacedObject } from './objects.ts';
import { localObject, reviewOf } from './review.ts';
import { kindsIn } from './kinds.ts';

export interface ApplyFlags extends JudgeFlags {
  readonly filename: string[];
  readonly as?: string;
  readonly asGroup?: string[];
  readonly namespace: string;
  readonly config?: string;
  readonly output: 'table' | 'json';
  readonly verbose?: true;
}

/** `gatehouse apply`: every object as the webhook would judge its creation. */
export async function apply(flags: ApplyFlags, context: CliContext): Promise<number> {
  if (flags.as === undefined && flags.asGroup !== undefined) throw new UsageError('--as-group needs --as');
  const { objects, notes: skipped } = await readObjects(flags.filename, context);
  const kinds = kindsIn(objects.map(({ object }) => object));
  const reviews = objects.map((placed) => ({ at: placeOf(placed), review: reviewOf(placed.object, flags, kinds) }));
  const config = flags.config === undefined ? undefined : configOf(flags.config);
  const around = { objects: reviews.map(({ review }) => localObject(review)), config };
  const engine = await context.rooms.openEngine({ ...localOptions(flags), ...around });
  try {
    const reported: Reported[] = [];
    for (const { at, review } of reviews) {
      const budget = { deadline: context.now() + timeoutOf(flags), signal: new AbortController().signal };
      reported.push({ at, decision: await engine.admit(review, budget) });
    }
    const notes = [...skipped, ...twice(reviews), ...(flags.as === undefined ? [NO_REQUESTER] : []), ...engine.notes];
    const text = (): string => reportText(reported, notes, { verbose: flags.verbose === true });
    context.stdout(`${flags.output === 'json' ? json(reported, notes) : text()}\n`);
    return worst(reported.map(({ decision }) => exitCode(decision, { failOnWarn: flags.failOnWarn === true })));
  } finally {
    await engine.close();
  }
}

const NO_REQUESTER = 'not judged: rules about who starts a run; give --as USER and --as-group GROUP';

/** Objects of one name that differ: each is judged, and the others are judged by the last, as it is what would stand in the cluster. */
function twice(reviews: readonly { readonly at: string; readonly review: ReviewRequest }[]): readonly string[] {
  const seen = new Map<string, { readonly at: string; readonly text: string }>();
  return reviews.flatMap(({ at, review: { kind, namespace, name, object } }) => {
    if (name === '' || name.endsWith('…')) return [];
    const key = `${kind.kind} of ${kind.group || 'core'} ${namespace === '' ? name : `${namespace}/${name}`}`;
    const [before, text] = [seen.get(key), JSON.stringify(object)];
    seen.set(key, { at, text });
    if (before === undefined || before.text === text) return [];
    return [`${key} stands at ${before.at} and, otherwise, at ${at}: what refers to it is judged by the latter`];
  });
}

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

