import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../../', import.meta.url)),
    include: ['test/cluster/suites/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // Two suites at a time: each has an API server of its own, and most of them wait most of the time.
    maxWorkers: 2,
    globalSetup: ['./test/support/temporary-folder.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
