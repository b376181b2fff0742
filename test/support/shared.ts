import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** Absolute path of a file or folder of the shared test data that lies beside the repository. */
export function sharedData(path = ''): string {
  return ROOT + path;
}

/** False in a checkout without the shared test data; suites that need it say so and skip. */
export const hasSharedData = existsSync(ROOT);
