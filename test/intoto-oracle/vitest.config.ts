import { defineConfig } from 'vitest/config';

/** Layouts against the Python reference implementation; skipped with a reason where that is not installed. */
export default defineConfig({
  test: {
    include: ['test/intoto-oracle/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
