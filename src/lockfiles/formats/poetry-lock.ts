/** poetry.lock of lock-version 1 and 2 (python-poetry.org; poetry-core's lock file). */
import { own, ownList, ownText } from '../../text/json/fields.ts';
import { Collected, LockFault } from '../entry.ts';
import { gitSource } from '../names.ts';
import { readTomlLock } from '../toml.ts';
import { LOCAL_WHY } from './npm-entry.ts';
import { collectGit, collectPypi } from './pypi-files.ts';

/** Reads one. Every file that is listed is asked about. What the project itself asks for is not told there. */
export function readPoetryLock(text: string): Collected {
  const { root, packages } = readTomlLock(text);
  const metadata = own(root, 'metadata');
  const version = ownText(metadata, 'lock-version') ?? 'none';
  if (!/^[12]\.\d+$/.test(version)) throw new LockFault(1, `expected lock-version 1 or 2, found ${version.slice(0, 40)}`);
  const into = new Collected();
  for (const { table, line } of packages) {
    const [name, pinned, source] = [ownText(table, 'name') ?? '', ownText(table, 'version') ?? '', own(table, 'source')];
    // Version 1 has the files of all packages in one table at the end.
    const files = ownList(table, 'files') ?? ownList(own(metadata, 'files'), name) ?? [];
    const place = `${name} ${pinned}`.trim();
    const [type, url] = [ownText(source, 'type') ?? 'legacy', ownText(source, 'url')];
    switch (type) {
      case 'directory':
      case 'file': into.pass(line, place, LOCAL_WHY); break;
      case 'git': collectGit(gitSource(`git+${url ?? ''}`.replace(/^git\+git\+/, 'git+'), ownText(source, 'resolved_reference')), line, place, into); break;
      case 'legacy': collectPypi({ line, name, version: pinned, files, isElsewhere: source !== undefined }, into); break;
      case 'url': collectPypi({ line, name, version: pinned, files, url: url ?? '' }, into); break;
      default: into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', 'its source is not known');
    }
  }
  return into;
}
