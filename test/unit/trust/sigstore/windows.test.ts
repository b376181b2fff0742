import { describe, expect, test } from 'vitest';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { authorityWindows } from '../../../../src/trust/sigstore/windows.ts';
import { createWorld } from '../../../world/world.ts';

const NOW = Date.UTC(2026, 2, 1);
const YEAR = 365 * 24 * 3600 * 1000;

describe('windows of a trusted root', () => {
  const world = createWorld({ now: NOW });

  test('end with the window, or with the certificate that ends first', () => {
    const open = authorityWindows(world.trustedRoot());
    expect(open.map(({ kind }) => kind)).toEqual(['certificate-authority', 'transparency-log', 'transparency-log', 'ct-log', 'timestamp-authority']);
    expect(open[0]?.end).toBe(NOW + 5 * YEAR);
    expect(open[1]).toEqual({ kind: 'transparency-log', name: 'https://rekor.world.example' });

    const closed = authorityWindows(world.trustedRoot({ windows: { ca: { start: NOW - YEAR, end: NOW + YEAR }, rekor: { start: NOW - YEAR, end: NOW } } }));
    expect(closed[0]?.end).toBe(NOW + YEAR);
    expect(closed[1]?.end).toBe(NOW);
  });

  test.each([undefined, null, 'text', {}, { mediaType: 'application/json' }])('%j has none', (json) => {
    expect(authorityWindows(json)).toEqual([]);
  });

  test('the packaged root of the public good instance has some of every sort that it demands', () => {
    const reader = createTrustReader();
    const kinds = new Set(reader.windows?.(reader.publicGood).map(({ kind }) => kind));
    for (const kind of ['certificate-authority', 'transparency-log', 'ct-log'] as const) expect(kinds).toContain(kind);
  });
});
