/** The replicas behind the Service: where each is asked, as EndpointSlices say it. */
import type { KubeApi } from '../../cluster/api.ts';
import { CONFIRMED_BY_BOOKMARKS, follow } from '../../feeds/followed.ts';
import type { FollowOptions } from '../../feeds/followed.ts';
import type { Feed } from '../../feeds/feed.ts';
import { own, ownList, ownText, ownTexts } from '../../text/json/fields.ts';

/** Where one replica is asked. */
export interface ReplicaAddress {
  readonly host: string;
  readonly port: number;
}

/** Replicas that are followed. */
export interface Replicas {
  readonly feed: Feed<unknown>;
  /** All that are not gone, ready or not: what one counted before it became unready counts. `undefined` before they were listed. */
  all(): readonly ReplicaAddress[] | undefined;
  close(): void;
}

/** Which Service, and which of its ports. */
export interface ReplicaService {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
}

/** Nobody has as many; whoever writes EndpointSlices must not make us ask the whole network. */
const MOST_REPLICAS = 64;

/** Follows the EndpointSlices of the Service. */
export function followReplicas(api: KubeApi, { namespace, service, port }: ReplicaService, options: FollowOptions = {}): Replicas {
  const feed = follow<readonly ReplicaAddress[]>('replicas', api, {
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    read(object) {
      const metadata = own(object, 'metadata');
      const name = ownText(metadata, 'name');
      if (name === undefined || ownTexts(metadata, 'labels')['kubernetes.io/service-name'] !== service) return undefined;
      return { key: name, value: addressesOf(object, port) };
    },
  }, { ...CONFIRMED_BY_BOOKMARKS, ...options });
  return {
    feed,
    all() {
      const known = feed.current();
      if (known === undefined) return undefined;
      return [...new Map([...known.values()].flat().map((one) => [`${one.host} ${one.port}`, one])).values()].slice(0, MOST_REPLICAS);
    },
    close: feed.close,
  };
}

function addressesOf(slice: unknown, wanted: string): readonly ReplicaAddress[] {
  const port = own((ownList(slice, 'ports') ?? []).find((one) => ownText(one, 'name') === wanted), 'port');
  if (typeof port !== 'number' || ownText(slice, 'addressType') === 'FQDN') return [];
  return (ownList(slice, 'endpoints') ?? []).flatMap((endpoint) => {
    const host = ownList(endpoint, 'addresses')?.[0];
    return typeof host === 'string' ? [{ host, port }] : [];
  });
}
