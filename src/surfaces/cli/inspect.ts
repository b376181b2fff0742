/** What is proven about an artifact, whoever proved it, as a command that judges nothing. */
import { inspectionJson, inspectionTree } from '../../explain/index.ts';
import { readTarget } from './artifact.ts';
import { EXIT, UsageError } from './context.ts';
import type { CliContext } from './context.ts';
import { cloneOf, localOptions, timeoutOf } from './options.ts';
import type { JudgeFlags } from './options.ts';
import { documentText } from './output/document.ts';
import { foundOf, isOpen, strongestLines, strongestPolicy } from './policy/strongest.ts';

export interface InspectFlags extends Omit<JudgeFlags, 'policy' | 'failOnWarn'> {
  readonly policy?: string[];
  readonly key?: string[];
  readonly name?: string;
  readonly digest?: string;
  readonly repo?: string;
  readonly output: 'table' | 'json' | 'yaml';
}

/**
 * `gatehouse inspect`: all evidence of one artifact, whoever made it, on standard error, and alone on standard output the policy
 * that asks for it. Exit code 0; 1 where nothing is proven that a policy could ask for; 3 where the artifact or a place could
 * not be looked at, or only what is not known speaks against what was proven.
 */
export async function inspect(argument: string, flags: InspectFlags, context: CliContext): Promise<number> {
  const { review, imageHost, commit } = await readTarget(argument, flags);
  const clone = cloneOf([commit], flags);
  const [ref] = review.artifacts ?? [];
  const [wrong] = review.inputFindings ?? [];
  if (ref === undefined) throw new UsageError(`${argument}: ${wrong?.cause ?? 'is no image, file, digest or package URL'}`);
  const inspector = await context.rooms.openInspector({
    ...localOptions({ ...flags, policy: flags.policy ?? [] }, imageHost),
    keys: flags.key ?? [],
    ...(clone && { clone }),
  });
  try {
    const found = foundOf(await inspector.inspect(ref, AbortSignal.timeout(timeoutOf(flags))), inspector.keys, review);
    const { inspection } = found;
    const strongest = await strongestPolicy(found, 'inspected', context.now());
    const { policy } = strongest;
    if (flags.output === 'table') {
      context.stderr(`${[inspectionTree(inspection), ...strongestLines(strongest)].join('\n')}\n`);
      if (policy !== undefined) context.stdout(`${policy}\n`);
    } else {
      context.stdout(`${documentText(inspectionJson(inspection, strongest), flags.output)}\n`);
    }
    if (isOpen(inspection, strongest)) return EXIT.undetermined;
    return policy === undefined ? EXIT.denied : EXIT.admitted;
  } finally {
    await inspector.close();
  }
}
