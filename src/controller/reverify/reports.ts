/** Reports kept as the last round has them: written where something changed, removed where nothing is wrong any more. */
import type { KubeApi, KubeWrites } from '../../cluster/api.ts';
import { listAll } from '../../cluster/list-watch.ts';
import { SYSTEM_TIMERS } from '../../flow/timers.ts';
import { own, ownText } from '../../text/json/fields.ts';
import { MANAGED_BY, reportName, reportOf, reportPath, REPORTS } from './report.ts';
import { stateOf } from './standings.ts';
import type { Standing } from './standings.ts';
import type { PacedWriter } from './writer.ts';

/** Where a round's standings are told. */
export interface StandingReports {
  /** Has all of them told, and nothing else; does not wait until they are. Rejects when it cannot be known what was told before. */
  keep(standings: ReadonlyMap<string, Standing>, at: number, signal: AbortSignal): Promise<void>;
}

const FIELD_MANAGER = 'gatehouse-reverify';
const LIST = `/apis/${REPORTS.group}/${REPORTS.version}/${REPORTS.resource}`;

/** What is to stand in a report. */
interface Wish {
  readonly state: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Reports through the API. Which reports there are is asked in every round, by names and labels alone: what stands in one is never read
 * (attack I13), and one that somebody has deleted is written again. A cluster that does not serve them has none. What is written is what
 * was found last at the moment when it is sent, whatever was wanted when it began to wait.
 */
export function createReports(api: KubeApi, writes: KubeWrites, writer: PacedWriter): StandingReports {
  /** State by path of what stands there; empty where somebody else wrote it last, as a process before this one. */
  const told = new Map<string, string>();
  let wishes: ReadonlyMap<string, Wish> = new Map();

  async function look(signal: AbortSignal): Promise<boolean> {
    const served = await api.get(`/apis/${REPORTS.group}/${REPORTS.version}`, signal);
    if (served.status === 404) return false;
    const { items } = await listAll(metadataOf(api), { path: LIST, read: readName }, { pageSize: 500, timers: SYSTEM_TIMERS, signal });
    // What is under way may be in the list or not.
    for (const path of [...told.keys()]) if (!items.has(path) && !writer.has(path)) told.delete(path);
    for (const path of items.keys()) if (!told.has(path)) told.set(path, '');
    return true;
  }

  async function bring(path: string, until: AbortSignal): Promise<boolean> {
    const wish = wishes.get(path);
    if (told.get(path) === wish?.state) return true;
    const { status } = wish === undefined
      ? await writes.remove(path, until)
      : await writes.apply(path, wish.body, { fieldManager: FIELD_MANAGER }, until);
    if (wish === undefined && (status < 300 || status === 404)) told.delete(path);
    else if (wish !== undefined && status < 300) told.set(path, wish.state);
    return !isForLater(status);
  }

  return {
    async keep(standings, at, signal) {
      if (!(await look(signal))) return;
      const before = wishes;
      wishes = new Map([...standings.values()].map((one) => [pathOf(one), { state: stateOf(one), body: reportOf(one, at).body }]));
      for (const path of new Set([...wishes.keys(), ...told.keys(), ...before.keys()]))
        if (told.get(path) !== wishes.get(path)?.state || writer.has(path)) writer.put(path, (until) => bring(path, until));
    },
  };
}

/** A refusal (a namespace that is going, a right that is wanting) does not become better by being sent again: the next round tries it. */
function isForLater(status: number): boolean {
  return status >= 500 || status === 429 || status === 401;
}

/** Lists names and labels alone. */
function metadataOf(api: KubeApi): KubeApi {
  return { ...api, get: (path, signal) => api.get(`${path}&labelSelector=${encodeURIComponent(SELECTOR)}`, signal, { metadataOnly: true }) };
}

const SELECTOR = `${MANAGED_BY.label}=${MANAGED_BY.value}`;

function readName(object: unknown): { readonly key: string; readonly value: true } | undefined {
  const metadata = own(object, 'metadata');
  const [name, namespace] = [ownText(metadata, 'name') ?? '', ownText(metadata, 'namespace') ?? ''];
  return /^gatehouse-[0-9a-f]{32}$/.test(name) ? { key: reportPath({ namespace, name }), value: true } : undefined;
}

function pathOf(standing: Standing): string {
  return reportPath({ namespace: standing.owner.namespace, name: reportName(standing) });
}
