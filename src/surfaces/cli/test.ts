/** Policy tests, as a command. */
import { stringify } from 'yaml';
import { escapeText, junitXml, tapText } from '../../explain/index.ts';
import type { ReportedCase } from '../../explain/index.ts';
import { compileGlob } from '../../text/glob.ts';
import { EXIT, UsageError } from './context.ts';
import type { CliContext, Rehearsal, RehearsedCase } from './context.ts';

export interface TestFlags {
  readonly run?: string;
  readonly allowNone?: true;
  readonly output: 'table' | 'json' | 'yaml' | 'junit' | 'tap';
  readonly verbose?: true;
}

/** `gatehouse test`: every case of the policy tests, and what is otherwise than expected. */
export async function test(paths: readonly string[], flags: TestFlags, context: CliContext): Promise<number> {
  const rehearsal = await context.rooms.rehearse(paths, wantedBy(flags.run));
  const { cases, lines, tests } = rehearsal;
  for (const line of lines) context.stderr(`${line}\n`);
  if (cases.length === 0 && lines.length === 0 && flags.allowNone !== true) throw new UsageError(noneFound(paths, tests, flags.run));
  context.stdout(`${written(rehearsal, flags)}\n`);
  if (lines.length > 0) return EXIT.usage;
  if (cases.some(({ fault }) => fault !== undefined)) return EXIT.undetermined;
  return cases.every(hasPassed) ? EXIT.admitted : EXIT.denied;
}

function wantedBy(run: string | undefined): (test: string, name: string) => boolean {
  if (run === undefined) return () => true;
  const glob = compileGlob(run);
  if (!glob.ok) throw new UsageError(`--run ${run}: ${glob.problem}`);
  return (of, name) => [of, name, `${of}/${name}`].some((text) => glob.value.test(text));
}

function noneFound(paths: readonly string[], tests: number, run: string | undefined): string {
  if (tests > 0 && run !== undefined) return `--run ${run}: no test and no case is called so`;
  return `${paths.join(', ')}: no policy tests found (YAML documents of kind PolicyTest); say --allow-none where there may be none`;
}

function hasPassed({ differences, fault }: RehearsedCase): boolean {
  return differences.length === 0 && fault === undefined;
}

function written(rehearsal: Rehearsal, { output, verbose }: TestFlags): string {
  switch (output) {
    case 'json':
      return JSON.stringify(report(rehearsal), null, 2);
    case 'yaml':
      return stringify(report(rehearsal)).trimEnd();
    case 'junit':
      return junitXml(reported(rehearsal));
    case 'tap':
      return tapText(reported(rehearsal));
    case 'table':
      return table(rehearsal, verbose === true);
  }
}

function report({ cases, problems }: Rehearsal): unknown {
  return {
    apiVersion: 'gatehouse.dev/v1alpha1',
    kind: 'PolicyTestReport',
    passed: cases.filter(hasPassed).length,
    failed: cases.filter((one) => !hasPassed(one)).length,
    problems,
    cases: cases.map((one) => {
      const { seconds: _, ...told } = one;
      return { ...told, passed: hasPassed(one) };
    }),
  };
}

/** The cases, and for each problem one that could not be run: a report that leaves them out would look as if all was well. */
function reported({ cases, problems }: Rehearsal): readonly ReportedCase[] {
  const unusable = problems.map(({ file, line, path, message }): ReportedCase => ({
    name: path === '' ? `line ${line}` : path, group: file, outcome: 'error', summary: message, file, line,
  }));
  return [...cases.map(reportedCase), ...unusable];
}

function reportedCase(one: RehearsedCase): ReportedCase {
  const { file, line, test: group, name, seconds, fault } = one;
  const like = { name, group, file, line, seconds };
  if (hasPassed(one)) return { ...like, outcome: 'passed' };
  return { ...like, outcome: fault === undefined ? 'failed' : 'error', summary: summary(one), text: details(one).join('\n') };
}

function summary({ differences, fault }: RehearsedCase): string {
  return fault === undefined ? differences.join('; ') : 'a fault of gatehouse';
}

function details({ differences, actual, fault }: RehearsedCase): readonly string[] {
  return [...differences, ...(fault === undefined ? [] : fault.split('\n')), ...(actual.message === '' ? [] : actual.message.split('\n'))];
}

function table({ cases, problems }: Rehearsal, isVerbose: boolean): string {
  const failed = cases.filter((one) => !hasPassed(one)).length;
  const shown = cases.filter((one) => isVerbose || !hasPassed(one)).flatMap((one) => {
    const passed = hasPassed(one);
    const head = `${passed ? '✓' : '✗'} ${escapeText(one.test)} / ${escapeText(one.name)}  (${one.file}:${one.line})`;
    const found = `  ${one.actual.decision} ${one.actual.reasons.join(', ')}`;
    return [head, ...(passed ? [found] : details(one).map((line) => `  ${line}`))];
  });
  // Without it a run in which a file could not be read would end with words of success.
  const unusable = problems.length === 0 ? '' : `, ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}: not all tests could be run`;
  return [...shown, `${cases.length - failed} passed, ${failed} failed${unusable}`].join('\n');
}
