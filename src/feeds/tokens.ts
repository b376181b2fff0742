/** A file of tokens, followed while the server runs: what is taken out of it is dead within seconds. */
import { dirname } from 'node:path';
import { readTokenFile } from '../platform/token-file.ts';
import { NO_TOKENS } from '../platform/tokens.ts';
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
  const first = await readTokenFile(path);
  const initial = first.tokens();
  held.offer(first.mark, () => initial);
  const look = async (): Promise<void> => {
    try {
      const { mark, tokens } = await readTokenFile(path);
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
