import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A product built from its Go module, with the dependencies that its own go.mod and go.sum lock. */
export interface PeerModule {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** Hash of the module as the checksum database has it: what is built is what was looked at. */
  readonly sum: string;
  /** Package of the program inside the module. */
  readonly program: string;
  /** Changes to its source, each in a place that must occur exactly once. */
  readonly edits?: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

export const KYVERNO: PeerModule = {
  name: 'kyverno', module: 'github.com/kyverno/kyverno', version: '1.19.1',
  sum: 'h1:/MkgFii3/VlQfKR1JpC9tVwNNVNQTt2S4U6qCsafsTU=', program: './cmd/kyverno',
};

export const POLICY_CONTROLLER: PeerModule = {
  name: 'policy-controller', module: 'github.com/sigstore/policy-controller', version: '0.13.1',
  sum: 'h1:Woy+6bQ7pT/0m3/PSO2RtDxSHKBZ/8iHpCZFcZJThM8=', program: './cmd/webhook',
  // It parses its flags before those of its Kubernetes client exist, and reads the port before that, so neither can be set.
  edits: [
    { file: 'cmd/webhook/main.go', from: '\t"knative.dev/pkg/injection/sharedmain"\n', to: '\t"knative.dev/pkg/injection"\n\t"knative.dev/pkg/injection/sharedmain"\n' },
    { file: 'cmd/webhook/main.go', from: '8443,\n', to: 'webhook.PortFromEnv(8443),\n' },
    {
      file: 'cmd/webhook/main.go', from: 'sharedmain.MainWithContext(ctx, "policy-controller",',
      to: 'cfg := injection.ParseAndGetRESTConfigOrDie()\n\tcfg.QPS, cfg.Burst = 100000, 100000\n\tctx = sharedmain.WithHADisabled(sharedmain.WithHealthProbesDisabled(ctx))\n\tsharedmain.MainWithConfig(ctx, "policy-controller", cfg,',
    },
  ],
};

/** A peer that can be started. */
export interface BuiltPeer {
  readonly program: string;
  /** The module's own folder, with the manifests it ships. */
  readonly folder: string;
}

/**
 * Builds a peer into the cache folder (`$GATEHOUSE_CACHE` or `~/.cache/gatehouse`) unless that version is there.
 * It is built as the main module of its own, since its go.mod has replacements, which `go install module@version`
 * refuses. Throws when Go is missing, the hash is another one, an edit finds no place, or the build fails.
 */
export async function buildPeer(peer: PeerModule, say: (line: string) => void): Promise<BuiltPeer> {
  const folder = moduleFolder(peer);
  const cache = join(process.env.GATEHOUSE_CACHE ?? join(homedir(), '.cache', 'gatehouse'), 'peers');
  const program = join(cache, `${peer.name}-${peer.version}-${createHash('sha256').update(JSON.stringify(peer)).digest('hex').slice(0, 8)}`);
  if (existsSync(program)) return { program, folder };
  mkdirSync(cache, { recursive: true });
  say(`building ${peer.name} ${peer.version} (some minutes on two cores) into ${cache}`);
  const out = mkdtempSync(`${program}.`);
  try {
    const source = peer.edits === undefined ? folder : editedCopy(peer.edits, folder, join(out, 'source'));
    const code = await go(['build', '-trimpath', '-ldflags', '-s -w', '-o', join(out, 'program'), peer.program], source);
    if (code !== 0) throw new Error(`go could not build ${peer.name}: see its output above`);
    renameSync(join(out, 'program'), program);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
  return { program, folder };
}

/** Copies the module, since what lies in the module cache cannot be changed, and edits the copy. */
function editedCopy(edits: NonNullable<PeerModule['edits']>, folder: string, copy: string): string {
  cpSync(folder, copy, { recursive: true });
  for (const { file, from, to } of edits) {
    const path = join(copy, file);
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places like ${JSON.stringify(from)}, expected one`);
    chmodSync(path, 0o644);
    writeFileSync(path, parts.join(to));
  }
  return copy;
}

function moduleFolder(peer: PeerModule): string {
  const found = spawnSync('go', ['mod', 'download', '-json', `${peer.module}@v${peer.version}`], { cwd: tmpdir(), encoding: 'utf8' });
  if (found.error !== undefined) throw new Error('Go is missing: the peers are built from source once. Install Go 1.26 or newer (https://go.dev/dl) so that `go version` works.');
  if (found.status !== 0) throw new Error(`go could not download ${peer.name}: ${found.stdout}${found.stderr}`);
  const { Dir, Sum } = JSON.parse(found.stdout) as { Dir: string; Sum: string };
  if (Sum !== peer.sum) throw new Error(`${peer.module}@v${peer.version} has the hash ${Sum}, expected ${peer.sum}`);
  return Dir;
}

function go(args: readonly string[], cwd: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd, stdio: ['ignore', 2, 2] });
    child.once('error', reject);
    child.once('exit', resolve);
  });
}
