import { describe, expect, test } from 'vitest';
import { poll } from '../../../src/feeds/polling.ts';
import type { Polling } from '../../../src/feeds/polling.ts';
import { FEEDS, ManualTime } from './support.ts';

/** A source whose looks end when the test says so. */
class Looks {
  readonly time = new ManualTime();
  readonly ends: (() => void)[] = [];
  begun = 0;
  pauseMs = 1000;
  readonly polling: Polling = poll({
    look: () => {
      this.begun += 1;
      return new Promise((done) => this.ends.push(done));
    },
    pauseMs: () => this.pauseMs,
    watch: ['/policies', '/policies'],
    time: this.time,
  });

  async end(): Promise<void> {
    this.ends.shift()?.();
    await new Promise((done) => setImmediate(done));
  }
}

describe('looking again and again', () => {
  test('looks after the pause, not before, and the next pause begins when the look is over', async () => {
    const looks = new Looks();
    looks.time.pass(999);
    expect(looks.begun).toBe(0);
    looks.time.pass(11);
    expect(looks.begun).toBe(1);
    looks.time.pass(5000);
    expect(looks.begun).toBe(1);
    await looks.end();
    looks.time.pass(999);
    expect(looks.begun).toBe(1);
    looks.time.pass(11);
    expect(looks.begun).toBe(2);
  });

  test('looks at once when a file stirs; a path that is named twice is watched once', () => {
    const looks = new Looks();
    expect([...looks.time.stirs.keys()]).toEqual(['/policies']);
    looks.time.stirs.get('/policies')?.();
    expect(looks.begun).toBe(1);
  });

  test('a folder that stirs all the time, a log lies in it, is looked at ten times a second at most', async () => {
    const looks = new Looks();
    for (let i = 0; i < 1000; i += 1) {
      looks.time.stirs.get('/policies')?.();
      looks.time.pass(1);
      await looks.end();
    }
    expect(looks.begun).toBeGreaterThanOrEqual(9);
    expect(looks.begun).toBeLessThanOrEqual(11);
  });

  test('what stirs during a look, or right after it, is seen by one look more, and not only after the pause', async () => {
    const looks = new Looks();
    looks.time.stirs.get('/policies')?.();
    looks.time.stirs.get('/policies')?.();
    expect(looks.begun).toBe(1);
    await looks.end();
    looks.time.pass(110);
    expect(looks.begun).toBe(2);
    await looks.end();
    looks.time.stirs.get('/policies')?.();
    expect(looks.begun).toBe(2);
    looks.time.pass(110);
    expect(looks.begun).toBe(3);
    await looks.end();
    looks.time.pass(500);
    expect(looks.begun).toBe(3);
  });

  test('what is asked during a look is seen by one look more, never by two at a time', async () => {
    const looks = new Looks();
    let over = 0;
    void looks.polling.now().then(() => { over += 1; });
    for (let i = 0; i < 3; i += 1) void looks.polling.now().then(() => { over += 1; });
    expect(looks.begun).toBe(1);
    await looks.end();
    expect([looks.begun, over]).toEqual([2, 1]);
    await looks.end();
    expect([looks.begun, over]).toEqual([2, 4]);
  });

  test('a long pause is looked at every hour, so that sleep and clocks that are set do not prolong it', () => {
    const looks = new Looks();
    looks.pauseMs = 1e9;
    looks.polling.within(1e9);
    looks.time.pass(1010);
    void looks.end();
    expect(looks.begun).toBe(1);
    expect(looks.time.waiting).toBe(0);
  });

  test('within brings the next look nearer, and never puts it off', () => {
    const [nearer, farther] = [new Looks(), new Looks()];
    nearer.polling.within(100);
    farther.polling.within(10_000);
    for (const looks of [nearer, farther]) looks.time.pass(110);
    expect([nearer.begun, farther.begun]).toEqual([1, 0]);
    farther.time.pass(900);
    expect(farther.begun).toBe(1);
  });

  test('stopped, nothing looks any more', async () => {
    const looks = new Looks();
    looks.polling.stop();
    looks.time.pass(10_000);
    await looks.polling.now();
    expect([looks.begun, looks.time.waiting, looks.time.stirs.size]).toEqual([0, 0, 0]);
  });
});

/** What is followed by a watch of the API server is looked at again when that ends or is silent for long: namespaces/frozen.test.ts lets that time pass. */
const isByWatch = (name: string): boolean => name.startsWith('namespaces') || name === 'network-policies';

describe.each(FEEDS.filter(({ name }) => !isByWatch(name)))('$name', ({ open }) => {
  test('sees what has changed without being asked', async () => {
    const scene = await open('good 1');
    let came: () => void = () => undefined;
    const changed = new Promise<void>((done) => { came = done; });
    scene.feed.changed(() => came());
    scene.hold('good 2');
    scene.time.pass(7 * 3_600_000);
    scene.time.pass(1_000_000);
    await changed;
    expect(scene.value()).toBe('good 2');
    scene.feed.close();
  });
});
