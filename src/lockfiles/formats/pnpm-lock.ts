/** pnpm-lock.yaml of lockfileVersion 6 and 9 (github.com/pnpm/spec, lockfile/6.0.md and 9.0.md). */
import { Collected, LockFault } from '../entry.ts';
import { gitSource } from '../names.ts';
import { isYamlMap, mapAt, readYamlMap, textAt } from '../yaml.ts';
import type { YamlMap } from '../yaml.ts';
import { collectNpm, LOCAL_WHY, PATCH_WHY } from './npm-entry.ts';

const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/** Reads one. Peers in brackets behind a key are left out: they change how a package is linked, not what it is. */
export function readPnpmLock(text: string): Collected {
  const root = readYamlMap(text);
  const version = textAt(root, 'lockfileVersion') ?? 'none';
  if (!/^(?:6|9)\.\d+$/.test(version))
    throw new LockFault(root.lines.get('lockfileVersion') ?? 1, `expected lockfileVersion 6 or 9, found ${version.slice(0, 40)}`);
  const into = new Collected();
  const direct = readImporters(root, into);
  const packages = mapAt(root, 'packages');
  for (const [key, one] of packages?.values ?? []) {
    const line = packages?.lines.get(key) ?? 1;
    if (!isYamlMap(one)) throw new LockFault(line, `expected a map at ${key}`);
    readPackage(key, one, line, direct, into);
  }
  const patched = mapAt(root, 'patchedDependencies');
  for (const key of patched?.values.keys() ?? []) into.pass(patched?.lines.get(key) ?? 1, key, PATCH_WHY);
  const snapshots = mapAt(root, 'snapshots');
  for (const [key] of snapshots?.values ?? []) {
    if (packages?.values.has(withoutPeers(key)) !== true)
      into.refuse(snapshots?.lines.get(key) ?? 1, key, 'INPUT_ARTIFACT_INVALID', 'stands among the snapshots, and not among the packages');
  }
  return into;
}

/** `name@version` of what the project itself asks for; links to other parts of it are told. A single project of version 6 has no importers. */
function readImporters(root: YamlMap, into: Collected): ReadonlySet<string> {
  const importers = mapAt(root, 'importers');
  const direct = new Set<string>();
  const projects = importers === undefined ? [['.', root] as const] : [...importers.values];
  for (const [project, one] of projects) {
    if (!isYamlMap(one)) continue;
    if (project !== '.') into.pass(importers?.lines.get(project) ?? 1, project, LOCAL_WHY);
    for (const kind of KINDS) {
      const wanted = mapAt(one, kind);
      for (const [name, value] of wanted?.values ?? []) {
        const version = typeof value === 'string' ? value : textAt(isYamlMap(value) ? value : undefined, 'version');
        if (version === undefined) continue;
        if (version.startsWith('link:')) into.pass(wanted?.lines.get(name) ?? 1, `${project} ${name}`, LOCAL_WHY);
        else {
          // An alias says the other name too, as the key does.
          const bare = withoutPeers(version);
          direct.add(version.startsWith('/') || /^@?[^@:]+@/.test(bare) ? bare : `${name}@${bare}`);
        }
      }
    }
  }
  return direct;
}

function readPackage(key: string, one: YamlMap, line: number, direct: ReadonlySet<string>, into: Collected): void {
  const bare = withoutPeers(key);
  const at = bare.indexOf('@', 1);
  // Packages of registries have a version in their key; everything else has an address, and its name beside it or before it.
  const isNamed = at > 0 && !/[:/]/.test(bare.slice(at + 1));
  const name = textAt(one, 'name') ?? (at > 0 ? bare.slice(0, at) : bare);
  const version = textAt(one, 'version') ?? (isNamed ? bare.slice(at + 1) : '');
  const resolution = mapAt(one, 'resolution');
  const [tarball, integrity] = [textAt(resolution, 'tarball'), textAt(resolution, 'integrity')];
  const entry = { line, place: key, name, version, integrity, direct: direct.has(bare) || direct.has(key) };
  switch (textAt(resolution, 'type')) {
    case 'directory': return into.pass(line, key, LOCAL_WHY);
    case 'git': {
      const git = gitSource(textAt(resolution, 'repo') ?? '', textAt(resolution, 'commit'));
      if (git === undefined) return into.refuse(line, key, 'INPUT_ARTIFACT_INVALID', 'its git repository cannot be asked about');
      const digests = git.digest === undefined ? [] : [git.digest];
      return into.ask({ kind: 'git', uri: git.uri, digests, line, place: key, direct: entry.direct });
    }
    case undefined: return collectNpm({ ...entry, resolved: tarball, isRemoteFile: !isNamed && tarball !== undefined }, into);
    default: return into.refuse(line, key, 'INPUT_ARTIFACT_INVALID', 'the type of its resolution is not known');
  }
}

/** Without the slash before it (version 6) and the peers behind it. */
function withoutPeers(key: string): string {
  const plain = key.startsWith('/') ? key.slice(1) : key;
  const at = plain.indexOf('(');
  return at < 0 ? plain : plain.slice(0, at);
}
