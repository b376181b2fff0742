/** The page of messages: each mistake with its points, and what is printed. */
import { isGiven, POINTS } from './score.ts';
import type { Score } from './score.ts';
import type { Mistake, MistakeGroup, NoMistake } from './mistake.ts';

/** A row with what was printed; what is no mistake has no score. */
export interface ToldRow {
  readonly row: Mistake | NoMistake;
  readonly text: string;
  readonly score?: Score;
}

const HEAD = `# Messages

What people read who make a mistake, as it is printed: kubectl shows the texts of denials, a terminal those of the command line, and
whoever asks by HTTP those in JSON. Each text is made by making the mistake, by the test that writes this page
(\`test/acceptance/messages.test.ts\`); only ports, digests, references and times are written alike in every run. A message has a point
for each of seven things: it names the *artifact*, the *path* at which it stands and the *policy* that asked, says what was *expected*
and what was *found*, and a *fix* that helps, and is *plain*: no line of more than 200 characters, at most twelve lines for a finding,
and no word of our libraries. None has fewer than six. Where a point cannot apply it is given, and the last column says why.
`;

/** The whole page. */
export function messagesPage(groups: readonly { readonly group: MistakeGroup; readonly rows: readonly ToldRow[] }[]): string {
  return `${HEAD}${groups.map(({ group, rows }) => section(group, rows)).join('')}`;
}

function section({ title }: MistakeGroup, rows: readonly ToldRow[]): string {
  const table = ['| # | mistake | points | given |', '|---|---|---|---|', ...rows.map(line)].join('\n');
  return `\n## ${title}\n\n${table}\n${rows.map(block).join('')}`;
}

function line({ row, score }: ToldRow): string {
  if (!('says' in row)) return `| ${row.row} | ${row.mistake} | none: it is admitted | |`;
  const lacks = score === undefined || score.lacks.length === 0 ? '' : `, without *${score.lacks.join('*, *')}*`;
  const given = POINTS.flatMap((point) => {
    const mark = isGiven(point, row) && point !== 'fix' && point !== 'plain' ? row[point] : undefined;
    return mark !== undefined && typeof mark === 'object' && 'none' in mark ? [`*${point}*: ${mark.none}`] : [];
  });
  return `| ${row.row} | ${row.mistake} | ${score?.points ?? 0}${lacks} | ${given.join('; ')} |`;
}

function block({ row, text }: ToldRow): string {
  return `\n**${row.row}** ${row.mistake}\n\n\`\`\`text\n${text}\n\`\`\`\n`;
}
