import { describe, expect, test } from 'vitest';
import { Waiting } from '../../../src/events/waiting.ts';
import { batchOf } from '../../../src/events/https-outlet.ts';

const LIMITS = { events: 5, bytes: 60, batchEvents: 3, batchBytes: 30 };
const texts = (waiting: Waiting): string[] => {
  const found: string[] = [];
  for (let batch = waiting.take(); batch !== undefined; batch = waiting.take()) found.push(batch.bytes.toString());
  return found;
};

describe('what waits', () => {
  test('goes out in order, in batches of so many lines', () => {
    const waiting = new Waiting(LIMITS);
    expect([1, 2, 3, 4].map((n) => waiting.add(`${n}\n`))).toEqual([true, true, true, true]);
    expect([waiting.events, waiting.bytes, waiting.hasFull]).toEqual([4, 8, true]);
    expect(texts(waiting)).toEqual(['1\n2\n3\n', '4\n']);
  });

  test('and of so many bytes, except for a line that is longer alone', () => {
    const waiting = new Waiting(LIMITS);
    for (const length of [15, 14, 1, 29]) expect(waiting.add(`${'x'.repeat(length)}\n`)).toBe(length !== 29 || waiting.bytes + 30 <= 60);
    expect(texts(waiting).map((text) => text.length)).toEqual([16, 17]);
    const large = new Waiting(LIMITS);
    expect(large.add(`${'y'.repeat(50)}\n`)).toBe(true);
    expect(texts(large)).toEqual([`${'y'.repeat(50)}\n`]);
  });

  test.each([
    ['events', { ...LIMITS, bytes: 1e6 }, '1\n', 5],
    ['bytes', { ...LIMITS, events: 1e6 }, '123456789\n', 6],
  ] as const)('is bounded by %s, what is taken counts until it is given back', (_, limits, line, most) => {
    const waiting = new Waiting(limits);
    for (let index = 0; index < most; index += 1) expect(waiting.add(line)).toBe(true);
    expect(waiting.add(line)).toBe(false);
    const batch = waiting.take();
    expect(waiting.add(line)).toBe(false);
    if (batch !== undefined) waiting.giveBack(batch);
    expect(waiting.add(line)).toBe(true);
    expect(waiting.drain().reduce((sum, { events }) => sum + events, 0)).toBeGreaterThan(0);
    expect([waiting.events, waiting.bytes]).toEqual([0, 0]);
  });

  test('texts of several bytes a character are kept whole', () => {
    const waiting = new Waiting({ events: 100, bytes: 1e6, batchEvents: 100, batchBytes: 1e5 });
    const lines = Array.from({ length: 50 }, (_, index) => `${'→ü€'.repeat(index * 37)}\n`);
    for (const line of lines) waiting.add(line);
    expect(texts(waiting).join('')).toBe(lines.join(''));
  });
});

describe('a batch of CloudEvents', () => {
  test.each([[['{"a":1}']], [['{"a":1}', '{"b":"x\\ny"}', '{}']]])('%j is one JSON array', (events) => {
    expect(JSON.parse(batchOf(Buffer.from(`${events.join('\n')}\n`)).toString())).toEqual(events.map((one) => JSON.parse(one) as unknown));
  });
});
