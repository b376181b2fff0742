import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogSink } from '../../../src/platform/log-sink.ts';

const MEGABYTE = 1024 * 1024;
let folder = '';
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'gatehouse-sink-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes batches with a flush between them, and gives what stands in the file, and how many lines were dropped. */
async function written(batches: readonly (readonly string[])[], maxBytes: number): Promise<{ text: string; dropped: number }> {
  const file = join(folder, 'log');
  const fd = openSync(file, 'w');
  const sink = createLogSink(fd, maxBytes);
  for (const lines of batches) {
    for (const line of lines) sink.write(line);
    await sink.flush(5000);
  }
  closeSync(fd);
  return { text: readFileSync(file, 'utf8'), dropped: sink.dropped() };
}

describe('log sink', () => {
  it('keeps every line, whole and in order, whatever is in it', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 20 }), { maxLength: 4 }), async (batches) => {
      expect(await written(batches, MEGABYTE)).toEqual({ text: batches.flat().join(''), dropped: 0 });
    }), { numRuns: 25 });
  });

  it('keeps lines across the bounds of its blocks, and lines that are longer than one', async () => {
    const lines = ['ä'.repeat(300_000), ...Array.from({ length: 3000 }, (_, index) => `${index} ${'x'.repeat(400)}\n`), '€'.repeat(200_000)];
    const { text, dropped } = await written([lines, lines], 16 * MEGABYTE);
    expect(text === [...lines, ...lines].join('')).toBe(true);
    expect(dropped).toBe(0);
  });

  it('drops what is over the limit, whole lines only, and takes lines again when the others are written', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const { text, dropped } = await written([Array<string>(100).fill(line), [line]], 1000);
    expect(text).toBe(line.repeat(11));
    expect(dropped).toBe(90);
  });

  it('counts bytes, not characters', async () => {
    const { dropped } = await written([Array<string>(20).fill('€'.repeat(100))], 3000);
    expect(dropped).toBe(10);
  });
});
