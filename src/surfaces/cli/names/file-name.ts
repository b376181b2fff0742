/** Whether a name on a command line was meant as a file: a typing mistake must never become an image of Docker Hub. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseImageReference } from '../../../domain/artifact/image-reference.ts';

/** `.tar`, `.json`, `.tgz`: letters and digits behind the last dot, the first of them a letter. */
const EXTENSION = /\.[a-z][a-z0-9]{0,15}$/i;

/** What lies at a path; a path that nobody can look at is nothing. */
export async function lies(path: string): Promise<'file' | 'folder' | 'nothing'> {
  const about = await stat(path).catch(() => undefined);
  if (about === undefined) return 'nothing';
  return about.isDirectory() ? 'folder' : 'file';
}

/** True for `nofile.tar`, `package-lock.json`, `dist/app.tgz` and `app-1.4`: no registry, tag or digest, and a dot as files have it. */
export function looksLikeFile(text: string): boolean {
  const last = text.slice(text.lastIndexOf('/') + 1);
  if (namesRegistry(text) || /[:@]/.test(last)) return false;
  return EXTENSION.test(last) || (!text.includes('/') && text.includes('.'));
}

/**
 * Why a name that is no existing file cannot be taken for an image; `undefined` when it can. A folder, a name that looks like a file, and
 * a path into a folder that is there, are mistakes: who means the image writes its whole name.
 */
export async function fileMistake(text: string): Promise<string | undefined> {
  const read = parseImageReference(text);
  const image = read.ok ? `as an image it would be ${read.reference.name}` : 'it is no image reference either';
  const found = await lies(text);
  if (found === 'file')
    return `${text}: is a file, and its bytes are not asked about here: give its name with its digest (NAME=sha256:…), or a lock file with --lockfile`;
  if (found === 'folder')
    return `${text}: is a folder: gatehouse verify -f ${text} judges the manifests in it${read.ok ? `; ${image}, to be written so` : ''}`;
  const isTagged = /[:@]/.test(text.slice(text.lastIndexOf('/') + 1));
  const isInFolder = !isTagged && text.includes('/') && (await lies(dirname(text))) === 'folder';
  if (!looksLikeFile(text) && !isInFolder) return undefined;
  return `${text}: there is no such file, and ${image}; give a path with / for a file, or the full image name`;
}

/** By the rule of image references: a first segment with a dot, a port, or `localhost`. */
function namesRegistry(text: string): boolean {
  const slash = text.indexOf('/');
  return slash >= 0 && /[.:]|^localhost$/.test(text.slice(0, slash));
}
