import { describe, expect, it } from 'vitest';
import { hasSharedData } from '../../../support/shared.ts';
import { exampleObjects, readObject } from './objects.ts';

describe.skipIf(!hasSharedData)('examples of Tekton, Konflux and tkn', () => {
  it('are all read without a problem', () => {
    const all = exampleObjects();
    expect(all.length).toBeGreaterThan(100);
    const wrong = all.flatMap(({ file, object }) => readObject(object).problems.map((problem) => `${file}: ${problem}`));
    expect(wrong).toEqual([]);
  });
});
