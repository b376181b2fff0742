/** What is proven about an artifact, whoever proved it, as a command that judges nothing. */
import { reason } from '../../domain/decision/reasons.ts';
import { inspectionJson, inspectionTree } from '../../explain/index.ts';
import { readTarget } from './artifact.ts';
import { EXIT, UsageError } from './context.ts';
import type { CliContext } from './context.ts';
import { localOptions, timeoutOf } from './options.ts';
import type { JudgeFlags } from './options.ts';

export interface InspectFlags extends Omit<JudgeFlags, 'policy' | 'failOnWarn'> {
  readonly policy?: string[];
  readonly key?: string[];
  readonly name?: string;
  readonly digest?: string;
  readonly output: 'tree' | 'json';
}

/**
 * `gatehouse inspect`: all evidence of one artifact, whoever made it. Judges nothing: exit code 0 unless the
 * artifact or a place could not be looked at (3).
 */
export async function inspect(argument: string, flags: InspectFlags, context: CliContext): Promise<number> {
  const { review, imageHost } = await readTarget(argument, flags);
  const [ref] = review.artifacts ?? [];
  const [wrong] = review.inputFindings ?? [];
  if (ref === undefined) throw new UsageError(`${argument}: ${wrong?.cause ?? 'is no image, file, digest or package URL'}`);
  const inspector = await context.rooms.openInspector({
    ...localOptions({ ...flags, policy: flags.policy ?? [] }, imageHost),
    keys: flags.key ?? [],
  });
  try {
    const inspection = await inspector.inspect(ref, AbortSignal.timeout(timeoutOf(flags)));
    const text =
      flags.output === 'json'
        ? JSON.stringify(inspectionJson(inspection, inspector.keys), null, 2)
        : inspectionTree(inspection, inspector.keys);
    context.stdout(`${text}\n`);
    const open = inspection.problems.some(({ code }) => reason(code).verdict === 'undetermined');
    return open ? EXIT.undetermined : EXIT.admitted;
  } finally {
    await inspector.close();
  }
}
