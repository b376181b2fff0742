/** Following what trust roots are published as, TUF repositories and bundles, in the one way that server and commands share. */
import { createTrustRootFollower } from '../../feeds/trust-roots/index.ts';
import type { FileStore, TrustRootEvents, TrustRootFollower } from '../../feeds/trust-roots/index.ts';
import { createTufMirror } from '../../fetch/index.ts';
import type { TufMirror, OutwardOptions } from '../../fetch/index.ts';
import { createTufRootSource } from '../../trust/index.ts';
import { outbound } from '../environment.ts';
import type { Lifetime } from '../lifetime.ts';
import { bundleSource } from './bundles.ts';
import type { BundleEndpoints } from './bundles.ts';

/** What following TUF repositories takes. */
export interface TufOptions {
  /** With what mirrors are read, as it is at the moment. */
  mirror(): Pick<TufMirror, 'files'>;
  /** With what bundle endpoints are asked, as it is at the moment. */
  endpoints(): BundleEndpoints;
  /** Where metadata of a root is kept; `id` is a safe name for a folder. */
  store(id: string): FileStore;
  readonly events: TrustRootEvents;
  /** What may be used has changed. */
  changed(): void;
}

/** Reads mirrors over the network, until it is closed. */
export function openMirror({ plainHttp, registries }: Pick<OutwardOptions, 'plainHttp' | 'registries'>): TufMirror {
  return createTufMirror({ ...outbound(), plainHttp, registries });
}

/** Follows the TUF repositories and bundles that trust roots name, until the lifetime ends. */
export function openTuf({ mirror, endpoints, store, events, changed }: TufOptions, lifetime: Lifetime): TrustRootFollower {
  const follower = createTrustRootFollower({
    clock: Date,
    open: (spec, id) => createTufRootSource(spec, { store: store(id), files: (baseUrl, signal) => mirror().files(baseUrl, signal) }),
    openBundle: (spec, id) => bundleSource(spec, store(id), endpoints),
    events,
    changed,
  });
  lifetime.defer(() => follower.close());
  return follower;
}
