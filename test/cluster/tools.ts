import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const TOOLS = folder('./tools/');
const REGISTRY = folder('./registry/');
const KUBERNETES = '1.36.3';
const [MAJOR, MINOR] = KUBERNETES.split('.');

/** One `go` call and the binaries it makes. */
interface Recipe {
  readonly makes: readonly string[];
  /** The one that it makes, by the name that go gives it. */
  readonly as?: string;
  readonly why: string;
  /** Go module in which it runs. */
  readonly module: string;
  readonly arguments: (out: string) => readonly string[];
  /** Install recipes write to GOBIN; build recipes take the folder as an argument. */
  readonly installs: boolean;
}

/** Version of cosign that signs the test images. */
export const COSIGN = '3.1.3';
const CRANE = '0.22.1';
/** Not part of the folder's key: its name in there holds it. */
const HELM = '3.22.0';
/** As of helm: nodes that run nothing and say that they do. */
const KWOK = '0.8.0';

const RECIPES: readonly Recipe[] = [
  {
    makes: ['kube-apiserver', 'server', 'kube-controller-manager', 'kubectl'],
    why: `Kubernetes ${KUBERNETES} and etcd: about 6 minutes on two cores`,
    module: TOOLS,
    installs: false,
    arguments: (out) => [
      'build', '-trimpath',
      '-ldflags', `-s -w ${versionFlag('gitVersion', `v${KUBERNETES}`)} ${versionFlag('gitMajor', MAJOR)} ${versionFlag('gitMinor', MINOR)}`,
      '-o', `${out}/`,
      'k8s.io/kubernetes/cmd/kube-apiserver', 'go.etcd.io/etcd/server/v3',
      'k8s.io/kubernetes/cmd/kube-controller-manager', 'k8s.io/kubernetes/cmd/kubectl',
    ],
  },
  install('cosign', `github.com/sigstore/cosign/v3/cmd/cosign@v${COSIGN}`, 'about 90 seconds'),
  install('crane', `github.com/google/go-containerregistry/cmd/crane@v${CRANE}`, 'seconds'),
  { ...install(`helm-${HELM}`, `helm.sh/helm/v3/cmd/helm@v${HELM}`, 'about 2 minutes'), as: 'helm' },
  { ...install(`kwok-${KWOK}`, `sigs.k8s.io/kwok/cmd/kwok@v${KWOK}`, 'about 1 minute'), as: 'kwok' },
  { makes: ['registry'], why: 'seconds', module: REGISTRY, installs: false, arguments: (out) => ['build', '-trimpath', '-ldflags', '-s -w', '-o', `${out}/`, '.'] },
];

/** Absolute paths of the programs that the cluster tests run. */
export interface Tools {
  readonly apiserver: string;
  readonly etcd: string;
  readonly controllerManager: string;
  readonly kubectl: string;
  readonly cosign: string;
  readonly crane: string;
  readonly helm: string;
  readonly kwok: string;
  /** A registry in memory, with or without the referrers API. */
  readonly registry: string;
}

/** Paths of the tools in the cache folder; they need not exist yet (see {@link ensureTools}). */
export function toolPaths(): Tools {
  const bin = binFolder();
  return {
    apiserver: join(bin, 'kube-apiserver'),
    etcd: join(bin, 'server'),
    controllerManager: join(bin, 'kube-controller-manager'),
    kubectl: join(bin, 'kubectl'),
    cosign: join(bin, 'cosign'),
    crane: join(bin, 'crane'),
    helm: join(bin, `helm-${HELM}`),
    kwok: join(bin, `kwok-${KWOK}`),
    registry: join(bin, 'registry'),
  };
}

/**
 * Builds the tools that are missing from the cache folder (`$GATEHOUSE_CACHE` or `~/.cache/gatehouse`), and is
 * quick when none is. With `only`, no others than these programs are built. The folder is keyed by the module's lock and the versions above, so a change of either
 * builds anew. Throws with the way out when Go is missing or a build fails.
 */
export async function ensureTools(say: (line: string) => void, only?: readonly (keyof Tools)[]): Promise<Tools> {
  const bin = binFolder();
  const missing = RECIPES.filter((recipe) => recipe.makes.some((name) => !existsSync(join(bin, name)) && (only?.some((wanted) => wanted === name || recipe.as === wanted) ?? true)));
  if (missing.length > 0) requireGo();
  mkdirSync(bin, { recursive: true });
  for (const recipe of missing) {
    say(`building ${recipe.makes.join(', ')} (${recipe.why}) into ${bin}`);
    await build(recipe, bin);
  }
  return toolPaths();
}

function binFolder(): string {
  const cache = process.env.GATEHOUSE_CACHE ?? join(homedir(), '.cache', 'gatehouse');
  const key = createHash('sha256');
  for (const file of [`${TOOLS}go.mod`, `${TOOLS}go.sum`, `${REGISTRY}go.sum`, `${REGISTRY}main.go`]) key.update(readFileSync(file));
  key.update(JSON.stringify([KUBERNETES, COSIGN, CRANE]));
  return join(cache, key.digest('hex').slice(0, 16), 'bin');
}

function versionFlag(name: string, value = ''): string {
  return `-X k8s.io/component-base/version.${name}=${value}`;
}

function install(name: string, module: string, why: string): Recipe {
  return { makes: [name], why, module: TOOLS, installs: true, arguments: () => ['install', '-trimpath', '-ldflags', '-s -w', module] };
}

function requireGo(): void {
  const found = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (found.status === 0) return;
  throw new Error(
    'Go is missing: the cluster tests build kube-apiserver, etcd, kubectl, cosign and crane from source once. '
      + 'Install Go 1.26 or newer (https://go.dev/dl) so that `go version` works, or run `npm test` only.',
  );
}

/** Builds into a fresh folder first and renames, so that a build that is broken off leaves nothing half done. */
async function build(recipe: Recipe, bin: string): Promise<void> {
  const out = mkdtempSync(`${bin}.`);
  try {
    const env = recipe.installs ? { ...process.env, GOBIN: out } : process.env;
    const code = await run(recipe, out, env);
    if (code !== 0) throw new Error(`go could not build ${recipe.makes.join(', ')}: see its output above`);
    for (const name of recipe.makes) renameSync(join(out, recipe.as ?? name), join(bin, name));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function run(recipe: Recipe, out: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', recipe.arguments(out), { cwd: recipe.module, env, stdio: ['ignore', 2, 2] });
    child.once('error', reject);
    child.once('exit', resolve);
  });
}
