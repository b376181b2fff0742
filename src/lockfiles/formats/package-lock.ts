/**
 * package-lock.json and npm-shrinkwrap.json, versions 1, 2 and 3 (docs.npmjs.com, package-lock.json). A version 2 holds its packages
 * twice, `packages` for npm 7 and later and `dependencies` for npm 6: both are asked about, for either may be what is installed.
 */
import { own, ownText, ownTexts, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { Collected, LockFault } from '../entry.ts';
import { keyLines, keyOf, readJsonObject } from '../json.ts';
import { bundledIn } from './npm-bundled.ts';
import { collectNpm, LOCAL_WHY } from './npm-entry.ts';

const BUNDLED_WHY = 'comes inside the package that bundles it, and is judged with it';
const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** Reads one. */
export function readPackageLock(text: string): Collected {
  const lock = readJsonObject(text);
  const version = own(lock, 'lockfileVersion');
  if (version !== 1 && version !== 2 && version !== 3)
    throw new LockFault(1, `expected lockfileVersion 1, 2 or 3, found ${version === undefined ? 'none' : JSON.stringify(version).slice(0, 40)}`);
  const lines = keyLines(text, isPackageWay);
  const into = new Collected();
  const packages = own(lock, 'packages');
  if (version === 1 ? packages !== undefined : !isObject(packages))
    throw new LockFault(1, version === 1 ? 'expected no packages in version 1' : 'expected packages');
  if (isObject(packages)) readPackages(packages, lines, into);
  const dependencies = own(lock, 'dependencies');
  if (dependencies !== undefined) readTree(dependencies, ['dependencies'], false, { lines, into, packages });
  return into;
}

/** `packages/KEY`, and `dependencies/NAME/dependencies/NAME/…`. */
function isPackageWay(path: readonly string[]): boolean {
  if (path[0] === 'packages') return path.length === 2;
  return path.length % 2 === 0 && path.every((key, index) => index % 2 === 1 || key === 'dependencies');
}

function readPackages(packages: JsonObject, lines: ReadonlyMap<string, number>, into: Collected): void {
  const direct = new Set(KINDS.flatMap((kind) => Object.keys(ownTexts(own(packages, ''), kind))));
  const addresses = new Set(Object.values(packages).flatMap((one) => KINDS.flatMap((kind) => Object.values(ownTexts(one, kind)))));
  const bundles = bundledIn(packages);
  for (const [place, one] of Object.entries(packages)) {
    if (place === '') continue;
    const line = lines.get(keyOf(['packages', place])) ?? 1;
    if (!isObject(one)) throw new LockFault(line, `expected an object at ${place}`);
    const [resolved, integrity] = [ownText(one, 'resolved'), ownText(one, 'integrity')];
    const at = place.lastIndexOf('node_modules/');
    const isRemote = resolved?.includes('://') === true || integrity !== undefined;
    if (!isRemote && (own(one, 'link') === true || !/(?:^|\/)node_modules\//.test(place))) {
      into.pass(line, place, LOCAL_WHY);
    } else if (!isRemote && own(one, 'inBundle') === true && bundles.has(place)) into.pass(line, place, BUNDLED_WHY);
    else {
      const inTree = at < 0 ? place : place.slice(at + 'node_modules/'.length);
      const isDirect = at === 0 && direct.has(inTree);
      collectNpm({
        line, place, name: ownText(one, 'name') ?? inTree, version: ownText(one, 'version') ?? '', resolved, integrity,
        isRemoteFile: resolved !== undefined && /^https?:/.test(resolved) && addresses.has(resolved), direct: isDirect,
      }, into);
    }
  }
}

interface Around {
  readonly lines: ReadonlyMap<string, number>;
  readonly into: Collected;
  /** The other tree of the file, if it has one. */
  readonly packages: unknown;
}

/** The tree of npm 6; deep enough to be walked, for the reading of JSON has bounded it. What `packages` says too is asked about once. */
function readTree(tree: unknown, path: readonly string[], isInPackage: boolean, around: Around): void {
  const { lines, into, packages } = around;
  if (!isObject(tree)) throw new LockFault(1, `expected an object at ${path.join('/')}`);
  for (const [name, one] of Object.entries(tree)) {
    const way = [...path, name];
    const line = lines.get(keyOf(way)) ?? 1;
    if (!isObject(one)) throw new LockFault(line, `expected an object at ${way.join('/')}`);
    const place = way.filter((_, index) => index % 2 === 1).map((part) => `node_modules/${part}`).join('/');
    const canBeBundled = isInPackage && own(one, 'bundled') === true;
    if (!saysTheSame(own(packages, place), one)) readNode(name, one, { line, place, canBeBundled }, into);
    const inside = own(one, 'dependencies');
    const isPackage = isInPackage || ownText(one, 'integrity') !== undefined;
    if (inside !== undefined) readTree(inside, [...way, 'dependencies'], isPackage, around);
  }
}

interface Node {
  readonly line: number;
  readonly place: string;
  readonly canBeBundled: boolean;
}

function readNode(name: string, one: JsonObject, { line, place, canBeBundled }: Node, into: Collected): void {
  const [written, resolved, integrity] = [ownText(one, 'version') ?? '', ownText(one, 'resolved'), ownText(one, 'integrity')];
  if (canBeBundled && resolved === undefined && integrity === undefined) return into.pass(line, place, BUNDLED_WHY);
  const alias = /^npm:(.+)@([^@]+)$/.exec(written);
  // In this version what is no version of a registry stands where versions stand: an address of git, a file, a folder.
  const isAddress = alias === null && /[:/]/.test(written);
  collectNpm({
    line, place, name: alias?.[1] ?? name, version: alias?.[2] ?? written, integrity,
    resolved: isAddress ? written : resolved, isRemoteFile: isAddress && /^https?:/.test(written),
  }, into);
}

/** True when both trees say the same of a package, so that it need not be told twice. */
function saysTheSame(one: unknown, other: JsonObject): boolean {
  if (!isObject(one)) return false;
  const [written, resolved] = [ownText(other, 'version') ?? '', ownText(one, 'resolved')];
  if (own(one, 'link') === true) return written.startsWith('file:');
  if (ownText(one, 'integrity') !== ownText(other, 'integrity')) return false;
  const isBundled = own(one, 'inBundle') === true;
  if (isBundled !== (own(other, 'bundled') === true)) return false;
  if (written !== '' && written === ownText(one, 'version')) return resolved === ownText(other, 'resolved');
  return written !== '' && written === resolved;
}
