/** What uv.lock and poetry.lock have in common: a package of an index with all of the files that may be taken for it. */
import { ownText } from '../../text/json/fields.ts';
import { fromHex } from '../digests.ts';
import type { Collected } from '../entry.ts';
import { fileAddress, packageName } from '../names.ts';

/** A package as one of these files writes it. */
export interface PypiEntry {
  readonly line: number;
  readonly name: string;
  readonly version: string;
  /** Tables with a `hash`, `sha256:HEX`. */
  readonly files: readonly unknown[];
  /** Its address, when it is taken from one in place of an index. */
  readonly url?: string | undefined;
  /** True when it is taken from an index that the file names: without a hash other bytes can lie there under its name. */
  readonly isElsewhere?: boolean;
  readonly direct?: boolean | undefined;
}

/** Asks about every file; one without a hash that the gate knows makes the package one that cannot be asked about. */
export function collectPypi({ line, name, version, files, url, isElsewhere, direct }: PypiEntry, into: Collected): void {
  const place = `${name} ${version}`.trim();
  const uri = url === undefined ? packageName('pypi', name, version) : fileAddress(url);
  if (uri === undefined)
    return into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', 'neither its name and version nor its address are such that the gate could be asked');
  const digests = files.map((file) => {
    const hash = ownText(file, 'hash') ?? '';
    return fromHex(hash.slice(0, Math.max(0, hash.indexOf(':'))), hash.slice(hash.indexOf(':') + 1));
  });
  if (digests.some((digest) => digest === undefined))
    return into.refuse(line, place, 'INPUT_DIGEST_MISSING', 'one of its files has no hash by sha256 or sha512');
  if (digests.length === 0 && url === undefined && isElsewhere === true)
    return into.refuse(line, place, 'INPUT_DIGEST_MISSING', 'it comes from an index of its own, and no hash says which bytes lie there');
  into.ask({
    kind: url === undefined ? 'package' : 'blob', uri, digests: [...new Set(digests.filter((digest) => digest !== undefined))], line, place,
    ...(direct === undefined ? {} : { direct }),
  });
}

/** A commit, or that its repository cannot be asked about. */
export function collectGit(
  git: { readonly uri: string; readonly digest?: string } | undefined, line: number, place: string, into: Collected,
): void {
  if (git === undefined) into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', 'its git repository cannot be asked about');
  else into.ask({ kind: 'git', uri: git.uri, digests: git.digest === undefined ? [] : [git.digest], line, place });
}
