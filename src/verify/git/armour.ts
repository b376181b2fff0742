/** Which sort of signature a git object carries is said by the first line of its armour, and by nothing else. */
import { decodeBase64 } from '../../text/base64.ts';
import { readArmour, withoutTrailing } from '../../pki/pgp/armour.ts';
import { refuse } from '../problem.ts';

/** A signature out of its armour. */
export interface Unarmoured {
  readonly kind: 'ssh' | 'cms' | 'pgp';
  readonly bytes: Buffer;
}

const LABELS = new Map<string, Unarmoured['kind']>([['SSH SIGNATURE', 'ssh'], ['SIGNED MESSAGE', 'cms'], ['PGP SIGNATURE', 'pgp']]);
/** SSH breaks lines at 70 characters, which may come between the last of them and its padding; nobody breaks them later than at 76. */
const LONGEST_LINE = 76;
const MOST_PADDING = 2;

/** Takes off the armour. Throws a {@link Refusal} for any other text, and `Malformed` for armour of OpenPGP that is broken. */
export function unarmour(text: string): Unarmoured {
  const [, label = ''] = /^-----BEGIN ([A-Z ]{1,40})-----[ \r]*\n/.exec(text) ?? [];
  const kind = LABELS.get(label);
  if (kind === 'ssh' && !text.startsWith(`-----BEGIN ${label}-----\n`))
    refuse('VERIFY_MALFORMED', { found: 'white space behind the first line of the SSH signature', expected: 'a line end', cause: 'ssh-keygen does not read it' });
  if (kind === undefined)
    refuse('VERIFY_FORMAT', {
      found: label === '' ? 'a signature that begins with no armour' : `a signature in ${label}`,
      expected: [...LABELS.keys()].join(', '),
    });
  if (kind === 'pgp') return { kind, bytes: readArmour(text, label) };
  const whole = text.trimEnd();
  const last = whole.lastIndexOf('\n');
  const body = linesOf(whole.slice(whole.indexOf('\n') + 1, last));
  const isWhole = whole.slice(last + 1) === `-----END ${label}-----` && body.every(isLine);
  const bytes = isWhole ? decodeBase64(body.join(''), 'standard') : undefined;
  if (bytes === undefined || bytes.length === 0)
    refuse('VERIFY_MALFORMED', { cause: `the signature is not one block ${label} of base64, from its first line to its last` });
  return { kind, bytes };
}

function linesOf(body: string): readonly string[] {
  const lines = body.split('\n');
  return body.includes(' ') || body.includes('\r') ? lines.map((line) => withoutTrailing(line, ' \r')) : lines;
}

/** Of its length: what characters it has, and that padding comes last, is seen where all lines are decoded as one. */
function isLine(line: string): boolean {
  return line.length > 0 && line.length <= (line.endsWith('=') ? LONGEST_LINE + MOST_PADDING : LONGEST_LINE);
}
