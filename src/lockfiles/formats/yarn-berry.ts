/**
 * yarn.lock of yarn 2 and later (yarnpkg.com/protocols). Its checksums are of the archives in yarn's own cache, which yarn packs anew:
 * they say nothing of the file that a registry has, so packages are asked about without a digest.
 */
import { Collected, LockFault } from '../entry.ts';
import { fileAddress, gitSource, packageName } from '../names.ts';
import { isYamlMap, mapAt, readYamlMap, textAt } from '../yaml.ts';
import type { YamlMap } from '../yaml.ts';
import { LOCAL_WHY, PATCH_WHY, UNBOUND_WHY } from './npm-entry.ts';

/** Reads one. */
export function readYarnBerry(text: string): Collected {
  const root = readYamlMap(text);
  if (mapAt(root, '__metadata') === undefined)
    throw new LockFault(1, 'expected a lock file of yarn: one with "# yarn lockfile v1" before it, or one with __metadata');
  const entries = [...root.values].filter(([key]) => key !== '__metadata');
  const known = new Set(entries.map(([, one]) => (isYamlMap(one) ? textAt(one, 'resolution') : undefined)));
  const direct = new Set(entries.flatMap(([, one]) => (isYamlMap(one) && isWorkspace(one) ? askedBy(one) : [])));
  const into = new Collected();
  for (const [key, one] of entries) {
    const line = root.lines.get(key) ?? 1;
    if (!isYamlMap(one)) throw new LockFault(line, `expected a map at ${key}`);
    readEntry({ key, line, one, direct: key.split(/, ?/).some((part) => direct.has(part)) }, known, into);
  }
  return into;
}

function isWorkspace(one: YamlMap): boolean {
  return textAt(one, 'resolution')?.includes('@workspace:') === true;
}

/** `name@npm:^1.0.0`, as the keys of entries say it. */
function askedBy(one: YamlMap): readonly string[] {
  return [...(mapAt(one, 'dependencies')?.values ?? [])].map(([name, range]) => `${name}@${typeof range === 'string' ? range : ''}`);
}

interface Entry {
  readonly key: string;
  readonly line: number;
  readonly one: YamlMap;
  readonly direct: boolean;
}

function readEntry({ key, line, one, direct }: Entry, known: ReadonlySet<string | undefined>, into: Collected): void {
  const [resolution = '', bound] = (textAt(one, 'resolution') ?? '').split(/::(.*)/s);
  const at = resolution.indexOf('@', 1);
  const [name, reference] = at < 0 ? [resolution, ''] : [resolution.slice(0, at), resolution.slice(at + 1)];
  const refuse = (why: string): void => into.refuse(line, key, 'INPUT_ARTIFACT_INVALID', why);
  if (/^(?:workspace|link|portal|file|exec):/.test(reference)) return into.pass(line, key, LOCAL_WHY);
  if (reference.startsWith('patch:')) {
    const base = decoded(reference.slice('patch:'.length).split('#')[0] ?? '');
    return known.has(base) ? into.pass(line, key, PATCH_WHY) : refuse('is a patch over something that has no entry');
  }
  if (reference.startsWith('npm:')) {
    // An alias has its own name before the name of the package.
    const [, other, version] = /^npm:(?:(@?[^@]+)@)?([^@]+)$/.exec(reference) ?? [];
    const uri = packageName('npm', other ?? name, version ?? '');
    // What is bound to a resolution says where its archive is fetched; and there is no digest that the archive must have.
    if (bound !== undefined) return into.refuse(line, key, 'INPUT_DIGEST_MISSING', UNBOUND_WHY);
    if (uri === undefined) return refuse('its name and version are such that the gate cannot be asked');
    return into.ask({ kind: 'package', uri, digests: [], line, place: key, direct });
  }
  const [address = '', fragment = ''] = reference.split('#');
  const commit = /(?:^|&)commit=([0-9a-f]+)$/.exec(fragment)?.[1];
  if (commit !== undefined) {
    const git = gitSource(address, commit);
    if (git?.digest === undefined) return refuse('its git repository or commit cannot be asked about');
    return into.ask({ kind: 'git', uri: git.uri, digests: [git.digest], line, place: key, direct });
  }
  const uri = fileAddress(address);
  if (uri !== undefined) return into.ask({ kind: 'blob', uri, digests: [], line, place: key, direct });
  refuse('its protocol is not known');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
