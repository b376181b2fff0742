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

/**
 * Reports through the API. Whether there are reports of before is asked once, by names and labels alone: what stands in one is never read
 * (attack I13). A cluster that does not serve them has none, and is asked again in the next round.
 */
export function createReports(api: KubeApi, writes: KubeWrites, writer: PacedWriter): StandingReports {
  /** State by path; empty where the report is of a process before this one. */
  let told: Map<string, string> | undefined;

  async function before(signal: AbortSignal): Promise<Map<string, string> | undefined> {
    const served = await api.get(`/apis/${REPORTS.group}/${REPORTS.version}`, signal);
    if (served.status === 404) return undefined;
    const ours = await listAll(metadataOf(api), { path: LIST, read: readName }, { pageSize: 500, timers: SYSTEM_TIMERS, signal });
    return new Map([...ours.items.keys()].map((path) => [path, '']));
  }

  return {
    async keep(standings, at, signal) {
      told ??= await before(signal);
      if (told === undefined) return;
      const [known, wanted] = [told, new Map([...standings.values()].map((one) => [pathOf(one), one] as const))];
      for (const [path, standing] of wanted) {
        const state = stateOf(standing);
        if (known.get(path) === state) continue;
        const { body } = reportOf(standing, at);
        writer.put(path, async (until) => {
          const { status } = await writes.apply(path, body, { fieldManager: FIELD_MANAGER }, until);
          if (status < 300) known.set(path, state);
          return !isForLater(status);
        });
      }
      for (const path of known.keys()) {
        if (wanted.has(path)) continue;
        writer.put(path, async (until) => {
          const { status } = await writes.remove(path, until);
          if (status < 300 || status === 404) known.delete(path);
          return !isForLater(status);
        });
      }
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
