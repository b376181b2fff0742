import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileElsewhere } from '../../../../src/fetch/evidence/elsewhere.ts';

const SIGNATURES = 'signatures.example/all';
const matches = (pattern: string, image: string): boolean => compileElsewhere([{ image: pattern, repository: SIGNATURES }]).repositories(image).length === 1;

describe('evidenceSources', () => {
  it.each([
    ['**', 'ghcr.io/acme/app', true],
    ['ghcr.io/**', 'ghcr.io/acme', true],
    ['ghcr.io/**', 'ghcr.io/acme/app/deep', true],
    ['ghcr.io/**', 'ghcr.io.evil.example/acme', false],
    ['ghcr.io/**', 'evil.example/ghcr.io/acme', false],
    ['ghcr.io/**', 'ghcr.io:5000/acme', false],
    ['ghcr.io/acme/**', 'ghcr.io/acme/app', true],
    ['ghcr.io/acme/**', 'ghcr.io/acme', false],
    ['ghcr.io/acme/**', 'ghcr.io/acme-evil/app', false],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app', true],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app2', false],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app/deep', false],
    ['ghcr.io/acme/*', 'ghcr.io/acme/app', false],
    ['r.example:5000/acme/**', 'r.example:5000/acme/app', true],
    ['r.example:5000/acme/**', 'r.example/acme/app', false],
  ])('%s covers %s: %s', (pattern, image, covered) => {
    expect(matches(pattern, image)).toBe(covered);
  });

  it('names every repository once, in the order written, and never the image itself', () => {
    const { repositories, hosts } = compileElsewhere([
      { image: 'ghcr.io/acme/app', repository: 'b.example:5000/s' },
      { image: '**', repository: 'a.example/s' },
      { image: 'ghcr.io/**', repository: 'b.example:5000/s' },
      { image: 'other.example/**', repository: 'c.example/s' },
    ]);
    expect(repositories('ghcr.io/acme/app')).toEqual(['b.example:5000/s', 'a.example/s']);
    expect(repositories('a.example/s')).toEqual([]);
    expect([...hosts]).toEqual(['b.example:5000', 'a.example', 'c.example']);
  });

  it('a prefix covers exactly what lies below it', () => {
    const segment = fc.stringMatching(/^[a-z0-9]{1,6}$/);
    fc.assert(fc.property(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.array(segment, { minLength: 1, maxLength: 5 }), (above, image) => {
      const below = image.length > above.length && above.every((part, index) => part === image[index]);
      return matches(`${above.join('/')}/**`, image.join('/')) === below;
    }));
  });
});
