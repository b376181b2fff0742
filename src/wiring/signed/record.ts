/** The record of versions in its file or Secret: read by every replica, and written by the one that holds its key. */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createKubeApi, findKubeAccess } from '../../cluster/api.ts';
import type { KubeApi, KubeReplaces } from '../../cluster/api.ts';
import { createSecretValue } from '../../cluster/secret-value.ts';
import { documentFile, followDocument } from '../../feeds/documents.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import type { PolicySignaturesConfig } from '../../platform/config/policy-signatures.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { readRecord, RECORD_PAYLOAD_TYPE, recordText } from '../../signed/index.ts';
import type { VersionRecord, Versions } from '../../signed/index.ts';
import { readSealingKey } from '../../vouch/index.ts';
import type { SealingKey } from '../../vouch/index.ts';

/** Largest record that is read. */
const MOST_BYTES = 4 * 1024 * 1024;
const POLL_MS = 5000;
const AGAIN_MS = 10_000;

/** The key of a Secret under which the record lies. */
export const RECORD_KEY = 'record.json';
const WRITTEN_WITHIN_MS = 30_000;

/** Where the record lies. */
interface RecordPlace {
  load(signal: AbortSignal): Promise<Uint8Array>;
  /** Rejects where something else lies there than `instead`: a record is raised over the one that was read, and over no other. */
  write(text: string, instead: Uint8Array): Promise<void>;
  readonly watch: readonly string[];
}

/** The API server, where the record is in a Secret. */
export type RecordCluster = () => Promise<Pick<KubeApi, 'get'> & KubeReplaces>;

async function placeOf({ file, secret }: NonNullable<PolicySignaturesConfig['record']>, cluster: RecordCluster): Promise<RecordPlace> {
  if (secret !== undefined) {
    const [namespace = '', name = ''] = secret.split('/');
    const value = createSecretValue(await cluster(), { namespace, name, key: RECORD_KEY });
    return { load: value.read, write: (text, instead) => value.write(text, instead, AbortSignal.timeout(WRITTEN_WITHIN_MS)), watch: [] };
  }
  const path = file ?? '';
  const load = documentFile(path, MOST_BYTES);
  return {
    load,
    async write(text, instead) {
      if (Buffer.compare(await load(AbortSignal.timeout(WRITTEN_WITHIN_MS)), instead) !== 0)
        throw new Error(`${path}: was written by somebody else meanwhile`);
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
    watch: [dirname(path)],
  };
}

/** Reads the record once; rejects with words for people when it cannot be used. */
export async function loadRecord(
  config: NonNullable<PolicySignaturesConfig['record']>, cluster: RecordCluster, signal: AbortSignal,
): Promise<VersionRecord> {
  const key = openKey(config.key ?? config.publicKey ?? '');
  return recordIn(await (await placeOf(config, cluster)).load(signal), key);
}

function recordIn(bytes: Uint8Array, key: SealingKey): VersionRecord {
  return readRecord(key.open(RECORD_PAYLOAD_TYPE, Buffer.from(bytes).toString('utf8').trim(), MOST_BYTES));
}

/** What is done with the record while the server runs. */
export interface RecordKeeper {
  readonly feed: Feed<VersionRecord | undefined>;
  /** Writes what was seen, where the key is here and the record is not lost: a lost one is made anew by people alone. */
  write(): Promise<void>;
}

/** Follows the record; resolves when it was read once, or could not be. Throws for a key that cannot be used. */
export async function openRecord(
  config: NonNullable<PolicySignaturesConfig['record']>,
  versions: Versions,
  { logger, cluster, regained, pollMs = POLL_MS }: Pick<Telemetry, 'logger'> & {
    readonly cluster: RecordCluster;
    /** Called when a record that was lost is back. */
    readonly regained: () => void;
    readonly pollMs?: number | undefined;
  },
): Promise<RecordKeeper> {
  const key = openKey(config.key ?? config.publicKey ?? '');
  const place = await placeOf(config, cluster);
  let read: Uint8Array = new Uint8Array();
  let again: NodeJS.Timeout | undefined;
  const write = async (): Promise<void> => {
    // What others have written meanwhile is read first: it is raised as well, or it is no record.
    await feed.refresh();
    const { serial, documents } = versions.seen();
    if (!key.canSeal || versions.state().kind !== 'held' || !hasNews(documents, feed.current())) return;
    const text = key.seal(RECORD_PAYLOAD_TYPE, Buffer.from(recordText({ serial: serial + 1, documents })));
    try {
      await place.write(`${text}\n`, read);
      await feed.refresh();
    } catch (cause) {
      logger.error({ problem: cause instanceof Error ? cause.message : String(cause) }, 'record of versions of policies cannot be written, and will be tried again');
      again ??= setTimeout(() => {
        again = undefined;
        void queue();
      }, AGAIN_MS).unref();
    }
  };
  let writing = Promise.resolve();
  const queue = (): Promise<void> => (writing = writing.then(write));
  const feed = followDocument<VersionRecord>({
    name: 'policy-versions',
    async load(signal) {
      read = await place.load(signal);
      return read;
    },
    read(bytes) {
      const record = recordIn(bytes, key);
      const wasLost = versions.state().kind === 'lost';
      versions.take(record);
      if (wasLost) {
        regained();
        // What came into force while it was lost, or could not be written, is not in it.
        void queue();
      }
      return record;
    },
    pauseMs: () => pollMs,
    staleMs: Infinity,
    refused(problem) {
      versions.lose(problem);
      logger.error({ problem }, 'record of versions of policies is lost: nothing but what is in force is used until it is back, or made anew with gatehouse policy record');
    },
    watch: place.watch,
  });
  await feed.refresh();
  return { feed, write: queue };
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

/** The API server of the configuration; throws where there is none, for the record would be lost from the beginning. */
export async function recordCluster({ kubernetes: { enabled, kubeconfig } }: Pick<ServerConfig, 'kubernetes'>): ReturnType<RecordCluster> {
  const inCluster = process.env['KUBERNETES_SERVICE_HOST'] === undefined ? false : process.env;
  const access = enabled === false ? undefined : await findKubeAccess(kubeconfig, inCluster);
  if (access === undefined) throw new Error('policySignatures.record.secret: there is no API server: this is no pod and kubernetes.kubeconfig names no file');
  return createKubeApi(access);
}
