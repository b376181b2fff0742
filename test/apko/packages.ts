/** Packages of our own: what is installed by each, and how melange emits, signs and indexes them. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment } from '../cluster/processes.ts';
import { apkoTools } from './tools.ts';

const call = promisify(execFile);

/** As apko and melange call them; the platforms of the image are linux/amd64 and linux/arm64. */
export const ARCHITECTURES = ['x86_64', 'aarch64'] as const;
/** The state of the sources, of packages as of images. */
export const COMMIT = '6dcb09b5b57875f334f61aebed695e2e4193db5e';

/** A package and the files that it installs. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly needs: readonly string[];
  readonly files: Readonly<Record<string, { readonly text: string; readonly mode: number }>>;
}

/** Key of a package repository, by the name that packages and images know it by. */
export interface PackageKey {
  readonly name: string;
  readonly privatePem: string;
  readonly publicPem: string;
}

/** An RSA key, as apk wants it. */
export function makePackageKey(name = 'acme.rsa'): PackageKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { name, privatePem: privateKey, publicPem: publicKey };
}

/** A program with its configuration, and what says of which distribution it is. */
export function helloPackages({ greeting = 'hello', mode = 0o755, version = '1.2.3' } = {}): readonly Package[] {
  return [
    {
      name: 'acme-base',
      version: '1.0.0',
      needs: [],
      files: { 'etc/os-release': { text: 'ID=acme\nNAME="Acme OS"\nVERSION_ID=20261101\n', mode: 0o644 } },
    },
    {
      name: 'hello',
      version,
      needs: ['acme-base'],
      files: {
        'usr/bin/hello': { text: '#!/bin/sh\n. /etc/hello.conf\necho "$greeting"\n', mode },
        'etc/hello.conf': { text: `greeting=${greeting}\n`, mode: 0o644 },
      },
    },
  ];
}

/** Environment of a builder: the time that it builds for, and nothing of the machine's user. */
export function builderEnvironment(): NodeJS.ProcessEnv {
  return { ...cleanEnvironment(), SOURCE_DATE_EPOCH: '1793527200' };
}

/** Emits packages below `folder`, for every architecture; gives the folder of the repository. Same packages and key, same bytes. */
export async function emitPackages(folder: string, packages: readonly Package[], key: PackageKey): Promise<string> {
  writeFileSync(join(folder, key.name), key.privatePem);
  writeFileSync(join(folder, `${key.name}.pub`), key.publicPem);
  for (const one of packages) {
    writeFileSync(join(folder, `${one.name}.yaml`), JSON.stringify(recipeOf(one)));
    writeFiles(join(folder, one.name, 'melange-out', one.name), one.files);
    for (const architecture of ARCHITECTURES) {
      // Paths are relative: they are part of what a package says about its build.
      const args = ['-recipe', `${one.name}.yaml`, '-source', one.name, '-out', 'packages', '-key', key.name, '-arch', architecture];
      await call(apkoTools().packager, [...args, '-commit', COMMIT], { cwd: folder, env: builderEnvironment() });
    }
  }
  return join(folder, 'packages');
}

function recipeOf({ name, version, needs }: Package): object {
  const dependencies = needs.length === 0 ? {} : { dependencies: { runtime: needs } };
  return { package: { name, version, epoch: 0, description: name, copyright: [{ license: 'Apache-2.0' }], ...dependencies } };
}

function writeFiles(folder: string, files: Package['files']): void {
  for (const [path, { text, mode }] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), mode);
  }
}
