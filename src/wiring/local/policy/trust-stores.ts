/** Trust stores of Notation as it keeps them: `truststore/x509/ca/NAME/*.crt`, read as PEM by the names that trust policies give them. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';

/** Certificates of stores in PEM, each under its name (`ca:acme`). */
export type Stores = readonly (readonly [name: string, pem: string])[];

const CERTIFICATE = /(?:^|\/)(ca|signingAuthority|tsa)\/([A-Za-z0-9_.-]+)\/[^/]+\.(?:crt|cer|pem|der)$/;
/** More files than any store has: a folder with more is not one. */
const MOST = 10_000;

/**
 * The certificates below a path, or of the one file that it is, in the order of their names; empty where there are none. Notation takes
 * links for certificates no more than this does. Whether they are certificates is asked when they are compiled.
 */
export async function storesAt(path: string): Promise<Stores> {
  const named = (full: string): RegExpExecArray | null => CERTIFICATE.exec(full.split(sep).join('/'));
  const below = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = below.filter((entry) => entry.isFile()).slice(0, MOST).map((entry) => join(entry.parentPath, entry.name));
  const found: (readonly [string, string])[] = [];
  for (const file of [...files, ...(below.length === 0 ? [path] : [])].toSorted()) {
    const [, type, name] = named(file) ?? [];
    if (type !== undefined && name !== undefined) found.push([`${type}:${name}`, pemOf(await readFile(file))]);
  }
  return found;
}

/** True for a file that can be nothing else: it is no policy that cannot be read. */
export function isCertificateFile(path: string): boolean {
  return /\.(?:crt|cer|pem|der)$/.test(basename(path));
}

function pemOf(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  if (text.includes('-----BEGIN')) return `${text.trim()}\n`;
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
}
