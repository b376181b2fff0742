/** Cases as workflow commands of GitHub Actions, which shows them beside the lines of a pull request. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import type { ReportedCase } from './cases.ts';

/** One command for each case that did not pass: `::error file=…,line=…,title=…::text`; nothing for the others. */
export function githubCommands(cases: readonly ReportedCase[]): string {
  return cases.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'skipped').map(command).join('\n');
}

function command({ name, outcome, summary = '', text, file, line }: ReportedCase): string {
  const place = [...(file === undefined ? [] : [`file=${property(file)}`]), ...(line === undefined ? [] : [`line=${line}`])];
  const properties = [...place, `title=${property(summary === '' ? name : `${name}: ${summary}`)}`].join(',');
  return `::${outcome === 'warned' ? 'warning' : 'error'} ${properties}::${data(text ?? summary)}`;
}

/** What ends a command or begins another has to be encoded. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** Problems of files in the same form: `::error file=…,line=…,col=…,title=…::text`, `::warning`, `::notice`. */
export function githubProblems(problems: readonly PolicyProblem[]): string {
  return problems.map(({ severity, rule, file, line, column, path, message }) => {
    const title = rule ?? 'policy-invalid';
    const place = `file=${property(file)},line=${line},col=${column},title=${property(title)}`;
    return `::${severity === 'note' ? 'notice' : severity} ${place}::${data(path === '' ? message : `${path}: ${message}`)}`;
  }).join('\n');
}
