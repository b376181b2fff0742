/** Which build this is. */
import { readFileSync } from 'node:fs';

/** The version of this build, from package.json beside `src` or `dist`. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version?: unknown };
  return typeof version === 'string' ? version : '0.0.0';
}
