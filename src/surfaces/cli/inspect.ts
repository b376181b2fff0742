/** What is proven about an artifact, whoever proved it, as a command that judges nothing. */
import { reason } from '../../domain/decision/reasons.ts';
import { inspectionJson, inspectionTree, policySnippet } from '../../explain/index.ts';
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
 * `gatehouse inspect`: all evidence of one artifact, whoever made it, on standard error, and alone on standard output the policy
 * that asks for it. Exit code 0; 1 where nothing is proven that a policy could ask for; 3 where the artifact or a place could
 * not be looked at.
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
    const policy = policySnippet(inspection, inspector.keys);
    if (flags.output === 'json') {
      context.stdout(`${JSON.stringify(inspectionJson(inspection, policy), null, 2)}\n`);
    } else {
      context.stderr(`${inspectionTree(inspection)}\n`);
      if (policy !== undefined) context.stdout(`${policy}\n`);
    }
    if (inspection.problems.some(({ code }) => reason(code).verdict === 'undetermined')) return EXIT.undetermined;
    return policy === undefined ? EXIT.denied : EXIT.admitted;
  } finally {
    await inspector.close();
  }
}
