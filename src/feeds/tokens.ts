/** A file of tokens, followed while the server runs: what is taken out of it is dead within seconds. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readInputFile } from '../platform/input-file.ts';
import { NO_TOKENS, parseTokens } from '../platform/tokens.ts';
import type { Tokens } from '../platform/tokens.ts';
import type { Feed } from './feed.ts';
import { createHeld, messageOf, shown } from './held.ts';
import { poll } from './polling.ts';
import type { FeedTime } from './polling.ts';

/** Told what happened to the tokens; must not throw, and is never told a token. */
export interface TokenEvents {
  /** Other tokens are valid now; without any, nobody can show one. */
  loaded(tokens: Tokens): void;
  /** What the file holds now cannot be used; the tokens in force stay. Told once per content. */
  refused(problem: string): void;
}

const POLL_MS = 5000;
const MAX_BYTES = 64 * 1024;

/**
 * Follows a file of tokens under a name of its own. A file that is not there holds no tokens, because a Secret may be made later
 * and its removal has to count; one that is broken is refused as a whole. Throws when the first content is broken.
 */
export async function openTokens(
  name: string,
  path: string,
  events: TokenEvents,
  pollMs = POLL_MS,
  time?: FeedTime,
): Promise<Feed<Tokens>> {
  const held = createHeld<Tokens>({
    name,
    ...(time === undefined ? {} : { clock: time.clock }),
    took: events.loaded,
    refused: (cause) => events.refused(messageOf(cause)),
  });
  const first = await read(path);
  const initial = first.tokens();
  held.offer(first.mark, () => initial);
  const look = async (): Promise<void> => {
    try {
      const { mark, tokens } = await read(path);
      held.offer(mark, tokens);
    } catch (cause) {
      held.unreadable(cause);
    }
  };
  const polling = poll({ look, pauseMs: () => pollMs, watch: [dirname(path)], ...(time === undefined ? {} : { time }) });
  return {
    ...shown(held),
    current: () => held.current() ?? NO_TOKENS,
    refresh: polling.now,
    close() {
      polling.stop();
      held.close();
    },
  };
}

async function read(path: string): Promise<{ readonly mark: string; readonly tokens: () => Tokens }> {
  const fileTime = await stat(path).then(({ mtimeMs }) => mtimeMs, (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new Error(`${path}: file cannot be read (${cause.code ?? 'unknown error'})`);
  });
  if (fileTime === undefined) return { mark: 'absent', tokens: () => NO_TOKENS };
  const bytes = await readInputFile(path);
  const mark = createHash('sha256').update(bytes).digest('hex');
  return {
    mark,
    tokens() {
      if (bytes.length > MAX_BYTES) throw new Error(`${path}: expected at most ${MAX_BYTES} bytes`);
      try {
        return parseTokens(bytes.toString('utf8'), fileTime);
      } catch (cause) {
        throw new Error(`${path}: ${messageOf(cause)}`, { cause });
      }
    },
  };
}
