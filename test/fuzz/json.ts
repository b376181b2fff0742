import fc from 'fast-check';
import { mutated } from './bytes.ts';

/** One change to a JSON document: at the n-th value of it, counted in order. */
interface Change {
  readonly node: number;
  readonly how: 'replace' | 'remove' | 'twice' | 'rename' | 'inside' | 'swap';
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** Values that parsers are seldom asked about, as JSON text. */
const ODD = [
  'null', 'true', '0', '-1', '1e400', '9007199254740993', '18446744073709551616', '""', '" "', '"\\u0000"', '"\\ud800"', '[]', '{}', '[[]]', '[null]',
  '{"__proto__":{"x":1}}', '{"constructor":1,"toString":1,"valueOf":1}', '"AAAA"', '"AA=A"', '"sha256:"', '"2026-01-01T00:00:00Z"', '"2026-02-30T00:00:00Z"',
  `"${'a'.repeat(70_000)}"`, `[${'0,'.repeat(5000)}0]`, `${'['.repeat(600)}${']'.repeat(600)}`, '"https://[::1"', '"../../etc"', '"SHA2_256"', '1.5', '"-0"',
] as const;

const KEYS = ['__proto__', 'constructor', 'toString', 'length', '', '\\u0061', 'digest', '0', 'x'.repeat(5000)] as const;

const change: fc.Arbitrary<Change> = fc.record({
  node: fc.nat(100_000),
  how: fc.constantFrom<Change['how'][]>('replace', 'replace', 'remove', 'twice', 'rename', 'inside', 'inside', 'swap'),
  value: fc.nat(1_000),
  bytes: fc.uint8Array({ maxLength: 12 }),
});

/**
 * Documents made from valid ones: values replaced, removed, given twice or renamed; base64 opened, its bytes changed,
 * and closed again; and changes to the bytes of the text.
 */
export function mutatedJson(seeds: readonly unknown[]): fc.Arbitrary<Uint8Array> {
  const texts = seeds.map((seed) => Buffer.from(typeof seed === 'string' ? seed : JSON.stringify(seed)));
  const structured = fc.record({ seed: fc.nat(seeds.length - 1), changes: fc.array(change, { minLength: 1, maxLength: 4 }) })
    .map(({ seed, changes }) => Buffer.from(changes.reduce(changed, texts[seed]?.toString('utf8') ?? '')));
  return fc.oneof({ weight: 3, arbitrary: structured }, { weight: 1, arbitrary: mutated(texts) });
}

/** JSON values made the same way, for readers that take values. */
export function mutatedValue(seeds: readonly unknown[]): fc.Arbitrary<unknown> {
  return mutatedJson(seeds).map((bytes) => {
    try {
      return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
    } catch {
      return Buffer.from(bytes).toString('utf8');
    }
  });
}

/** A value of the text: where it stands, and where its key does. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly key?: readonly [start: number, end: number];
}

function changed(text: string, { node, how, value, bytes }: Change): string {
  const spans = spansOf(text);
  const span = spans[node % (spans.length || 1)];
  if (span === undefined) return text;
  const at = text.slice(span.start, span.end);
  const put = (replacement: string): string => text.slice(0, span.start) + replacement + text.slice(span.end);
  const member = span.key === undefined ? at : text.slice(span.key[0], span.end);
  switch (how) {
    case 'replace':
      return put(ODD[value % ODD.length] ?? 'null');
    case 'remove':
      return span.key === undefined ? put('') : text.slice(0, span.key[0]) + text.slice(span.end).replace(/^,/, '');
    case 'twice':
      return put(`${at},${member}`);
    case 'rename':
      return span.key === undefined ? put(at) : `${text.slice(0, span.key[0])}"${KEYS[value % KEYS.length]}"${text.slice(span.key[1])}`;
    case 'inside':
      return put(inside(at, value, bytes));
    case 'swap': {
      const other = spans[value % spans.length];
      return put(other === undefined ? at : text.slice(other.start, other.end));
    }
  }
}

/** Opens base64, changes its bytes, and closes it; other texts get the bytes as they are. */
function inside(text: string, at: number, bytes: Uint8Array): string {
  const base64 = /^"([A-Za-z0-9+/]{4,}={0,2})"$/.exec(text)?.[1];
  if (base64 === undefined) return text.startsWith('"') ? JSON.stringify(`${text.slice(1, 1 + (at % text.length))}${Buffer.from(bytes).toString('latin1')}`) : text;
  const decoded = Buffer.from(base64, 'base64');
  const place = decoded.length === 0 ? 0 : (at * 7919) % decoded.length;
  // Half of the changes keep the length, since lengths are checked first.
  const rest = at % 2 === 0 ? decoded.subarray(place + bytes.length) : decoded.subarray(place);
  return JSON.stringify(Buffer.concat([decoded.subarray(0, place), bytes, rest]).toString('base64'));
}

/** Every value in the text, in order. Works on broken JSON too, as far as it goes. */
function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  const token = /"(?:[^"\\]|\\.)*"|[[{]|[\]}]|:|,|[^\s"[\]{}:,]+/g;
  const open: { readonly start: number; readonly key?: readonly [number, number] }[] = [];
  let key: readonly [number, number] | undefined;
  for (let match = token.exec(text); match !== null && spans.length < 5_000; match = token.exec(text)) {
    const [found] = match;
    const [start, end] = [match.index, match.index + found.length];
    if (found === '{' || found === '[') open.push({ start, ...(key && { key }) });
    if (found === '}' || found === ']') {
      const begun = open.pop();
      if (begun !== undefined) spans.push({ ...begun, end });
    }
    if (/^["\w-]/.test(found)) {
      const isKey = /^\s*:/.test(text.slice(end, end + 4)) && found.startsWith('"');
      if (isKey) {
        key = [start, end];
        continue;
      }
      spans.push({ start, end, ...(key && { key }) });
    }
    if (found !== ':') key = undefined;
  }
  return spans;
}
