/** Any set of objects judged together, as if they were applied: references among them are followed, and one report is given. */
import { reportText } from '../../../explain/index.ts';
import { loadConfig } from '../../../platform/config/config.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import type { ServerConfig } from '../../../platform/config/config.ts';
import { exitCode } from '../../../respond/index.ts';
import { PlacedProblems, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { localOptions, timeoutOf } from '../options.ts';
import type { JudgeFlags } from '../options.ts';
import { checkOutputs, writeReport } from '../output/formats.ts';
import type { Output } from '../output/formats.ts';
import { casesOf } from '../output/cases.ts';
import { painted } from '../output/colours.ts';
import { decisionList, judgeAll, worst } from '../output/judged.ts';
import type { Judged } from '../output/judged.ts';
import { buildArguments, dockerfileReview } from './dockerfile/review.ts';
import { readObjects } from './objects.ts';
import { localObject, reviewOf } from './review.ts';
import { kindsIn } from './kinds.ts';

export interface ApplyFlags extends JudgeFlags {
  readonly filename: string[];
  readonly as?: string;
  readonly asGroup?: string[];
  readonly namespace?: string;
  readonly buildArg?: string[];
  readonly config?: string;
  readonly output?: readonly Output[];
  readonly verbose?: true;
  readonly quiet?: true;
  readonly color?: boolean;
}

/** `gatehouse apply`: every object as the webhook would judge its creation. */
export async function apply(flags: ApplyFlags, context: CliContext): Promise<number> {
  if (flags.as === undefined && flags.asGroup !== undefined) throw new UsageError('--as-group needs --as');
  checkOutputs(flags.output ?? []);
  const [namespace, given] = [flags.namespace ?? 'default', buildArguments(flags.buildArg)];
  const { objects, dockerfiles, notes: skipped } = await readObjects(flags.filename, context);
  const kinds = kindsIn(objects.map(({ object }) => object));
  const reviews = objects.map((placed) => ({ ...placeOf(placed), review: reviewOf(placed.object, { ...flags, namespace }, kinds) }));
  const built = dockerfiles.map((placed) => ({ ...placeOf(placed), review: dockerfileReview(placed, namespace, given) }));
  const config = flags.config === undefined ? undefined : configOf(flags.config);
  const around = { objects: reviews.map(({ review }) => localObject(review)), config };
  const engine = await context.rooms.openEngine({ ...localOptions(flags), ...around });
  try {
    const judged = await judgeAll([...reviews, ...built], { engine, timeoutMs: timeoutOf(flags), quiet: flags.quiet === true }, context);
    const isLeftOut = flags.as === undefined && objects.length > 0 && engine.asksWho;
    const notes = [...skipped, ...twice(reviews), ...(isLeftOut ? [NO_REQUESTER] : []), ...engine.notes];
    const colours = context.colours === true && flags.color !== false;
    await writeReport({
      table: () => painted(reportText(judged, notes, { verbose: flags.verbose === true }), colours),
      document: () => decisionList(judged, notes),
      cases: () => casesOf(judged.map((one) => ({ ...one, name: nameOf(one) }))),
    }, flags, context);
    return worst(judged.map(({ decision }) => exitCode(decision, { failOnWarn: flags.failOnWarn === true })));
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

function placeOf({ file, line }: { readonly file: string; readonly line: number }): Pick<Judged, 'at' | 'file' | 'line'> {
  const name = file === '-' ? 'standard input' : file;
  return { at: `${name}:${line}`, file: name, line };
}

function nameOf({ decision: { request: { kind, namespace, name } } }: Judged): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}
