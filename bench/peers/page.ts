import { writeBetween } from '../page.ts';
import { BETTER, machine, type Row } from './report.ts';

/** Puts the rows of a run into docs/performance.md, with the machine and the versions. */
export function writePeersTable(rows: readonly Row[], versions: Readonly<Record<string, string>>): void {
  const { cpu, cores, memoryGiB, node } = machine();
  const names = Object.keys(versions);
  const titles = [...names.map((name) => `${name} ${versions[name]}`), 'ratio to the better peer', 'lowest to highest'];
  const lines = rows.flatMap((row) => {
    const cells = [...names.map((name) => row.figures[name]), row.ratios?.[BETTER], row.range?.join(' to ')];
    // A contender that took part in one measurement only stands in a line of its own, under its maker, with the ratio to it.
    const guests = Object.keys(row.figures).filter((name) => !names.includes(name));
    return [line([row.what, ...cells]), ...guests.map((guest) => line([`${row.what}; ${guest}`, ...names.map((name) => (guest.startsWith(name) ? row.figures[guest] : '')), row.ratios?.[guest], '']))];
  });
  writeBetween('peers', [
    `\`npm run bench:peers\` on ${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}:`, '',
    line(['what', ...titles]), `|${'---|'.repeat(titles.length + 1)}`, ...lines,
  ].join('\n'));
}

function line(cells: readonly (string | number | undefined)[]): string {
  return `| ${cells.map((cell) => cell ?? '').join(' | ')} |`;
}
