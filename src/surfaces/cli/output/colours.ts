/** Colours of a report on a terminal: put onto the finished text, in which everything from outside is escaped already. */

const RESET = '\u001b[0m';
const SGR = { green: '\u001b[32m', yellow: '\u001b[33m', red: '\u001b[31m' } as const;
type Colour = keyof typeof SGR;

const MARKS: Readonly<Record<string, Colour>> = { '✓': 'green', '!': 'yellow', '✗': 'red' };
const WORDS: Readonly<Record<string, Colour>> = {
  satisfied: 'green', admit: 'green', undetermined: 'yellow', warn: 'yellow', violated: 'red', deny: 'red',
};

/** The text with its marks, verdicts and outcomes coloured; unchanged without `colours`. */
export function painted(text: string, colours: boolean): string {
  if (!colours) return text;
  let verdictAt = -1;
  return text.split('\n').map((line) => {
    if (line.startsWith('ARTIFACT ')) verdictAt = line.indexOf('VERDICT');
    else if (line === '') verdictAt = -1;
    // The column is where our own heading says it is; cells of others cannot move it, since they are padded.
    else if (verdictAt > 0) return line.slice(0, verdictAt) + word(line.slice(verdictAt));
    return mark(word(line));
  }).join('\n');
}

function mark(line: string): string {
  return line.replace(/^( *)([✓!✗])(?= )/, (_, indent: string, sign: string) => indent + coloured(sign, MARKS[sign]));
}

function word(line: string): string {
  return line.replace(/^( *)(satisfied|violated|undetermined|(?:admit|warn|deny)(?=: ))(?=\W|$)/, (_, indent: string, found: string) =>
    indent + coloured(found, WORDS[found]));
}

function coloured(text: string, colour: Colour | undefined): string {
  return colour === undefined ? text : `${SGR[colour]}${text}${RESET}`;
}
