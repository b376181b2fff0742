/** The problems of a set of policies, as a command. */
import { stringify } from 'yaml';
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import { githubProblems } from '../../explain/formats/github.ts';
import { sarifLog } from '../../explain/formats/sarif.ts';
import { EXIT, PlacedProblems } from './context.ts';
import type { CliContext } from './context.ts';
import type { LintedConfig } from './rooms/results.ts';

/** Flags of `gatehouse policy lint`. */
export interface LintFlags {
  readonly failOnWarn?: true;
  readonly signedBy?: string[];
  readonly config?: string;
  readonly output: 'text' | 'json' | 'yaml' | 'sarif' | 'github';
}

/** `gatehouse policy lint`: every problem of the policies, with file, line and column. */
export async function lint(folders: readonly string[], flags: LintFlags, context: CliContext): Promise<number> {
  const config = flags.config === undefined ? undefined : await configOf(flags.config);
  const linted = await context.rooms.lint(folders, context.now(), flags.signedBy, config);
  const count = (severity: PolicyProblem['severity']): number => linted.problems.filter((problem) => problem.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const report = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'LintReport', problems: linted.problems, suppressed: linted.suppressed };
  switch (flags.output) {
    case 'json':
      context.stdout(`${JSON.stringify(report, null, 2)}\n`);
      break;
    case 'yaml':
      context.stdout(stringify(report));
      break;
    case 'sarif':
      context.stdout(`${JSON.stringify(sarifLog([...linted.problems, ...linted.suppressed], context.version, linted.rules), null, 2)}\n`);
      break;
    case 'github':
      if (linted.problems.length > 0) context.stdout(`${githubProblems(linted.problems)}\n`);
      break;
    case 'text':
      for (const line of linted.lines) context.stderr(`${line}\n`);
      if (errors === 0) context.stdout(`${summary(linted.policies, { warnings, notes: count('note'), suppressed: linted.suppressed.length })}\n`);
  }
  if (errors > 0) return EXIT.usage;
  return warnings > 0 && flags.failOnWarn === true ? EXIT.warned : EXIT.admitted;
}

async function configOf(file: string): Promise<LintedConfig> {
  const { formatConfigProblem, loadConfig } = await import('../../platform/config/config.ts');
  const result = loadConfig(file);
  if (!result.ok) throw new PlacedProblems(result.problems.map(formatConfigProblem).join('\n'));
  return { file, evidenceStores: result.config.evidenceStores };
}

interface Counts {
  readonly warnings: number;
  readonly notes: number;
  readonly suppressed: number;
}

function summary(policies: number, { warnings, notes, suppressed }: Counts): string {
  const of = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
  const noted = notes === 0 ? '' : `, ${of(notes, 'note')}`;
  const kept = suppressed === 0 ? '' : `, ${suppressed} suppressed`;
  return `${of(policies, 'policy', 'policies')} in order, ${of(warnings, 'warning')}${noted}${kept}`;
}
