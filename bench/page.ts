import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = new URL('../docs/performance.md', import.meta.url);

/** Puts the figures of a run into docs/performance.md, between its two marks. */
export function writePage(results: Readonly<Record<string, unknown>>): void {
  const rows = Object.entries(results).map(([name, value]) => `| ${name} | ${figures(value)} |`);
  writeBetween('measured', `| what | figures |\n|---|---|\n${rows.join('\n')}`);
}

/** Replaces what stands in docs/performance.md between the two marks of this name. */
export function writeBetween(mark: string, text: string): void {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const [before, rest] = readFileSync(PAGE, 'utf8').split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/performance.md has lost its marks ${begin} and ${end}`);
  writeFileSync(PAGE, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}

function figures(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.join(', ');
  return Object.entries(value).map(([key, part]) => `${words(key)} ${typeof part === 'object' ? figures(part) : String(part)}`).join('; ');
}

/** `perSecondAt10` reads better as `per second at 10`. */
function words(key: string): string {
  return key.replace(/([a-z])([A-Z0-9])/g, '$1 $2').replace(/Mi B|MiB/g, 'MiB').toLowerCase().replace(' mib', ' MiB').replace(/ms$/, ' ms');
}
