import { describe, expect, test, vi } from 'vitest';
import { createDecisionEvents } from '../../../src/events/index.ts';
import type { DecisionEvents, Outlet } from '../../../src/events/index.ts';
import { NotTaken } from '../../../src/events/outlet.ts';
import { eventOf } from './support.ts';

/** Far more time than any machine needs. */
const PATIENCE = { timeout: 40_000, interval: 10 };

type Answer = 'taken' | 'refused' | 'fails' | 'hangs' | 'is dead';

/** A place that answers as it is told, and otherwise takes everything. */
function place(name: string, answers: Answer[] = []) {
  const taken: number[] = [];
  let [closed, asked] = [0, 0];
  const outlet: Outlet = {
    name,
    send({ bytes }, signal) {
      asked += 1;
      const answer = answers.shift() ?? 'taken';
      if (answer === 'fails') return Promise.reject(new NotTaken('busy', 1));
      if (answer === 'is dead') return new Promise(() => undefined);
      if (answer === 'hangs') return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up')), { once: true }));
      if (answer === 'taken') for (const line of bytes.toString().trimEnd().split('\n')) taken.push((JSON.parse(line) as { data: Record<string, number> }).data['gatehouse.sequence'] ?? 0);
      return Promise.resolve(answer);
    },
    close: async () => { closed += 1; },
  };
  return { outlet, taken, closed: () => closed, asked: () => asked };
}

function opened(limits?: Parameters<typeof createDecisionEvents>[1]) {
  const told: string[] = [];
  const events = createDecisionEvents({
    failing: (to, problem) => void told.push(`failing ${to}: ${problem}`),
    recovered: (to) => void told.push(`recovered ${to}`),
    refused: (to, count) => void told.push(`refused ${to}: ${count}`),
    left: (count) => void told.push(`left ${count}`),
  }, limits);
  return { events, told };
}

const use = (events: DecisionEvents, outlet: Outlet): void => events.use({ to: { outlet }, source: '/g', mask: [] });
const tell = (events: DecisionEvents, times: number): void => { for (let index = 0; index < times; index += 1) events.told(eventOf()); };
const SMALL = { events: 5, bytes: 1e6, batchEvents: 2, batchBytes: 1e6 };

describe('decision events', () => {
  test('turned off, nothing is kept and nothing counted', async () => {
    const { events } = opened();
    tell(events, 3);
    expect(events.numbers()).toEqual({ sent: 0, dropped: { full: 0, refused: 0, closed: 0 }, waiting: 0, waitingBytes: 0 });
    await events.close(10);
  });

  test('go out in their order, each once', async () => {
    const [{ events }, to] = [opened(), place('a')];
    use(events, to.outlet);
    tell(events, 5);
    await vi.waitFor(() => expect(to.taken).toEqual([1, 2, 3, 4, 5]), PATIENCE);
    expect(events.numbers()).toMatchObject({ sent: 5, waiting: 0, waitingBytes: 0 });
    await events.close(10);
    expect(to.closed()).toBe(1);
  });

  test('a full batch does not wait for others', async () => {
    const [{ events }, to] = [opened(SMALL), place('a', ['hangs'])];
    use(events, to.outlet);
    tell(events, 3);
    await vi.waitFor(() => expect(events.numbers().waiting).toBe(3));
    await events.close(1);
  });

  test('what is not taken is sent again until it is; the trouble is told once, and its end', async () => {
    const [{ events, told }, to] = [opened(SMALL), place('a', ['fails', 'fails', 'fails'])];
    use(events, to.outlet);
    tell(events, 4);
    await vi.waitFor(() => expect(to.taken).toEqual([1, 2, 3, 4]), PATIENCE);
    expect(told).toEqual(['failing a: busy', 'recovered a']);
    expect(events.numbers().dropped).toEqual({ full: 0, refused: 0, closed: 0 });
    await events.close(10);
  });

  test('what is refused for good is dropped and counted, and the next event says how many', async () => {
    const [{ events, told }, to] = [opened(SMALL), place('a', ['refused', 'refused', 'refused'])];
    use(events, to.outlet);
    tell(events, 2);
    await vi.waitFor(() => expect(told).toEqual(['refused a: 2']), PATIENCE);
    const lines: string[] = [];
    events.use({ to: { line: (line) => lines.push(line) > 0 }, source: '/g', mask: [] });
    tell(events, 1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ data: { 'gatehouse.sequence': 3, 'gatehouse.dropped': 2 } });
    expect(events.numbers()).toMatchObject({ sent: 1, dropped: { full: 0, refused: 2, closed: 0 } });
    await events.close(10);
  });

  /** A place that refuses batches with one of these in them, and with more than so many. */
  function picky(bad: readonly number[], most = Infinity) {
    const taken: number[] = [];
    let asked = 0;
    const outlet: Outlet = {
      name: 'picky',
      send({ bytes, events }) {
        asked += 1;
        const numbers = bytes.toString().trimEnd().split('\n').map((line) => (JSON.parse(line) as { data: Record<string, number> }).data['gatehouse.sequence'] ?? 0);
        expect(numbers).toHaveLength(events);
        if (numbers.some((one) => bad.includes(one)) || numbers.length > most) return Promise.resolve('refused');
        taken.push(...numbers);
        return Promise.resolve('taken');
      },
      close: async () => undefined,
    };
    return { outlet, taken, asked: () => asked };
  }
  const upTo = (last: number, without: readonly number[] = []): number[] => Array.from({ length: last }, (_, index) => index + 1).filter((one) => !without.includes(one));

  test.each<[string, number[], number]>([
    ['the first of a thousand', [1], Infinity], ['the last', [1000], Infinity], ['one in the middle', [457], Infinity], ['two beside each other', [500, 501], Infinity],
    ['none, but no more than 100 at once', [], 100], ['one, and no more than 300 at once', [77], 300],
  ])('refused for one of them, the others are taken, each once and in order: %s', async (_, bad, most) => {
    const [{ events, told }, to] = [opened(), picky(bad, most)];
    use(events, to.outlet);
    tell(events, 1000);
    await vi.waitFor(() => expect(events.numbers().waiting).toBe(0), PATIENCE);
    expect(to.taken).toEqual(upTo(1000, bad));
    expect(events.numbers()).toMatchObject({ sent: 1000 - bad.length, dropped: { refused: bad.length }, waitingBytes: 0 });
    expect(told.map((line) => Number(line.replace('refused picky: ', ''))).reduce((sum, one) => sum + one, 0)).toBe(bad.length);
    expect(told.length).toBeLessThanOrEqual(2);
    await events.close(10);
  });

  test('a place that refuses everything is not asked a thousand times', async () => {
    const [{ events }, to] = [opened(), picky(upTo(1000))];
    use(events, to.outlet);
    tell(events, 1000);
    await vi.waitFor(() => expect(events.numbers()).toMatchObject({ waiting: 0, waitingBytes: 0, sent: 0, dropped: { refused: 1000 } }), PATIENCE);
    expect(to.asked()).toBeLessThan(128);
    await events.close(10);
  });

  test('trouble between two halves sends no half twice, and another place goes on with the second', async () => {
    const [{ events }, one, two] = [opened({ ...SMALL, batchEvents: 4 }), place('a', ['refused', 'taken', 'fails', 'hangs']), place('b')];
    use(events, one.outlet);
    tell(events, 4);
    await vi.waitFor(() => expect(one.asked()).toBe(4), PATIENCE);
    expect(one.taken).toEqual([1, 2]);
    use(events, two.outlet);
    await vi.waitFor(() => expect(two.taken).toEqual([3, 4]), PATIENCE);
    expect(events.numbers()).toMatchObject({ sent: 4, waiting: 0, waitingBytes: 0, dropped: { refused: 0, closed: 0 } });
    tell(events, 2);
    await vi.waitFor(() => expect(two.taken).toEqual([3, 4, 5, 6]), PATIENCE);
    await events.close(10);
  });

  test('turned off between two halves, what was taken is not counted as lost', async () => {
    const [{ events }, to] = [opened({ ...SMALL, batchEvents: 4 }), place('a', ['refused', 'taken', 'hangs'])];
    use(events, to.outlet);
    tell(events, 5);
    await vi.waitFor(() => expect(to.asked()).toBe(3), PATIENCE);
    events.use(undefined);
    expect(events.numbers()).toMatchObject({ sent: 2, waiting: 0, waitingBytes: 0, dropped: { refused: 0, closed: 3 } });
    await events.close(10);
  });

  test('beyond the bound the newest are dropped; numbers show the gap, and memory stays bounded', async () => {
    const [{ events }, to] = [opened(SMALL), place('a', ['hangs'])];
    use(events, to.outlet);
    tell(events, 1000);
    expect(events.numbers()).toMatchObject({ waiting: 5, dropped: { full: 995 } });
    const other = place('b');
    use(events, other.outlet);
    await vi.waitFor(() => expect(other.taken).toEqual([1, 2, 3, 4, 5]), PATIENCE);
    tell(events, 1);
    await vi.waitFor(() => expect(other.taken.at(-1)).toBe(1001), PATIENCE);
    await events.close(10);
  });

  test('another place gets what waits; the one before is closed, also while it hangs', async () => {
    const [{ events }, one, two] = [opened(SMALL), place('a', ['hangs']), place('b')];
    use(events, one.outlet);
    tell(events, 3);
    use(events, two.outlet);
    await vi.waitFor(() => expect(two.taken).toEqual([1, 2, 3]), PATIENCE);
    await vi.waitFor(() => expect(one.closed()).toBe(1));
    await events.close(10);
    expect(two.closed()).toBe(1);
  });

  test('a disk that hangs and knows no signal holds up neither another place nor the end', async () => {
    const [{ events }, one, two] = [opened(SMALL), place('a', ['is dead']), place('b', ['taken', 'is dead'])];
    use(events, one.outlet);
    tell(events, 2);
    await vi.waitFor(() => expect(one.asked()).toBe(1), PATIENCE);
    use(events, two.outlet);
    await vi.waitFor(() => expect(two.taken).toEqual([1, 2]), PATIENCE);
    tell(events, 2);
    await events.close(20);
    expect(events.numbers()).toMatchObject({ sent: 2, waiting: 0, dropped: { closed: 2 } });
  });

  test('turned to a stream, it has at once and in order what the place before did not take', async () => {
    const [{ events, told }, to] = [opened(SMALL), place('a', ['taken', 'hangs'])];
    use(events, to.outlet);
    tell(events, 5);
    await vi.waitFor(() => expect(to.asked()).toBe(2), PATIENCE);
    const lines: string[] = [];
    events.use({ to: { line: (line) => lines.push(line) < 3 }, source: '/g', mask: [] });
    tell(events, 1);
    const numbers = lines.map((line) => (JSON.parse(line) as { data: Record<string, number> }).data['gatehouse.sequence']);
    expect([to.taken, numbers, lines.every((line) => line.endsWith('}\n'))]).toEqual([[1, 2], [3, 4, 5, 6], true]);
    // The third and the fourth were not kept by the stream, which is counted as well.
    expect(events.numbers()).toMatchObject({ sent: 4, waiting: 0, waitingBytes: 0, dropped: { full: 2, closed: 0 } });
    expect(told).toEqual([]);
    await events.close(10);
  });

  test('turned off, what waits is dropped and counted', async () => {
    const [{ events, told }, to] = [opened(SMALL), place('a', ['hangs'])];
    use(events, to.outlet);
    tell(events, 3);
    events.use(undefined);
    expect(told).toEqual(['left 3']);
    expect(events.numbers()).toMatchObject({ waiting: 0, waitingBytes: 0, dropped: { closed: 3 } });
    tell(events, 1);
    expect(events.numbers().waiting).toBe(0);
    await events.close(10);
  });

  test('at the end what waits is sent, but nobody is waited for for long', async () => {
    const [{ events }, to] = [opened(), place('a')];
    use(events, to.outlet);
    tell(events, 3);
    await events.close(5000);
    expect(to.taken).toEqual([1, 2, 3]);
    const [late, hanging] = [opened(), place('b', ['hangs'])];
    use(late.events, hanging.outlet);
    tell(late.events, 3);
    await late.events.close(20);
    expect(late.told).toEqual(['left 3']);
    expect(late.events.numbers()).toMatchObject({ sent: 0, waiting: 0, dropped: { closed: 3 } });
    expect(hanging.closed()).toBe(1);
  });
});
