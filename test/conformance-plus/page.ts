import { readFileSync } from 'node:fs';

/** Where the table is published. */
export const PAGE = new URL('../../docs/reference/conformance-plus.md', import.meta.url);

/** Version of @sigstore/verify that the table is about. */
export const VERSION = (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { dependencies: Record<string, string> }).dependencies['@sigstore/verify'] ?? '';
