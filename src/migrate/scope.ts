/** Patterns of others over whole references, tag and all, become patterns over names: never one name fewer where something is demanded. */
import { parseArtifactPattern } from '../policy/match/artifact-pattern.ts';

/** More alternatives than these of one pattern are not written out. */
const MOST = 27;

/**
 * What a foreign pattern comes to. `wide` matches every image that it matches, and perhaps more: for what is demanded. `narrow` matches no
 * image that it does not match, and perhaps fewer: for what is left out or let through.
 */
export interface Scope {
  readonly wide: readonly string[];
  readonly narrow: readonly string[];
  /** Why `wide` matches more, for people; absent: it does not, but for tags and digests. */
  readonly wider?: string;
}

/** Every image. */
export const EVERYTHING: Scope = { wide: ['**'], narrow: ['**'] };

/**
 * Reads a pattern in which `*` stands for characters of one segment and `**` for any, compared with `NAME:TAG` or `NAME@DIGEST` as a whole.
 * Docker Hub goes without a host there where none is written.
 */
export function scopeOf(pattern: string): Scope {
  const glob = pattern.replaceAll(/\*{3,}/g, '**');
  const slash = glob.lastIndexOf('/');
  const tail = glob.slice(slash + 1);
  const mark = markIn(tail, slash >= 0);
  // `localhost:5000**`: what looks like a tag may be the port of a registry, with all that it holds.
  if (slash < 0 && mark >= 0 && tail.includes('**', mark) && !/^(?:\*\*|(?!localhost:)[^*:]+:\*\*$)/.test(tail)) return everyHost([]);
  if (mark >= 0) return tagged(glob.slice(0, slash + 1 + mark), tail.slice(mark));
  const whole = namesOf(glob);
  // Without a mark the end of the pattern may stand for the tag as well: `app-*-prod` matches `app-1:2-prod`.
  const stars = [...tail.matchAll(/\*+/g)].map(({ index, 0: star }) => slash + 1 + index + star.length).filter((end) => end < glob.length);
  if (stars.length > 0) {
    const heads = stars.map((end) => namesOf(glob.slice(0, end)));
    return {
      wide: unique([...heads, whole].flatMap(({ wide }) => wide)), narrow: [],
      wider: [whole, ...heads].find(({ wider }) => wider !== undefined)?.wider
        ?? 'what stands behind the last wildcard could be part of a tag there, and tags are no part of a name here',
    };
  }
  if (glob.endsWith('*')) return whole;
  return { ...whole, narrow: [], wider: whole.wider ?? 'without a tag it is every tag and digest of the image here' };
}

/** Reads a pattern in which `*` stands for any characters, slashes too, and `?` for one, compared with a reference as {@link scopeOf} says. */
export function wildcardScopeOf(pattern: string): Scope {
  const read = scopeOf(pattern.replaceAll(/[*?]+/g, '**'));
  // Of a lone segment nobody can say whether it is a name with its tag, or a host with its port: the wildcard reaches across slashes.
  const scope = /^[^/*?]+[:@][^/]*[*?]/.test(pattern) && !pattern.includes('/') ? everyHost(read.narrow) : read;
  return pattern.includes('?') ? { ...scope, narrow: [], wider: scope.wider ?? '"?" is any characters here' } : scope;
}

/** Where tag or digest begin in the last segment; -1: nowhere. A colon of a lone segment may be that of a port. */
function markIn(tail: string, hasSlash: boolean): number {
  const at = tail.indexOf('@');
  const colon = tail.indexOf(':');
  const found = [at, hasSlash || !/[.].*:/.test(tail) ? colon : -1].filter((index) => index >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

function tagged(name: string, mark: string): Scope {
  const names = namesOf(name === '' ? '**' : name);
  if (/^:\*+$/.test(mark)) return names;
  return { wide: names.wide, narrow: [], wider: names.wider ?? 'tags and digests are no part of a pattern here, so it is every one of them' };
}

/** A pattern over names alone. */
function namesOf(glob: string): Scope {
  if (glob === '**') return EVERYTHING;
  const slash = glob.indexOf('/');
  const first = slash < 0 ? '' : glob.slice(0, slash);
  if (slash < 0 && glob.includes('**')) return everyHost([`docker.io/library/${glob.replaceAll('**', '*')}`]);
  if (slash < 0) return checked([`docker.io/library/${glob}`], 'docker.io/library');
  const isOpen = first.includes('**') || !/[.:]/.test(first);
  if (first.includes('*')) return everyHost(isOpen ? [] : expanded(first, glob.slice(slash + 1)) ?? []);
  const host = /[.:]|^localhost$/i.test(first) ? first.toLowerCase() : `docker.io/${first}`;
  const variants = expanded(host, glob.slice(slash + 1));
  return variants === undefined ? checked([`${host}/**`], host, 'it is too intricate to be written out') : checked(variants, host);
}

function everyHost(narrow: readonly string[]): Scope {
  return {
    wide: ['**'], narrow: narrow.filter(isPattern),
    wider: 'a wildcard over hosts reaches across dots and slashes there, and here only over one label, so it is every image',
  };
}

/** `**` inside of a segment may stay inside of it, or end it and begin another. */
function expanded(host: string, path: string): readonly string[] | undefined {
  const pieces = path.split('/').map((segment) => (segment === '**' ? [segment] : variantsOf(segment)));
  if (pieces.reduce((product, { length }) => product * length, 1) > MOST) return undefined;
  const joined = (heads: readonly string[], tails: readonly string[]): readonly string[] =>
    heads.flatMap((head) => tails.map((tail) => `${head}/${tail}`));
  return unique(pieces.reduce(joined, [host]));
}

function variantsOf(segment: string): readonly string[] {
  const [head = '', ...rest] = segment.split('**');
  return rest.reduce<readonly string[]>((done, part) => {
    const glues = part === '' ? ['*', '*/**'] : ['*', '*/*', '*/**/*'];
    return done.length > MOST ? done : done.flatMap((text) => (text === '' ? ['*', '**/*'] : glues).map((glue) => `${text}${glue}${part}`));
  }, [head]);
}

/** What is no pattern here can match no image; a host in its place keeps the promise of `wide` all the same. */
function checked(patterns: readonly string[], host: string, because?: string): Scope {
  const good = patterns.map((one) => one.replaceAll(/\*{3,}/g, '**')).filter(isPattern);
  const hub = /^(?:index[.])?docker[.]io$/.test(host);
  // `docker.io/*` is `docker.io/library/*` here, and there nothing, or everything.
  const narrow = hub ? good.filter((one) => one.split('/').length > 2 || one.endsWith('/**')) : good;
  if (because === undefined && good.length === patterns.length) return { wide: good, narrow };
  const fallback = isPattern(`${host}/**`) ? `${host}/**` : '**';
  return {
    wide: [fallback], narrow: because === undefined ? narrow : [],
    wider: because ?? `as it stands no image can have such a name, so it is ${fallback === '**' ? 'every image' : 'everything of its host'}`,
  };
}

function isPattern(text: string): boolean {
  return parseArtifactPattern('image', text).ok;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
