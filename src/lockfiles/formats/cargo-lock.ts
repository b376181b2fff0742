/** Cargo.lock, versions 1 to 4 (doc.rust-lang.org/cargo, "Cargo.toml vs Cargo.lock"; cargo's resolver/encode.rs). */
import { own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { fromHex } from '../digests.ts';
import { Collected, LockFault } from '../entry.ts';
import { gitSource, packageName } from '../names.ts';
import { readTomlLock } from '../toml.ts';
import { LOCAL_WHY } from './npm-entry.ts';
import { collectGit } from './pypi-files.ts';

/** The registry that is asked where nobody names another, by both of its protocols. */
const CRATES_IO: ReadonlySet<string> = new Set(['registry+https://github.com/rust-lang/crates.io-index', 'sparse+https://index.crates.io/']);

/** Reads one. What has no source is part of the project. */
export function readCargoLock(text: string): Collected {
  const { root, packages } = readTomlLock(text);
  const version = own(root, 'version') ?? 1;
  if (typeof version !== 'number' || ![1, 2, 3, 4].includes(version)) throw new LockFault(1, 'expected version 1, 2, 3 or 4');
  const checksums = own(root, 'metadata');
  const direct = new Set(packages.filter(({ table }) => ownText(table, 'source') === undefined).flatMap(({ table }) => askedBy(table)));
  const into = new Collected();
  for (const { table, line } of packages) {
    const [name, pinned, source] = [ownText(table, 'name') ?? '', ownText(table, 'version') ?? '', ownText(table, 'source')];
    const place = `${name} ${pinned}`;
    if (source === undefined && own(table, 'source') !== undefined) into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', 'its source is not known');
    else if (source === undefined) into.pass(line, place, LOCAL_WHY);
    else if (source.startsWith('git+')) collectGit(gitSource(source), line, place, into);
    else if (/^(?:registry|sparse)\+/.test(source)) {
      // Version 1 has the checksums in one table at the end.
      const checksum = ownText(table, 'checksum') ?? ownText(checksums, `checksum ${place} (${source})`);
      const [uri, digest] = [packageName('cargo', name, pinned), checksum === undefined ? undefined : fromHex('sha256', checksum)];
      if (uri === undefined) into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', 'its name and version are such that the gate cannot be asked');
      else if (checksum !== undefined && digest === undefined) into.refuse(line, place, 'INPUT_DIGEST_MISSING', 'its checksum is none by sha256');
      else if (digest === undefined && !CRATES_IO.has(source))
        into.refuse(line, place, 'INPUT_DIGEST_MISSING', 'it comes from a registry of its own, and no checksum says which bytes lie there');
      else {
        const isDirect = direct.has(name) || direct.has(place);
        into.ask({ kind: 'package', uri, digests: digest === undefined ? [] : [digest], line, place, direct: isDirect });
      }
    } else into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', 'its source is not known');
  }
  return into;
}

/** `name`, or where several versions are there `name version`; a source behind it is left out. */
function askedBy(table: JsonObject): readonly string[] {
  return (ownList(table, 'dependencies') ?? []).flatMap((one) => (typeof one === 'string' ? one.split(' ').slice(0, 2).join(' ') : []));
}
