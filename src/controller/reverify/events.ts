/** Events at owners whose pods would be let in no more: one for each change, and no flood. */
import type { KubeWrites } from '../../cluster/api.ts';
import { sha256Hex } from '../../text/sha256.ts';
import { shownBytes } from '../../text/shown.ts';
import { codesOf } from './standings.ts';
import type { Standing } from './standings.ts';
import type { PacedWriter } from './writer.ts';

/** Told of each owner that is refused for other reasons than in the round before. */
export interface StandingEvents {
  tell(standing: Standing, at: number): void;
  /** Events that were left out because there were too many. */
  readonly dropped: number;
}

const REASON = 'NoLongerAdmitted';
/** Bytes; the API server takes no more. */
const MOST_NOTE = 1024;
const MINUTE = 60_000;

/** Who reports, and how many Events a minute. */
export interface EventOptions {
  /** Name of the pod that writes them. */
  readonly instance: string;
  /** Default 60. */
  readonly perMinute?: number;
  /** Of these in one namespace, so that nobody's Events push out those of all others. Default 20. */
  readonly ofNamespace?: number;
}

/**
 * Events of events.k8s.io. The name of one follows from its owner and reasons, so that a process that begins anew writes the same one
 * again, which changes nothing.
 */
export function createStandingEvents(
  writes: KubeWrites, writer: PacedWriter, { instance, perMinute = 60, ofNamespace = 20 }: EventOptions,
): StandingEvents {
  let [began, inMinute, dropped] = [-Infinity, 0, 0];
  const byNamespace = new Map<string, number>();
  return {
    tell(standing, at) {
      const { owner } = standing;
      // A clock that was set back begins another minute.
      if (at - began >= MINUTE || at < began) {
        [began, inMinute] = [at, 0];
        byNamespace.clear();
      }
      const own = byNamespace.get(owner.namespace) ?? 0;
      if (inMinute >= perMinute || own >= ofNamespace) {
        dropped += 1;
        return;
      }
      inMinute += 1;
      byNamespace.set(owner.namespace, own + 1);
      const name = `gatehouse-${sha256Hex(JSON.stringify([standing.key, codesOf(standing)])).slice(0, 32)}`;
      const path = `/apis/events.k8s.io/v1/namespaces/${owner.namespace}/events/${name}`;
      const body = {
        apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name, namespace: owner.namespace },
        eventTime: new Date(at).toISOString().replace('Z', '000Z'), type: 'Warning', reason: REASON, action: 'Reverify',
        reportingController: 'gatehouse.dev/controller', reportingInstance: instance, regarding: owner, note: noteOf(standing),
      };
      writer.put(path, async (signal) => {
        const { status } = await writes.apply(path, body, { fieldManager: 'gatehouse-reverify' }, signal);
        return status < 500 && status !== 429;
      });
    },
    get dropped() { return dropped; },
  };
}

function noteOf({ results }: Standing): string {
  const all = [...results.values()];
  const pods = Math.max(...all.map(({ count }) => count));
  const lines = all.slice(0, 3).map(({ message }) => message);
  const more = all.length > 3 ? `; ${all.length - 3} more` : '';
  const head = pods === 1 ? '1 running pod would not be admitted now, and is left alone' : `${pods} running pods would not be admitted now, and are left alone`;
  return shownBytes(`${head}: ${lines.join('; ')}${more}`, MOST_NOTE);
}
