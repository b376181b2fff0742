/** What was meant by something that is no image pattern: repaired mechanically, and offered only where it is a pattern. */
import { MAX_PATTERN } from '../../text/glob.ts';

/** `localhost:5000`, `r.example.com:5000`: more likely a host without repository than a name with a tag. */
const HOST_WITH_PORT = /^(?:localhost|[^:]*[.][^:]*):[0-9*]*$/i;
const HOST = /[.:]|^localhost$/i;
const MOST_CHOICES = 4;

/** The pattern without a tag: a colon in the last segment, unless the only segment is a host with a port. */
export function withoutTag(source: string): string {
  const colon = source.lastIndexOf(':');
  return colon > source.lastIndexOf('/') && (source.includes('/') || !HOST_WITH_PORT.test(source)) ? source.slice(0, colon) : source;
}

/**
 * `; write "ghcr.io/acme/app"`, for whoever wrote a scheme, a tag, capital letters or braces: the path is kept, and every pattern that
 * is named is accepted when it is written. Empty when no repair comes to that.
 */
export function suggestion(source: string, accepts: (pattern: string) => boolean): string {
  if (source.length > MAX_PATTERN) return '';
  const choices = expanded(source).map(repaired);
  if (choices.length === 0 || choices.some((choice) => choice === source || !accepts(choice))) return '';
  const written = choices.map((choice) => JSON.stringify(choice));
  return written.length === 1 ? `; write ${written[0] ?? ''}` : `; write ${written.join(' and ')}, each as an entry of its own`;
}

/** `{a,b}` of shells, which is no wildcard here, as the texts it stands for. */
function expanded(source: string): readonly string[] {
  const [, before = '', choices = '', after = ''] = /^([^{}]*)\{([^{}]*)\}([^{}]*)$/.exec(source) ?? [];
  const all = choices.split(',');
  return choices === '' || all.length > MOST_CHOICES ? [source] : [...new Set(all.map((choice) => `${before}${choice.trim()}${after}`))];
}

function repaired(source: string): string {
  const bare = source.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/@.*$/s, '');
  const untagged = withoutTag(bare).toLowerCase().replaceAll(/\/{2,}/g, '/').replaceAll(/^\/|\/$/g, '');
  const [first = '', ...rest] = untagged.split('/');
  const hosted = HOST.test(first);
  const path = (hosted ? rest : [first, ...rest]).map(segment);
  if (!hosted) return path.join('/');
  const host = first.replaceAll(/\*{2,}/g, '*').replace(/^\*[a-z0-9*-]*[.]docker[.]io(?::443)?$/, 'docker.io');
  return [host, ...(path.length === 0 ? ['**'] : path)].join('/');
}

/** `**` stands alone or not at all. */
function segment(text: string): string {
  return /^\*+$/.test(text) ? text.replace(/^\*{3,}$/, '**') : text.replaceAll(/\*{2,}/g, '*');
}
