import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = new URL('../docs/performance.md', import.meta.url);
const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';

/** Puts the figures of a run into docs/performance.md, between its two marks. */
export function writePage(results: Readonly<Record<string, unknown>>): void {
  const text = readFileSync(PAGE, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('docs/performance.md has lost its marks');
  const rows = Object.entries(results).map(([name, value]) => `| ${name} | ${figures(value)} |`);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n| what | figures |\n|---|---|\n${rows.join('\n')}\n\n${END}${after}`);
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
