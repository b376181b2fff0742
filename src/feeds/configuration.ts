/** The configuration file, followed while the server runs: taken over as a whole, or refused as a whole. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatConfigProblem } from '../platform/config/config.ts';
import type { ConfigResult, ServerConfig } from '../platform/config/config.ts';
import { readInputFile } from '../platform/input-file.ts';
import type { Feed } from './feed.ts';
import { createHeld, messageOf, shown } from './held.ts';
import { poll } from './polling.ts';
import type { FeedTime } from './polling.ts';

/** How the file is followed. */
export interface ConfigurationOptions {
  readonly path: string;
  /** Checks its text; names the files that it took more from. */
  check(text: string): ConfigResult;
  /** Puts a checked configuration in force, or rejects and has changed nothing. */
  takeOver(config: ServerConfig): Promise<void>;
  /** Told why what is there now is not in force, a line a problem, once per content; must not throw. */
  readonly refused: (problems: readonly string[]) => void;
  readonly pollMs?: number;
  /** How long the file must rest before it is read: half of one may be a good one with less in it. */
  readonly settleMs?: number;
  readonly time?: FeedTime;
}

const POLL_MS = 5000;
const SETTLE_MS = 200;
const MAX_ROUNDS = 10;
const MOST_BYTES = 1024 * 1024;

/** What was read last. */
interface Content {
  readonly text: string;
  readonly mark: string;
}

/** Refused with a line for each of its problems. */
class RefusedConfiguration extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/**
 * Follows the file; the first look is under way when this returns. The feed's value is what was taken over last, and there is none as
 * long as the file says what the server was started with.
 */
export function followConfiguration(options: ConfigurationOptions): Feed<ServerConfig | undefined> {
  const { path, check, takeOver, refused, pollMs = POLL_MS, settleMs = SETTLE_MS, time } = options;
  const held = createHeld<ServerConfig>({
    name: 'configuration',
    ...(time === undefined ? {} : { clock: time.clock }),
    refused: (cause) => refused(cause instanceof RefusedConfiguration ? cause.problems : [messageOf(cause)]),
  });
  /** Files that the one in question takes more from (authorities). */
  let others: readonly string[] = [];
  let first = true;

  /** What the files say, once they said it before they were checked and still do afterwards; nothing when it is known, or keeps changing. */
  const checked = async (): Promise<{ readonly mark: string; readonly result: ConfigResult } | undefined> => {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const before = await read(path, others);
      if (held.same(before.mark)) return undefined;
      if (!first) await sleep(settleMs);
      const result = check(before.text);
      const named = result.files ?? [];
      const isSame = named.join('\0') === others.join('\0') && (await read(path, named)).mark === before.mark;
      others = named;
      if (isSame) return { mark: before.mark, result };
    }
    return undefined;
  };
  const look = async (): Promise<void> => {
    try {
      const content = await checked();
      if (content === undefined) return;
      const { mark, result } = content;
      if (!result.ok) return void held.refuse(new RefusedConfiguration(result.problems.map(formatConfigProblem)), mark);
      await takeOver(result.config);
      held.offer(mark, () => result.config);
    } catch (cause) {
      held.unreadable(cause);
    } finally {
      first = false;
    }
  };

  const polling = poll({ look, pauseMs: () => pollMs, watch: [dirname(path)], ...(time === undefined ? {} : { time }) });
  void polling.now();
  return {
    ...shown(held),
    current: held.current,
    refresh: polling.now,
    close() {
      polling.stop();
      held.close();
    },
  };
}

/** The file and those that it takes more from; one of these that cannot be read is the checker's to tell. */
async function read(path: string, others: readonly string[]): Promise<Content> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > MOST_BYTES) throw new Error(`${path}: file is larger than ${MOST_BYTES} bytes`);
  const bytes = await readInputFile(path);
  if (bytes.length > MOST_BYTES) throw new Error(`${path}: file is larger than ${MOST_BYTES} bytes`);
  const hash = createHash('sha256').update(bytes);
  for (const other of others) hash.update(`\0${other}\0`).update(await readPlain(other).catch(() => 'unreadable'));
  return { text: decoded(bytes, path), mark: hash.digest('hex') };
}

/** Of what is no file or too large the checker says so. */
async function readPlain(path: string): Promise<Buffer> {
  const found = await stat(path);
  if (!found.isFile() || found.size > MOST_BYTES) throw new Error(`${path}: no file`);
  return readFile(path);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Error(`${path}: expected text in UTF-8, found bytes that are not`);
  }
}
