/** A folder of evidence on a web server: `ALGORITHM/HEX.jsonl`, one document a line. */
import { startStore } from './fake.ts';
import type { FakeStore } from './fake.ts';

/** Starts an empty one. */
export async function startFolder(): Promise<FakeStore> {
  const files = new Map<string, string>();
  return startStore(
    ({ path }) => {
      const body = files.get(path);
      return body === undefined ? undefined : { headers: { 'content-type': 'application/x-ndjson' }, body };
    },
    (_image, digest, evidence) => {
      const path = `/${digest.replace(':', '/')}.jsonl`;
      files.set(path, `${files.get(path) ?? ''}${Buffer.from(evidence).toString()}\n`);
    },
    '/evidence',
  );
}
