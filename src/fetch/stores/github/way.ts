/** The way to addresses that an answer names, where the configuration says how they begin. */
import { originText, parseHttpUrl } from '../../../net/host.ts';
import type { StoreAddress, StoreHttp } from '../ask.ts';
import type { OpenStore } from '../store.ts';

/** Segments that lead up, and slashes that only some readers see. */
const LEADS_UP = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|\\|%2f|%5c/i;

/** The way to addresses that begin like one of `bases`: the same host, and below the path. No token goes along. */
export function wayTo(bases: readonly string[], { kind, ca }: StoreAddress, http: StoreHttp): OpenStore['elsewhere'] {
  const places = bases.map((url) => {
    const [origin = url] = /^https?:\/\/[^/]+/.exec(url) ?? [];
    return { base: parseHttpUrl(url), ask: http.at({ kind, url: origin, ca }).ask };
  });
  return (url) => {
    const to = parseHttpUrl(url);
    if (to === undefined || LEADS_UP.test(to.path.replace(/\?.*/s, ''))) return undefined;
    const found = places.find(({ base }) => base !== undefined && originText(base.origin) === originText(to.origin)
      && to.path.startsWith(`${base.path.replace(/\/+$/, '')}/`));
    return found === undefined ? undefined : { ask: found.ask, path: to.path };
  };
}
