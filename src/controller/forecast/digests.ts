/** What runs in a pod that was admitted by tag: the digests that the node has reported of it. */
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';

/** Digests by the image as the pod writes it. */
export type Pins = ReadonlyMap<string, string>;

/** Lists of containers, and where the node tells what became of each. */
const LISTS = [
  ['containers', 'containerStatuses'], ['initContainers', 'initContainerStatuses'], ['ephemeralContainers', 'ephemeralContainerStatuses'],
] as const;
/** More than so many different ones of a moved tag are judged no more: they are as many questions. */
const MOST_VARIANTS = 4;

/**
 * The digests of images that a pod names by tag. One tag can have moved between two of its containers: then there is a variant for
 * each digest. Of a pod that has not begun, and of images that a runtime names by an id of its own, none is known.
 */
export function runningDigests(pod: unknown): readonly Pins[] {
  const [spec, status] = [own(pod, 'spec'), own(pod, 'status')];
  const found = new Map<string, string[]>();
  for (const [list, statuses] of LISTS) {
    const told = ownList(status, statuses) ?? [];
    for (const container of ownList(spec, list) ?? []) {
      const image = ownText(container, 'image');
      if (!isObject(container) || image === undefined || image.includes('@')) continue;
      const digest = digestOf(told.find((one) => ownText(one, 'name') === ownText(container, 'name')));
      const known = found.get(image) ?? [];
      if (digest !== undefined && !known.includes(digest)) found.set(image, [...known, digest]);
    }
  }
  const variants = Math.min(MOST_VARIANTS, Math.max(1, ...[...found.values()].map(({ length }) => length)));
  return Array.from({ length: variants }, (_, index) =>
    new Map([...found].map(([image, digests]) => [image, digests[Math.min(index, digests.length - 1)] ?? ''])));
}

/**
 * `docker.io/library/nginx@sha256:…`, as containerd and CRI-O write it, or `docker-pullable://nginx@sha256:…`. A digest without a name
 * is that of a configuration, which no evidence speaks about.
 */
function digestOf(status: unknown): string | undefined {
  return /^[^@]+@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.exec(ownText(status, 'imageID') ?? '')?.[1];
}
