import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The program as the image holds it, and the environment in which the manifest runs it. */
export interface Shipped {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Compiles the sources of a checkout into a folder laid out as the Dockerfile does; throws when they do not compile. */
export function buildShipped(root: string = ROOT): Shipped {
  const app = join(root, 'results/app');
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  const compiler = join(root, 'node_modules/.bin/tsc');
  const built = spawnSync(compiler, ['-p', 'tsconfig.build.json', '--outDir', join(app, 'dist')], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the sources do not compile: ${built.stdout}${built.stderr}`);
  cpSync(join(root, 'bin'), join(app, 'bin'), { recursive: true });
  cpSync(join(root, 'package.json'), join(app, 'package.json'));
  return { program: join(app, 'bin/gatehouse.js'), environment: manifestEnvironment(root) };
}

/** The environment of the server's container in `deploy/manifests/install.yaml`. */
function manifestEnvironment(root: string): Readonly<Record<string, string>> {
  const documents = parseAllDocuments(readFileSync(join(root, 'deploy/manifests/install.yaml'), 'utf8')).map((document) => document.toJS() as Manifest | null);
  const container = documents.find((document) => document?.kind === 'Deployment')?.spec?.template?.spec?.containers[0];
  if (container === undefined) throw new Error('the manifest has no Deployment with a container');
  return Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
}

interface Manifest {
  readonly kind: string;
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers: readonly { readonly env?: readonly { readonly name: string; readonly value: string }[] }[] } } };
}
