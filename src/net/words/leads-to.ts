/** Where a redirect leads, in words that anybody may read. */
import { resolveTarget } from '../host.ts';
import type { Origin } from '../host.ts';

const HERE: Origin = { scheme: 'https', host: { text: '', name: '', port: undefined, address: undefined } };

/** Host and path of a `Location`; query, fragment and user are left out, since signed addresses carry their secret there. */
export function leadsTo(location: unknown): string | undefined {
  if (typeof location !== 'string') return undefined;
  const to = resolveTarget(location.replace(/[?#].*/s, ''), HERE);
  if (to === undefined) return 'a place that cannot be read';
  return `${to.origin === HERE ? '' : `${to.origin.scheme}://${to.origin.host.text}`}${to.path}`.slice(0, 200);
}
