/** Policy folders on the disk: listed within bounds, read as they are, with a word for each file that cannot be used. */
import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Steps } from '../../flow/slices.ts';

/** A policy file as read: its path for messages, and its text, or why it has none. */
export interface PolicyFile {
  readonly path: string;
  readonly text: string;
  /** Why it cannot be used, for people; the text of a file is then empty. */
  readonly problem?: string;
  /** The text is JSON of one object of the cluster. */
  readonly resource?: true;
}

/** The files of the policy folders at one moment. `signature` changes whenever a file does. */
export interface FolderListing {
  readonly signature: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Bounds on what a folder may hold; a folder beyond them is refused as a whole. */
export interface FolderLimits {
  readonly files: number;
  readonly fileBytes: number;
  readonly totalBytes: number;
}

export const FOLDER_LIMITS: FolderLimits = { files: 5000, fileBytes: 16 * 1024 * 1024, totalBytes: 64 * 1024 * 1024 };

const POLICY_FILE = /\.(?:ya?ml|json)$/;
const MAX_DEPTH = 8;

/** Fatal: bytes that are not UTF-8 would become U+FFFD, and a policy would say something that nobody wrote. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Lists the YAML and JSON files below the folders, sorted by path.
 *
 * Names that begin with a dot are skipped: a mounted ConfigMap keeps its generations in `..2026_…` and shows
 * the current one through links beside it. A path that is a file itself counts as a folder of one, and a file that is
 * named twice is read once. Throws with a message for people when a folder is missing or a limit is passed; a link to
 * nowhere is listed, and told when it is read.
 */
export async function listPolicyFiles(folders: readonly string[], limits: FolderLimits = FOLDER_LIMITS): Promise<FolderListing> {
  const found: { path: string; size: number; mark: string }[] = [];
  for (const folder of folders) await walk(folder, MAX_DEPTH, found, limits);
  const files = [...new Map(found.map((file) => [resolve(file.path), file])).values()];
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total > limits.totalBytes)
    throw new Error(`${folders.join(', ')}: policy files come to ${total} bytes, more than the limit of ${limits.totalBytes}`);
  return { signature: files.map((file) => `${file.path}\0${file.mark}`).join('\n'), files };
}

async function walk(
  path: string,
  depth: number,
  found: { path: string; size: number; mark: string }[],
  limits: FolderLimits,
): Promise<void> {
  const info = await stat(path, { bigint: true }).catch((cause: NodeJS.ErrnoException) => {
    if (depth === MAX_DEPTH)
      throw new Error(`${path}: ${cause.code === 'ENOENT' ? 'there is no such policy folder or file; check the path that was given' : `cannot be read (${cause.code})`}`);
    return undefined;
  });
  if (info === undefined) return void found.push({ path, size: 0, mark: 'unreadable' });
  if (info.isDirectory()) {
    if (depth === 0) throw new Error(`${path}: policy folders are nested more than ${MAX_DEPTH} deep`);
    for (const entry of await entriesOf(path)) {
      if (!entry.name.startsWith('.') && (await mayHoldPolicies(path, entry))) await walk(join(path, entry.name), depth - 1, found, limits);
    }
    return;
  }
  if (!info.isFile() || !POLICY_FILE.test(path)) return;
  if (Number(info.size) > limits.fileBytes)
    throw new Error(`${path}: file has ${info.size} bytes, more than the limit of ${limits.fileBytes}`);
  if (found.length >= limits.files) throw new Error(`${path}: more than ${limits.files} policy files`);
  // ctime cannot be set back by tools that keep mtime, and the inode tells a renamed file from the old one.
  found.push({ path, size: Number(info.size), mark: `${info.ino}:${info.size}:${info.ctimeNs}:${info.mtimeNs}` });
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${folder}: policy folder cannot be read (${cause.code ?? 'unknown error'})`);
  });
}

/** False for files that are none of ours by their name; a folder is looked into whatever it is called, `v1.2` too. */
async function mayHoldPolicies(folder: string, entry: Dirent): Promise<boolean> {
  if (POLICY_FILE.test(entry.name) || entry.isDirectory()) return true;
  if (!entry.isSymbolicLink()) return false;
  return !entry.name.includes('.') || stat(join(folder, entry.name)).then((target) => target.isDirectory(), () => false);
}

/** Reads the files listed. One that cannot be used says why, so that the problems of all others are told with it. */
export async function readPolicyFiles(listing: FolderListing, limits: FolderLimits = FOLDER_LIMITS): Promise<readonly PolicyFile[]> {
  const files: PolicyFile[] = [];
  for (const { path } of listing.files) files.push({ path, ...(await readText(path, limits)) });
  return files;
}

async function readText(path: string, limits: FolderLimits): Promise<Omit<PolicyFile, 'path'>> {
  const unusable = (problem: string): Omit<PolicyFile, 'path'> => ({ text: '', problem });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    return unusable(`file cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  if (bytes.length > limits.fileBytes) return unusable(`file has grown past the limit of ${limits.fileBytes} bytes`);
  try {
    return { text: UTF8.decode(bytes) };
  } catch {
    return unusable('expected text in UTF-8, found bytes that are not');
  }
}

/** A hash over the files, one a step: equal only for equal paths and contents. */
export function* markSteps(files: readonly PolicyFile[]): Steps<string> {
  const hash = createHash('sha256');
  for (const { path, text, problem } of files) {
    hash.update(JSON.stringify([path, text.length, problem])).update(text);
    yield;
  }
  return hash.digest('hex');
}
