/** The record of versions in its file: read by every replica, and written by the one that holds its key. */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { documentFile, followDocument } from '../../feeds/documents.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { PolicySignaturesConfig } from '../../platform/config/policy-signatures.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { readRecord, RECORD_PAYLOAD_TYPE, recordText } from '../../signed/index.ts';
import type { VersionRecord, Versions } from '../../signed/index.ts';
import { readSealingKey } from '../../vouch/index.ts';
import type { SealingKey } from '../../vouch/index.ts';

/** Largest record that is read. */
const MOST_BYTES = 4 * 1024 * 1024;
const POLL_MS = 5000;

/** What is done with the record while the server runs. */
export interface RecordKeeper {
  readonly feed: Feed<VersionRecord | undefined>;
  /** Writes what was seen, where the key is here and the record is not lost: a lost one is made anew by people alone. */
  write(): Promise<void>;
}

/** Follows the record; resolves when it was read once, or could not be. Throws for a key that cannot be used. */
export async function openRecord(
  { file, key: privateKey, publicKey }: NonNullable<PolicySignaturesConfig['record']>,
  versions: Versions,
  { logger }: Pick<Telemetry, 'logger'>,
  regained: () => void,
  pollMs = POLL_MS,
): Promise<RecordKeeper> {
  const key = openKey(privateKey ?? publicKey ?? '');
  const feed = followDocument<VersionRecord>({
    name: 'policy-versions',
    load: documentFile(file, MOST_BYTES),
    read(bytes) {
      const record = readRecord(key.open(RECORD_PAYLOAD_TYPE, Buffer.from(bytes).toString('utf8').trim(), MOST_BYTES));
      const wasLost = versions.state().kind === 'lost';
      versions.take(record);
      if (wasLost) regained();
      return record;
    },
    pauseMs: () => pollMs,
    staleMs: Infinity,
    refused(problem) {
      versions.lose(problem);
      logger.error({ problem }, 'record of versions of policies is lost: nothing but what is in force is used until it is back, or made anew with gatehouse policy record');
    },
    watch: [dirname(file)],
  });
  await feed.refresh();
  let writing = Promise.resolve();
  const write = async (): Promise<void> => {
    const { serial, documents } = versions.seen();
    if (!key.canSeal || versions.state().kind !== 'held' || !hasNews(documents, feed.current())) return;
    const text = key.seal(RECORD_PAYLOAD_TYPE, Buffer.from(recordText({ serial: serial + 1, documents })));
    const beside = `${file}.new`;
    try {
      await writeFile(beside, `${text}\n`, { mode: 0o600 });
      await rename(beside, file);
      await feed.refresh();
    } catch (cause) {
      logger.error({ problem: cause instanceof Error ? cause.message : String(cause) }, 'record of versions of policies cannot be written');
    }
  };
  return {
    feed,
    write: () => (writing = writing.then(write)),
  };
}

function hasNews(seen: VersionRecord['documents'], record: VersionRecord | undefined): boolean {
  return [...seen].some(([name, { version }]) => version > (record?.documents.get(name)?.version ?? 0));
}

function openKey(path: string): SealingKey {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`policySignatures.record: ${path}: file cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  return readSealingKey(`policySignatures.record: ${path}`, text);
}
