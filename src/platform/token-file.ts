/** A file of tokens as it is now: its content by a mark, judged when that is new. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { readInputFile } from './input-file.ts';
import { NO_TOKENS, parseTokens } from './tokens.ts';
import type { Tokens } from './tokens.ts';

/** What a file holds now. Marks are equal only for equal content. */
export interface TokenFile {
  readonly mark: string;
  /** Its tokens; throws with the path and what is wrong, and never with a token. */
  tokens(): Tokens;
}

const MAX_BYTES = 64 * 1024;

/** Reads a file of tokens; one that is not there holds none. Rejects when it is there and cannot be read. */
export async function readTokenFile(path: string): Promise<TokenFile> {
  const fileTime = await stat(path).then(({ mtimeMs }) => mtimeMs, (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new Error(`${path}: file cannot be read (${cause.code ?? 'unknown error'})`);
  });
  if (fileTime === undefined) return { mark: 'absent', tokens: () => NO_TOKENS };
  const bytes = await readInputFile(path);
  return {
    mark: createHash('sha256').update(bytes).digest('hex'),
    tokens() {
      if (bytes.length > MAX_BYTES) throw new Error(`${path}: expected at most ${MAX_BYTES} bytes`);
      try {
        return parseTokens(bytes.toString('utf8'), fileTime);
      } catch (cause) {
        throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    },
  };
}
