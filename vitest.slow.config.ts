import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './test/support/compile-cache.ts';
import { SLOW } from './test/support/slow.ts';

/** `npm run test:slow`: what takes four seconds and more each; `npm test` leaves it out, `.ci/run` does not. */
export default defineConfig({
  test: {
    env: COMPILE_CACHE,
    include: [...SLOW],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 40_000, interval: 10 } },
    maxWorkers: 2,
    globalSetup: ['./test/support/temporary-folder.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
