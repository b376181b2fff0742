/** A builder: its own folder, its own run of melange and apko, and what it has published. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFolder } from '../cluster/processes.ts';
import type { TestRegistry } from '../world/registry.ts';
import { ARCHITECTURES, builderEnvironment, COMMIT, emitPackages } from './packages.ts';
import type { Package, PackageKey } from './packages.ts';
import type { PackageRepository } from './repository.ts';
import { apkoTools } from './tools.ts';

const call = promisify(execFile);

/** An index or one of its platforms, and what apko wrote about it. */
export interface Part {
  /** `index`, or the architecture. */
  readonly name: string;
  readonly digest: string;
  readonly sbom: SpdxDocument;
}

/** As much of apko's SBOM as is read here. */
export interface SpdxDocument {
  readonly creationInfo: { readonly creators: readonly string[] };
  readonly packages: readonly { readonly name: string; readonly versionInfo?: string }[];
}

/** What a builder draws on. */
export interface Supplies {
  readonly key: PackageKey;
  readonly packages: PackageRepository;
  readonly registry: TestRegistry;
}

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly platform: { readonly architecture: string } }[];
}

const PLATFORM = { x86_64: 'amd64', aarch64: 'arm64' } as const satisfies Record<(typeof ARCHITECTURES)[number], string>;

/**
 * Builds the packages and an image of them for two platforms, and publishes it as `name` in the registry; gives the index first.
 * Throws what apko said when it refuses. `trusted` is the key by which apko takes packages.
 */
export async function buildImage(
  supplies: Supplies, name: string, packages: readonly Package[], trusted: PackageKey = supplies.key,
): Promise<readonly Part[]> {
  const { registry } = supplies;
  const folder = dataFolder('builder');
  supplies.packages.serve(await emitPackages(folder, packages, supplies.key));
  for (const one of ['keys', 'sboms']) mkdirSync(join(folder, one));
  writeFileSync(join(folder, 'keys', `${trusted.name}.pub`), trusted.publicPem);
  writeFileSync(join(folder, 'image.yaml'), JSON.stringify(configuration(supplies.packages.url, trusted.name)));
  const args = ['publish', 'image.yaml', `${registry.host}/${name}:built`, '--sbom-path', 'sboms', '--vcs=false', '--cache-dir', 'cache'];
  await call(apkoTools().apko, args, { cwd: folder, env: builderEnvironment() });
  const sbomOf = (part: string): SpdxDocument => JSON.parse(readFileSync(join(folder, 'sboms', `sbom-${part}.spdx.json`), 'utf8'));
  const index = registry.store.getManifest(name, 'built');
  const { manifests } = JSON.parse(Buffer.from(index?.bytes ?? '{}').toString('utf8')) as Index;
  const platform = (architecture: string): string => manifests.find((one) => one.platform.architecture === architecture)?.digest ?? '';
  return [
    { name: 'index', digest: index?.digest ?? '', sbom: sbomOf('index') },
    ...ARCHITECTURES.map((one) => ({ name: one, digest: platform(PLATFORM[one]), sbom: sbomOf(one) })),
  ];
}

function configuration(repository: string, key: string): object {
  return {
    contents: { repositories: [repository], keyring: [`keys/${key}.pub`], packages: ['hello'] },
    entrypoint: { command: '/usr/bin/hello' },
    archs: ARCHITECTURES,
    'vcs-url': `https://git.acme.example/images@${COMMIT}`,
  };
}
