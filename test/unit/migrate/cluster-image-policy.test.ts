/** Import of ClusterImagePolicies: the files of policy-controller, good and bad. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sharedData } from '../../support/shared.ts';
import { compileErrors, imported, joined, places } from './support.ts';

const FOLDER = sharedData('cluster-image-policies');
const files = (folder: string): string[] => readdirSync(`${FOLDER}/${folder}`).filter((name) => name.endsWith('.yaml') && name !== 'test-deployment.yaml');
const read = (folder: string, name: string): string => readFileSync(`${FOLDER}/${folder}/${name}`, 'utf8');

describe('I5: files of policy-controller', () => {
  test.each([...files('valid').map((name) => ['valid', name]), ...files('e2e').map((name) => ['e2e', name]), ...files('tester').map((name) => ['tester', name])])(
    '%s/%s: what is written compiles, and twice the same bytes', (folder = '', name = '') => {
      const result = imported(read(folder, name));
      expect(places(result, 'refused')).toEqual([]);
      expect(result.read).toBe(1);
      expect(compileErrors(result)).toEqual([]);
      expect(joined(imported(read(folder, name)))).toBe(joined(result));
    });

  test.each(files('invalid'))('invalid/%s is refused at its place', (name) => {
    const text = read('invalid', name);
    const result = imported(text);
    expect(result.documents).toEqual([]);
    const expected = [...text.matchAll(/spec\.[\w.[\]-]+/g)].map(([path]) => path.toLowerCase());
    const found = places(result, 'refused').map((place) => place.replace(/^\d+ /, '').toLowerCase());
    expect(found.length).toBeGreaterThan(0);
    // policy-controller names the missing field itself where the map that lacks it is named here.
    for (const path of found) expect(expected.length === 0 || expected.some((one) => one.startsWith(path) || path.startsWith(one))).toBe(true);
  });

  test.each(files('empty-authorities'))('empty-authorities/%s: nobody named is refused in words', (name) => {
    expect(places(imported(read('empty-authorities', name)), 'refused')).toEqual([expect.stringContaining('spec.authorities')]);
  });
});
