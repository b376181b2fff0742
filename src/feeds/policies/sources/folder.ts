/** Policies from a folder: its files are one set, in force with all of them or not at all. */
import { inSlices } from '../../../flow/slices.ts';
import { createHeld, messageOf, shown } from '../../held.ts';
import { poll } from '../../polling.ts';
import type { FeedTime } from '../../polling.ts';
import { listPolicyFiles, markSteps } from '../files.ts';
import { POLL_MS, readSettled, SETTLE_MS } from '../settled.ts';
import type { PolicySource, SourceContent } from '../source.ts';

/** How a folder is followed. */
export interface FolderSourceOptions {
  /** Its name in metrics and messages. */
  readonly name: string;
  readonly folders: readonly string[];
  /** Told why it cannot be read, once per problem; must not throw. */
  readonly failed?: (problem: string) => void;
  readonly pollMs?: number | undefined;
  readonly settleMs?: number;
  readonly time?: FeedTime;
}

/** Follows folders, or files, that are one set; the first look is under way when this returns. */
export function folderSource({ name, folders, failed, pollMs = POLL_MS, settleMs = SETTLE_MS, time }: FolderSourceOptions): PolicySource {
  const held = createHeld<SourceContent>({
    name,
    ...(time === undefined ? {} : { clock: time.clock }),
    refused: (cause) => failed?.(messageOf(cause)),
  });
  let first = true;
  let last: { readonly signature: string; readonly mark: string } | undefined;
  const look = async (): Promise<void> => {
    try {
      const { signature } = await listPolicyFiles(folders);
      if (signature === last?.signature && held.same(last.mark)) return;
      const read = await readSettled(folders, first ? 0 : settleMs);
      if (read === undefined) return;
      const { files } = read;
      const mark = await inSlices(markSteps(files));
      last = { signature: read.signature, mark };
      held.offer(mark, () => ({ mark, files }));
    } catch (cause) {
      held.unreadable(cause);
    } finally {
      first = false;
    }
  };
  const polling = poll({ look, pauseMs: () => pollMs, watch: folders, ...(time === undefined ? {} : { time }) });
  void polling.now();
  return {
    ...shown(held),
    judged: 'whole',
    current: held.current,
    refresh: polling.now,
    close() {
      polling.stop();
      held.close();
    },
  };
}
