/** `-o FORMAT[=PATH]`: the formats that a report can be had in, and where each of them goes. */
import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, Option } from 'commander';
import { githubCommands, junitXml } from '../../../explain/index.ts';
import type { ReportedCase } from '../../../explain/index.ts';
import { UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { documentText } from './document.ts';

const FORMATS = ['table', 'json', 'yaml', 'junit', 'github'] as const;
type Format = (typeof FORMATS)[number];

/** One of the formats, and the file that it is written to; absent: standard output. */
export interface Output {
  readonly format: Format;
  readonly path?: string;
}

/** A report as each format needs it; made only when it is asked for. */
export interface Report {
  readonly table: () => string;
  readonly document: () => unknown;
  readonly cases: () => readonly ReportedCase[];
}

/** The option; may be repeated, each time with another place. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', `format of the report (${FORMATS.join(', ')}), with =FILE behind it to write it there; may be repeated`)
    .argParser((text: string, before: readonly Output[] | undefined) => [...(before ?? []), outputOf(text)]);
}

function outputOf(text: string): Output {
  const split = text.indexOf('=');
  const [name, path] = split < 0 ? [text, undefined] : [text.slice(0, split), text.slice(split + 1)];
  const format = FORMATS.find((one) => one === name);
  if (format === undefined || path === '') throw new InvalidArgumentError(`Expected one of ${FORMATS.join(', ')}, or one with =FILE.`);
  return path === undefined ? { format } : { format, path };
}

/** Throws {@link UsageError} for outputs that would be mixed up: two on standard output, or in one file. */
export function checkOutputs(outputs: readonly Output[]): void {
  const places = outputs.map(({ path }) => path ?? '');
  const twice = places.find((place, index) => places.indexOf(place) !== index);
  if (twice === undefined) return;
  throw new UsageError(twice === '' ? '--output: only one format goes to standard output; give the others a file (-o junit=FILE)' : `--output: ${twice} is named twice`);
}

/** Writes the report in every format that was asked for; the table to standard output when nothing else goes there, unless `quiet`. */
export async function writeReport(
  report: Report, { output = [], quiet }: { readonly output?: readonly Output[]; readonly quiet?: true }, context: CliContext,
): Promise<void> {
  const all: readonly Output[] = output.some(({ path }) => path === undefined) ? output : [{ format: 'table' }, ...output];
  for (const { format, path } of all) {
    if (path === undefined && format === 'table' && quiet === true) continue;
    const text = textOf(format, report);
    const whole = text === '' ? '' : `${text}\n`;
    if (path === undefined) context.stdout(whole);
    else await writeFile(path, whole).catch((cause: NodeJS.ErrnoException) => {
      throw new UsageError(`${path}: cannot be written (${cause.code ?? cause.message})`);
    });
  }
}

function textOf(format: Format, report: Report): string {
  switch (format) {
    case 'table': return report.table();
    case 'json': case 'yaml': return documentText(report.document(), format);
    case 'junit': return junitXml(report.cases());
    case 'github': return githubCommands(report.cases());
  }
}
