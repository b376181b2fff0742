/** Patterns of others: for random ones, wide is never narrower and narrow never wider than what the source matches. */
import { describe, expect, test } from 'vitest';
import { scopeOf, wildcardScopeOf } from '../../../src/migrate/scope.ts';
import { matchesImage, parseImagePattern } from '../../../src/policy/match/image-pattern.ts';

/** As policy-controller compiles a glob (pkg/apis/glob). */
function globExpression(glob: string): RegExp {
  const quoted = glob.replaceAll('.', '\\.').replaceAll('**', '#').replaceAll('*', '[^/]*').replaceAll('#', '.*');
  return new RegExp(`^${quoted}$`, 's');
}

/** As Kyverno compares: `*` is anything. */
function wildcardExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(/[.+]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some((source) => {
    const pattern = parseImagePattern(source);
    if (!pattern.ok) throw new Error(`${source}: ${pattern.problem}`);
    return matchesImage(pattern.value, name);
  });
}

/** Repeatable choices. */
function dice(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % most;
  };
}

const HOSTS = ['ghcr.io', 'a.b.example.com', 'r.example.com:5000', 'docker.io'];
const WORDS = ['acme', 'app', 'app-prod', 'x', 'library', 'acme-prod'];
const DIGEST = `@sha256:${'ab'.repeat(32)}`;

function aName(roll: (most: number) => number): string {
  const path = Array.from({ length: 1 + roll(3) }, () => WORDS[roll(WORDS.length)] ?? '');
  const host = HOSTS[roll(HOSTS.length)] ?? '';
  return `${host}/${host === 'docker.io' && path.length === 1 ? 'library/' : ''}${path.join('/')}`;
}

/** A name, some of which is replaced by wildcards. */
function aPattern(roll: (most: number) => number, name: string): string {
  const stars = ['*', '**'];
  const holes = 1 + roll(2);
  let text = name;
  for (let hole = 0; hole < holes; hole += 1) {
    const at = roll(text.length);
    text = `${text.slice(0, at)}${stars[roll(2)] ?? ''}${text.slice(at + roll(6))}`;
  }
  return `${text}${['', '', '*', ':*', ':v1', '/**', '-prod'][roll(7)] ?? ''}`.replaceAll(/\*{3,}/g, '**');
}

describe.each([
  ['policy-controller', scopeOf, globExpression, [':v1', ':v1-prod', DIGEST]],
  ['Kyverno', wildcardScopeOf, wildcardExpression, [':v1', ':v1-prod', DIGEST]],
] as const)('I5: patterns of %s', (_, scope, expression, suffixes) => {
  test('wide matches every image that the source matches, narrow none that it does not', () => {
    const roll = dice(7);
    let compared = 0;
    for (let run = 0; run < 1000; run += 1) {
      const base = aName(roll);
      const pattern = aPattern(roll, base);
      const { wide, narrow } = scope(pattern);
      const there = expression(pattern);
      for (const name of [base, `${base}-prod`, `${base}/x`, base.replace('acme', 'acme/team'), aName(roll)]) {
        const found = suffixes.map((suffix) => there.test(`${name}${suffix}`));
        if (found.includes(true)) {
          compared += 1;
          expect(matches(wide, name), `${pattern} ~ ${name} by ${wide.join(', ')}`).toBe(true);
        }
        // `:*` is the name; a digest alone is then let through as well (ADR 0040).
        const isAlways = pattern.endsWith(':*') ? found[0] : !found.includes(false);
        if (isAlways !== true) expect(matches(narrow, name), `${pattern} ~ ${name} but not by ${narrow.join(', ')}`).toBe(false);
      }
    }
    expect(compared).toBeGreaterThan(500);
  });

  test.each([
    ['ghcr.io/acme/*', true], ['**', true], ['ghcr.io/acme/app**', true], ['ghcr.io/acme/app:*', true],
    ['ghcr.io/acme/app:v1', false], ['ghcr.io/acme/app', false], ['*.example.com/app', false], ['ghcr.io/*-prod', false],
  ])('%s is said as it is: %s', (pattern, isExact) => {
    expect(scope(pattern).wider === undefined).toBe(isExact);
  });
});
