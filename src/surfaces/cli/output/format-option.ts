/** `-o FORMAT` of commands with one report: the form for people goes by `table` with every command, whatever it looks like. */
import { Option } from 'commander';

/**
 * The option; the first of the formats is the default. Where that is `text`, `table` is the same: whoever sets a format for all
 * commands need not know which of them have columns.
 */
export function formatOption(flags: string, description: string, formats: readonly string[]): Option {
  const hasText = formats.includes('text');
  const option = new Option(flags, description).choices(hasText ? [...formats, 'table'] : formats).default(formats[0]);
  const check = option.parseArg;
  return option.argParser((written: string, before: unknown) => {
    const format: unknown = check === undefined ? written : check(written, before);
    return hasText && format === 'table' ? 'text' : format;
  });
}
