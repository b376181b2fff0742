import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../../', import.meta.url)),
    include: ['test/cluster/suites/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // One suite at a time: each has an API server of its own, and time limits are part of what is tested.
    fileParallelism: false,
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
