import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { denialText } from '../../../src/explain/index.ts';
import { placesText } from '../../../src/explain/parts/folded.ts';
import { decision, finding } from './decisions.ts';

const same = { artifact: 'ghcr.io/acme/app:1' };
const at = (index: number, list = 'containers'): string => `spec.${list}[${index}].image`;

describe('F14: what is found alike at several places is told once', () => {
  test('one block with all of the places, and the count of them all', () => {
    const text = denialText(decision([0, 1, 2, 10, 11].map((index) => finding('FETCH_NONE_FOUND', { ...same, path: at(index) })), { artifacts: [] }));
    expect(text.match(/^✗ .*/gm)).toEqual([expect.stringContaining('spec.containers[0].image, [1], [2] and 2 more ghcr.io/acme/app:1 ')]);
    expect(text).toMatch(/^5 of 5 artifacts not admitted\n/);
    expect(text.match(/^ {2}fix: /gm)).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['another image', { artifact: 'ghcr.io/acme/other:1' }], ['another policy', { policy: 'other' }], ['another requirement', { requirement: 'other' }],
    ['another thing found', { found: ['x'] }], ['another thing expected', { expected: ['x'] }], ['another fix', { fix: 'x' }], ['another cause', { cause: 'x' }],
    ['another digest', { digest: `sha256:${'0'.repeat(64)}` }],
  ])('%s is told for itself', (_, more) => {
    const text = denialText(decision([finding('FETCH_NONE_FOUND', { ...same, path: at(0) }), finding('FETCH_NONE_FOUND', { ...same, path: at(1), ...more })]));
    expect(text.match(/^✗ /gm)).toHaveLength(2);
  });

  test('one finding more at one of the places, and both are told for themselves', () => {
    const both = [finding('FETCH_NONE_FOUND', { ...same, path: at(0) }), finding('FETCH_NONE_FOUND', { ...same, path: at(1) })];
    expect(denialText(decision(both)).match(/^✗ /gm)).toHaveLength(1);
    expect(denialText(decision([...both, finding('POLICY_TYPE_MISSING', { ...same, path: at(1) })])).match(/^✗ /gm)).toHaveLength(2);
  });

  test('another list, or another depth, is written whole', () => {
    expect(placesText([at(0), at(1), at(2, 'initContainers')], ['', '', ''])).toBe('spec.containers[0].image, [1], spec.initContainers[2].image');
    expect(placesText([at(0), at(1)], ['step a', 'step b'])).toBe('spec.containers[0].image (step a), [1] (step b)');
    expect(placesText(['spec.a[0].b[0].image', 'spec.a[0].b[1].image', 'spec.a[1].b[0].image'], [])).toBe('spec.a[0].b[0].image, [1], spec.a[1].b[0].image');
  });

  test('nothing is lost: places that are named and places that are counted are all places, whatever is found', () => {
    const one = fc.record({ index: fc.nat(12), image: fc.constantFrom('a:1', 'b:1'), code: fc.constantFrom('FETCH_NONE_FOUND' as const, 'VERIFY_SCT' as const) });
    fc.assert(fc.property(fc.uniqueArray(one, { selector: ({ index, image, code }) => `${index} ${image} ${code}`, maxLength: 20 }), (all) => {
      const text = denialText(decision(all.map(({ index, image, code }) => finding(code, { artifact: image, path: at(index) })), { artifacts: [] }), 1_000_000);
      const headers = [...text.matchAll(/^✗ (\S.*?) (?:a|b):1/gm)].map(([, places = '']) => places);
      const told = headers.map((places) => places.split(', ').length - 1 + 1 + Number(/ and (\d+) more$/.exec(places)?.[1] ?? 0));
      expect(told.reduce((sum, count) => sum + count, 0)).toBe(new Set(all.map(({ index, image }) => `${index} ${image}`)).size);
    }));
  });
});
