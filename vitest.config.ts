import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/acceptance/**/*.test.ts', 'test/conformance/**/*.test.ts', 'test/conformance-plus/**/*.test.ts', 'test/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Two processes: the product is developed and gated on two cores.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
