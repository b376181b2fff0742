/** Following TUF repositories over the network, in the one way that server and commands share. */
import { createTrustRootFollower } from '../../feeds/trust-roots/index.ts';
import type { FileStore, TrustRootEvents, TrustRootFollower } from '../../feeds/trust-roots/index.ts';
import { createTufMirror } from '../../fetch/index.ts';
import type { TufMirrorOptions } from '../../fetch/index.ts';
import { createTufRootSource } from '../../trust/index.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';

/** What following TUF repositories takes. */
export interface TufOptions extends Pick<TufMirrorOptions, 'plainHttp' | 'registries'> {
  /** Where metadata of a root is kept; `id` is a safe name for a folder. */
  store(id: string): FileStore;
  readonly events: TrustRootEvents;
  /** What may be used has changed. */
  changed(): void;
}

/** Follows the TUF repositories that trust roots name, over the network, until the lifetime ends. */
export function openTuf({ plainHttp, registries, store, events, changed }: TufOptions, lifetime: Lifetime): TrustRootFollower {
  const mirror = createTufMirror({ ...outbound(), plainHttp, registries });
  lifetime.defer(() => mirror.close());
  const follower = createTrustRootFollower({
    clock: Date,
    open: (spec, id) => createTufRootSource(spec, { store: store(id), files: mirror.files }),
    events,
    changed,
  });
  lifetime.defer(() => follower.close());
  return follower;
}
