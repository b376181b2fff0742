/** The problems of a set of policies, as a command. */
import { EXIT } from './context.ts';
import type { CliContext } from './context.ts';
import { documentText } from './output/document.ts';

export interface LintFlags {
  readonly failOnWarn?: true;
  readonly output: 'text' | 'json' | 'yaml';
}

/** `gatehouse policy lint`: every problem of the policies, with file, line and column. */
export async function lint(folders: readonly string[], flags: LintFlags, context: CliContext): Promise<number> {
  const { policies, problems, lines } = await context.rooms.lint(folders);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  if (flags.output !== 'text')
    context.stdout(`${documentText({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'LintReport', problems }, flags.output)}\n`);
  else for (const line of lines) context.stderr(`${line}\n`);
  if (flags.output === 'text' && errors === 0)
    context.stdout(
      `${policies} ${policies === 1 ? 'policy' : 'policies'} in order, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}\n`,
    );
  if (errors > 0) return EXIT.usage;
  return warnings > 0 && flags.failOnWarn === true ? EXIT.warned : EXIT.admitted;
}
