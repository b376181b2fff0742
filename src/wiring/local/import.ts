/** Files of other projects read for an import, and a folder of ours written. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listPolicyFiles, readPolicyFiles } from '../../feeds/policies/files.ts';
import { importAllowedSigners } from '../../migrate/allowed-signers/file.ts';
import { formatRemark, importPolicies } from '../../migrate/index.ts';
import type { Imported, Remark } from '../../migrate/index.ts';
import { compilePolicies } from '../../policy/index.ts';
import type { PolicyText } from '../../policy/index.ts';
import { UsageError } from '../../surfaces/cli/context.ts';
import type { CliRooms } from '../../surfaces/cli/context.ts';
import { escapeText } from '../../text/shown.ts';
import { createTrustReader } from '../../trust/index.ts';
import { isCertificateFile, storesAt } from './policy/trust-stores.ts';
import { asUsageError } from './usage.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Imports files, folders of them, and standard input (`-`). Throws {@link UsageError} when one of them cannot be read. */
export const importFiles: CliRooms['importPolicies'] = async (paths, stdin, from) => {
  const files: PolicyText[] = [];
  const stores = new Map<string, string>();
  for (const path of paths) {
    const certificates = path === '-' ? [] : await storesAt(path);
    for (const [name, pem] of certificates) stores.set(name, `${stores.get(name) ?? ''}${pem}`);
    if (path === '-') files.push(await standardInput(stdin));
    else if (!isCertificateFile(path)) files.push(...(await filesAt(path, certificates.length > 0)));
  }
  const { documents, remarks: told, read } = from === 'allowed-signers' ? importAllowedSigners(files) : importPolicies(files, stores);
  const remarks = [...told, ...problemsOf(documents, paths.join(', '))];
  return { documents, remarks, read, lines: remarks.map(formatRemark) };
};

/** A trust root whose content is none is seen only by who reads trust roots: what does not compile is not written. */
function problemsOf(documents: Imported['documents'], file: string): readonly Remark[] {
  if (documents.length === 0) return [];
  const text = documents.map((document) => document.text).join('---\n');
  const { problems } = compilePolicies([{ path: 'import', text }], { trust: createTrustReader() });
  return problems.filter(({ severity }) => severity === 'error').map(({ path, message }) => ({
    file, line: 1, column: 1, level: 'refused', path: '', what: escapeText(`what would be written does not hold: ${path}: ${message}`),
    why: 'its source says something that is not believed here', help: 'mend the file',
  }));
}

async function standardInput(stdin: () => Promise<Uint8Array>): Promise<PolicyText> {
  try {
    return { path: '-', text: UTF8.decode(await stdin()) };
  } catch {
    throw new UsageError('-: standard input is not UTF-8');
  }
}

/** A file that is named is read whatever it is called; of a folder what ends as such files do, which may be none where it holds stores. */
async function filesAt(path: string, isStore: boolean): Promise<readonly PolicyText[]> {
  const text = await readFile(path).then((bytes) => UTF8.decode(bytes), (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EISDIR') return undefined;
    throw new UsageError(`${path}: ${cause.code === 'ENOENT' ? 'file does not exist' : `file cannot be read (${cause.code ?? 'it is not UTF-8'})`}`);
  }).catch((cause: unknown) => {
    throw cause instanceof UsageError ? cause : new UsageError(`${path}: file is not UTF-8`);
  });
  if (text !== undefined) return [{ path, text }];
  const listing = await listPolicyFiles([path]).catch(asUsageError);
  if (listing.files.length === 0 && isStore) return [];
  if (listing.files.length === 0) throw new UsageError(`${path}: no files (*.yaml, *.yml, *.json) found`);
  return readPolicyFiles(listing).catch(asUsageError);
}

/** Writes files into a folder, which is made if need be; throws {@link UsageError} where one is there already, unless that is wanted. */
export const writeFolder: CliRooms['writeFolder'] = async (folder, files, isOver) => {
  await mkdir(folder, { recursive: true }).catch(told(folder));
  if (!isOver) {
    const there: string[] = [];
    for (const { name, text } of files) {
      const known = await readFile(join(folder, name), 'utf8').catch(() => undefined);
      if (known !== undefined && known !== text) there.push(name);
    }
    if (there.length > 0) throw new UsageError(`${folder}: ${there.join(', ')} would be overwritten; name another folder, or say --force`);
  }
  for (const { name, text } of files) await writeFile(join(folder, name), text).catch(told(join(folder, name)));
};

function told(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    throw new UsageError(`${path}: cannot be written (${cause.code ?? 'unknown error'})`);
  };
}
