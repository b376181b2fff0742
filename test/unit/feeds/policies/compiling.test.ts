import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CompiledPolicy, PolicySet } from '../../../../src/domain/policy/policy.ts';
import { openPolicyStore } from '../../../../src/feeds/policies/store.ts';
import type { FolderPolicyStore } from '../../../../src/feeds/policies/store.ts';
import { inSlices } from '../../../../src/flow/slices.ts';
import { until } from '../../../support/patience.ts';
import { ManualTime } from '../support.ts';

/** A compiler whose work ends when the test says so: what becomes of content that is superseded meanwhile. */
class Compiler {
  readonly begun: { readonly text: string; readonly signal: AbortSignal; finish(outcome?: 'broken'): void }[] = [];
  readonly compile = (files: readonly { readonly text: string }[], signal: AbortSignal): Promise<{ set?: PolicySet; problems: [] }> =>
    new Promise((resolve, reject) => {
      const text = files.map((file) => file.text).join('|');
      const set = { generation: text, policies: [{ name: text } as CompiledPolicy] } as unknown as PolicySet;
      this.begun.push({ text, signal, finish: (outcome) => (outcome === 'broken' ? reject(new Error(`${text} is broken`)) : resolve({ set, problems: [] })) });
    });
  /** Work that has been begun and not been given up, once there is so much of it in all. */
  async after(count: number) {
    await until(() => this.begun.length === count);
    return this.begun.at(-1) as Compiler['begun'][number];
  }
}

const stores: FolderPolicyStore[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function scene(first = 'one') {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-compiling-'));
  folders.push(folder);
  const [compiler, time, told] = [new Compiler(), new ManualTime(), [] as string[]];
  const hold = (text: string): void => writeFileSync(join(folder, 'a.yaml'), text);
  hold(first);
  const opening = openPolicyStore({
    folders: [folder], compile: compiler.compile, settleMs: 0, time,
    events: { changed: ({ generation }) => void told.push(generation), refused: ([problem]) => void told.push(`refused ${problem?.message ?? ''}`) },
  });
  (await compiler.after(1)).finish();
  const store = await opening;
  stores.push(store);
  return { store, compiler, hold, told, looks: () => time.stirs.get(folder)?.() };
}

describe('a reload that is superseded', () => {
  it('M10: is dropped for the newer one, whichever of the two is done first', async () => {
    const { store, compiler, hold, told } = await scene();
    hold('two');
    void store.refresh();
    const two = await compiler.after(2);
    hold('three');
    void store.refresh();
    const three = await compiler.after(3);
    expect([two.signal.aborted, three.signal.aborted]).toEqual([true, false]);
    three.finish();
    two.finish();
    await store.refresh();
    expect(told).toEqual(['one', 'three']);
  });

  it('M10: is not begun again while nothing has changed', async () => {
    const { store, compiler, hold, looks } = await scene();
    hold('two');
    const refreshed = store.refresh();
    const two = await compiler.after(2);
    looks();
    looks();
    two.finish();
    await refreshed;
    expect(compiler.begun).toHaveLength(2);
  });

  it('M10: is dropped when the files are again what is in force', async () => {
    const { store, compiler, hold, told } = await scene();
    hold('two');
    void store.refresh();
    const two = await compiler.after(2);
    hold('one');
    await store.refresh();
    two.finish();
    await store.refresh();
    expect([two.signal.aborted, told]).toEqual([true, ['one']]);
  });

  it.each([[undefined, ['one', 'two']], ['broken', ['one', 'refused two is broken', 'one']]] as const)('a trust root that changes meanwhile reaches the set in force even if the newer one is %s', async (outcome, expected) => {
    const { store, compiler, hold, told } = await scene();
    hold('two');
    void store.refresh();
    const before = await compiler.after(2);
    const done = store.recompile();
    const two = await compiler.after(3);
    expect([before.signal.aborted, two.text]).toEqual([true, 'two']);
    two.finish(outcome);
    if (outcome === 'broken') (await compiler.after(4)).finish();
    await done;
    expect(told).toEqual(expected);
  });

  it('closed, it puts nothing in force any more', async () => {
    const { store, compiler, hold, told } = await scene();
    hold('two');
    void store.refresh();
    const two = await compiler.after(2);
    store.close();
    two.finish();
    await new Promise((done) => setImmediate(done));
    expect([two.signal.aborted, told]).toEqual([true, ['one']]);
  });
});

describe('work in slices', () => {
  function* counting(to: number): Generator<void, number> {
    for (let step = 0; step < to; step += 1) yield;
    return to;
  }

  it('gives its result, lets others pass, and ends with its signal', async () => {
    expect(await inSlices(counting(10))).toBe(10);
    const turns: number[] = [];
    const done = inSlices(counting(5), { sliceMs: 0 });
    for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((next) => setImmediate(() => next(void turns.push(turn))));
    expect(await done).toBe(5);
    expect(turns).toHaveLength(3);
    const stop = new AbortController();
    const endless = inSlices((function* (): Generator<void, never> { for (;;) yield; })(), { signal: stop.signal });
    setImmediate(() => stop.abort(new Error('superseded')));
    await expect(endless).rejects.toThrow('superseded');
  });
});
