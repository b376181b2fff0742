import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './test/support/compile-cache.ts';
import { SLOW } from './test/support/slow.ts';

export default defineConfig({
  test: {
    env: COMPILE_CACHE,
    include: ['test/unit/**/*.test.ts', 'test/acceptance/**/*.test.ts', 'test/conformance/**/*.test.ts', 'test/conformance-plus/**/*.test.ts', 'test/*.test.ts'],
    exclude: [...SLOW],
    // Guards, not measurements: a machine that does other work beside must not fail a test.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 40_000, interval: 10 } },
    // Two processes: the product is developed and gated on two cores.
    maxWorkers: 2,
    globalSetup: ['./test/support/temporary-folder.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
