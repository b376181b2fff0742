import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Images that a real apko builds, signed by a real cosign. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../../', import.meta.url)),
    include: ['test/apko/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
    globalSetup: ['./test/support/temporary-folder.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
