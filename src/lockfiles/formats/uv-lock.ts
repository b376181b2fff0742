/** uv.lock, version 1 (docs.astral.sh/uv, "Locking and syncing"; uv-resolver's lock format). */
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { Collected, LockFault } from '../entry.ts';
import { gitSource } from '../names.ts';
import { readTomlLock } from '../toml.ts';
import { LOCAL_WHY } from './npm-entry.ts';
import { collectGit, collectPypi } from './pypi-files.ts';

/** The index that is asked where nobody names another. */
const PYPI = 'https://pypi.org/simple';

/** Reads one. Wheels and the source archive are asked about, for any of them may be what a machine takes. */
export function readUvLock(text: string): Collected {
  const { root, packages } = readTomlLock(text);
  if (own(root, 'version') !== 1) throw new LockFault(1, 'expected version = 1');
  // As its packages were called once: passed over, they would be none.
  if (own(root, 'distribution') !== undefined) throw new LockFault(1, 'expected [[package]], found [[distribution]] of an older uv: lock anew');
  const into = new Collected();
  const direct = new Set(packages.filter(({ table }) => isOwn(own(table, 'source'))).flatMap(({ table }) => askedBy(table)));
  for (const { table, line } of packages) {
    const [name, version, source] = [ownText(table, 'name') ?? '', ownText(table, 'version') ?? '', own(table, 'source')];
    const [sdist, wheels] = [own(table, 'sdist'), ownList(table, 'wheels') ?? []];
    const files = sdist === undefined ? wheels : [sdist, ...wheels];
    const place = `${name} ${version}`.trim();
    const [registry, url, git] = [ownText(source, 'registry'), ownText(source, 'url'), ownText(source, 'git')];
    if (kindsOf(source) !== 1) into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', 'its source is not known');
    else if (isOwn(source)) into.pass(line, place, LOCAL_WHY);
    else if (git !== undefined) collectGit(gitSource(`git+${git}`), line, place, into);
    else collectPypi({ line, name, version, files, url, isElsewhere: registry !== PYPI, direct: direct.has(name) }, into);
  }
  return into;
}

const LOCAL_KINDS = ['virtual', 'editable', 'directory', 'path'] as const;

/** uv takes the first kind of source that it knows; which that is where two are written is not guessed. */
function kindsOf(source: unknown): number {
  return ['registry', 'url', 'git', ...LOCAL_KINDS].filter((kind) => ownText(source, kind) !== undefined).length;
}

/** The project, its members, and folders and files beside it. */
function isOwn(source: unknown): boolean {
  return LOCAL_KINDS.some((kind) => ownText(source, kind) !== undefined);
}

function askedBy(table: JsonObject): readonly string[] {
  const groups = ['optional-dependencies', 'dev-dependencies'].flatMap((kind) => {
    const found = own(table, kind);
    return isObject(found) ? Object.values(found) : [];
  });
  return [ownList(table, 'dependencies'), ...groups].flatMap((list) => (Array.isArray(list) ? list : []))
    .flatMap((one: unknown) => ownText(one, 'name') ?? []);
}
