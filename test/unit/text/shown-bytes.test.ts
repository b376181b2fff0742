import { expect, test } from 'vitest';
import { shownBytes, shownText } from '../../../src/text/shown.ts';

test.each(['plain', 'é'.repeat(50), '…'.repeat(50), '😀'.repeat(50), 'a😀'.repeat(30), 'aé…😀'.repeat(20), '\u0007'.repeat(30)])('%s is cut after bytes, and never within a character', (text) => {
  for (let limit = 4; limit < 120; limit += 1) {
    const shown = shownBytes(text, limit);
    expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(limit);
    expect(Buffer.from(shown).toString()).toBe(shown);
  }
  expect(shownBytes(text, 10_000)).toBe(shownText(text, 10_000));
});
