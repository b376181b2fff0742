/** Which kinds the API server serves, at which paths: asked for, and believed for some seconds. */
import type { Clock } from '../../domain/ports.ts';
import { own, ownList, ownText } from '../../text/json/fields.ts';
import { Askers, currentAsker, onBehalfOf } from '../../flow/asker.ts';
import { untilAborted } from '../../flow/until-aborted.ts';
import { versionsOf } from '../versions.ts';
import { NotKnown } from './asking.ts';
import type { Asking } from './asking.ts';

/** Where objects of one kind are. */
export interface Served {
  /** `/apis/tekton.dev/v1`. */
  readonly path: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

/** What is served. Rejects with {@link NotKnown}. */
export interface Discovery {
  /** The kind at the version that the group prefers among those that have it; `undefined`: it is not served. */
  find(group: string, resource: string, signal: AbortSignal): Promise<Served | undefined>;
  /** What is believed of a group turned out to be wrong. */
  forget(): void;
}

/** How long what was served is believed, and what was not served; milliseconds. */
const BELIEVED_MS = { served: 10_000, absent: 1000 };

interface Remembered {
  readonly at: number;
  readonly askers: Askers;
  readonly answer: Promise<unknown>;
}

/** Asks which kinds there are. The clock is monotonic by default. */
export function createDiscovery(asking: Asking, clock: Clock = { now: () => performance.now() }): Discovery {
  const remembered = new Map<string, Remembered>();

  /** One answer for all who ask meanwhile: it is stopped by its own time, and by nobody who leaves. */
  function document(path: string, believedMs: number, signal: AbortSignal): Promise<unknown> {
    const known = remembered.get(path);
    const isBelieved = known !== undefined && clock.now() - known.at <= believedMs;
    // Who joins waits in his own turn, and not in the queue of whoever asked first.
    if (isBelieved) known.askers.join(currentAsker());
    const answer = isBelieved ? known.answer : ask(path);
    return untilAborted(answer, signal, () => { throw new NotKnown('time ran out before it was known which kinds are served'); });
  }

  function ask(path: string): Promise<unknown> {
    const askers = new Askers(currentAsker());
    const answer = onBehalfOf(askers, () => asking.get(path, NEVER));
    const entry = { at: clock.now(), askers, answer };
    remembered.set(path, entry);
    answer.catch(() => { if (remembered.get(path) === entry) remembered.delete(path); });
    return answer;
  }

  async function paths(group: string, believedMs: number, signal: AbortSignal): Promise<readonly string[]> {
    if (group === '') return ['/api/v1'];
    const groups = ownList(await document('/apis', believedMs, signal), 'groups');
    if (groups === undefined) throw new NotKnown('the API server does not say which groups it serves');
    return versionsOf(groups.find((one) => ownText(one, 'name') === group)).map((version) => `/apis/${group}/${version}`);
  }

  async function look(group: string, resource: string, believedMs: number, signal: AbortSignal): Promise<Served | undefined> {
    for (const path of await paths(group, believedMs, signal)) {
      const resources = ownList(await document(path, believedMs, signal), 'resources');
      if (resources === undefined) throw new NotKnown(`the API server does not say which kinds it serves at ${path}`);
      const found = resources.find((one) => ownText(one, 'name') === resource);
      if (found !== undefined) return { path, resource, namespaced: own(found, 'namespaced') === true };
    }
    return undefined;
  }

  return {
    async find(group, resource, signal) {
      // A kind may have been installed a moment ago.
      return (await look(group, resource, BELIEVED_MS.served, signal)) ?? look(group, resource, BELIEVED_MS.absent, signal);
    },
    forget: () => remembered.clear(),
  };
}

const NEVER = new AbortController().signal;
