import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DigestResolver, EvidenceBatch, EvidenceSource, TrustReader } from './domain/ports.ts';
import type { DockerAuths } from './domain/artifact/registry.ts';
import { caProblem } from './platform/config/ca-text.ts';
import { readInputFile, readInputText } from './platform/input-file.ts';
import { VERSION } from './platform/version.ts';
import { PlacedProblems, UsageError } from './surfaces/cli/context.ts';
import type { CliContext, CliRooms, LocalEngine, LocalInspector, LocalOptions } from './surfaces/cli/context.ts';
import { runCli } from './surfaces/cli/index.ts';

/** Runs the command line of this process and ends it with the exit code. */
export async function main(): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const context: CliContext = {
    rooms,
    version: VERSION,
    now: Date.now,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stdin: readStandardInput,
  };
  const code = await runCli(process.argv.slice(2), context);
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit(code);
}

/** Resolves when what was written has left; pipes are written asynchronously, and `process.exit` would cut them short. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    if (stream.writableLength === 0) done();
    else stream.once('close', done).write('', () => done());
  });
}

const MAX_STDIN = 64 * 1024 * 1024;

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_STDIN) throw new UsageError(`standard input is larger than ${MAX_STDIN} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const rooms: CliRooms = {
  async serve(config, options) {
    const { serve } = await import('./main.ts');
    await serve(config, options).catch((cause: unknown) => {
      throw new UsageError(cause instanceof Error ? cause.message : String(cause));
    });
  },
  async lint(folders) {
    const { formatProblem } = await import('./policy/index.ts');
    const { set, problems } = await compileFolders(folders);
    return { policies: set?.policies.length ?? 0, problems, lines: problems.map(formatProblem) };
  },
  async check(folders, now, ahead) {
    const { expiries, formatProblem } = await import('./policy/index.ts');
    const { set, problems } = await compileFolders(folders);
    if (set === undefined) throw new PlacedProblems(problems.map(formatProblem).join('\n'));
    return { policies: set.policies.length, expiries: expiries(set, now, ahead), revocations: set.inventory?.revocations ?? [] };
  },
  openEngine,
  openInspector,
};

/** Reads and compiles policy folders; throws UsageError when they cannot be read. */
async function compileFolders(
  folders: readonly string[],
  trust?: TrustReader,
): Promise<ReturnType<(typeof import('./policy/index.ts'))['compilePolicies']>> {
  const [{ compilePolicies }, { createTrustReader }, { listPolicyFiles, readPolicyFiles }] = await Promise.all([
    import('./policy/index.ts'),
    import('./trust/index.ts'),
    import('./feeds/policies/files.ts'),
  ]);
  const files = await listPolicyFiles(folders)
    .then((listing) => readPolicyFiles(listing))
    .catch(asUsageError);
  if (files.length === 0) throw new UsageError(`${folders.join(', ')}: no policy files (*.yaml, *.yml, *.json) found`);
  return compilePolicies(files, { trust: trust ?? createTrustReader() });
}

/** How long a command waits for the TUF repositories that trust roots name. */
const ROOTS_WITHIN = 10_000;

/** Compiles the folders with what TUF repositories publish at this moment; nothing of it is kept for the next run. */
async function compileOnline(options: LocalOptions): ReturnType<typeof compileFolders> {
  const [{ createTufMirror }, { createTrustReader, createTufRootSource }, { createFileStore, createTrustRootFollower }] = await Promise.all(
    [import('./fetch/index.ts'), import('./trust/index.ts'), import('./feeds/trust-roots/index.ts')],
  );
  const mirror = createTufMirror({
    clock: Date,
    plainHttp: options.plainHttp,
    registries: await registriesOf(options),
    proxy: proxyOf(),
    userAgent: `gatehouse/${VERSION}`,
  });
  const follower = createTrustRootFollower({
    clock: Date,
    open: (spec) => createTufRootSource(spec, { store: createFileStore(undefined, () => undefined), files: mirror.files }),
    events: {
      confirmed: () => undefined,
      stale: () => undefined,
      failed: (root, problem) => void process.stderr.write(`gatehouse: trust root ${root}: ${problem}\n`),
    },
    changed: () => undefined,
  });
  try {
    const trust = { ...createTrustReader(), tufRoot: follower.tufRoot };
    const compiled = await compileFolders(options.policies, trust);
    return (await follower.primed(ROOTS_WITHIN)) ? await compileFolders(options.policies, trust) : compiled;
  } finally {
    follower.close();
    await mirror.close();
  }
}

/** The engine in this process: policies from folders, evidence from files and, unless offline, registries. */
async function openEngine(options: LocalOptions): Promise<LocalEngine> {
  const { set, problems } = await (options.offline ? compileFolders(options.policies) : compileOnline(options));
  if (set === undefined) {
    const { formatProblem } = await import('./policy/index.ts');
    throw new PlacedProblems(problems.map(formatProblem).join('\n'));
  }
  const [{ createAdmit }, { createVerifier }, { createExaminer }, { newDecisionId }, kube] = await Promise.all([
    import('./engine/admit.ts'),
    import('./verify/index.ts'),
    import('./examine/index.ts'),
    import('./platform/decisions/id.ts'),
    import('./feeds/namespaces/file.ts'),
  ]);
  const namespaces =
    options.namespacesFile === undefined ? kube.NO_NAMESPACES : await kube.namespacesFromFile(options.namespacesFile).catch(asUsageError);
  const { source, close } = await openSource(options, set.literalHosts);
  const [verifier, examiner] = [createVerifier({ workers: 1 }), createExaminer({ threads: 1 })];
  const admit = createAdmit({
    clock: Date,
    policies: { current: () => ({ ready: true, set }) },
    source,
    resolver: source,
    verifier,
    examiner,
    namespaces,
    recorder: { record: () => undefined },
    unmatched: 'deny',
    newId: newDecisionId,
    onFault: (fault) =>
      process.stderr.write(`gatehouse: internal error: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`),
  });
  return {
    admit: async (review, budget) => admit(review, budget),
    close: async () => {
      await Promise.all([verifier.close(), examiner.close(), close()]);
    },
  };
}

/** Evidence is tried with the public good, the keys given, and all that the policies name. */
async function openInspector(options: LocalOptions & { readonly keys: readonly string[] }): Promise<LocalInspector> {
  const [{ inspect }, { createVerifier }, { compilePolicies }, { createTrustReader }, { mergeTrust }] = await Promise.all([
    import('./engine/inspect.ts'),
    import('./verify/index.ts'),
    import('./policy/index.ts'),
    import('./trust/index.ts'),
    import('./select/select.ts'),
  ]);
  const files = await Promise.all(options.keys.map((path) => readInputText(path).catch(asUsageError)));
  const { anybody } = await import('./surfaces/cli/anybody.ts');
  const own = compilePolicies([{ path: '--key', text: anybody(files) }], { trust: createTrustReader() });
  if (own.set === undefined) throw new UsageError(`--key ${options.keys.join(', ')}: ${own.problems[0]?.message ?? 'is no public key'}`);
  const policies =
    options.policies.length === 0 ? undefined : await (options.offline ? compileFolders(options.policies) : compileOnline(options));
  if (policies !== undefined && policies.set === undefined) {
    const { formatProblem } = await import('./policy/index.ts');
    throw new PlacedProblems(policies.problems.map(formatProblem).join('\n'));
  }
  const trust = mergeTrust([...own.set.policies, ...(policies?.set?.policies ?? [])]);
  const { source, close } = await openSource(options, policies?.set?.literalHosts ?? new Set());
  const verifier = createVerifier({ workers: 1 });
  return {
    inspect: (ref, signal) => inspect(ref, { clock: Date, source, resolver: source, verifier, trust }, signal),
    keys: new Map(trust.keys.map(({ keyId, pem }) => [keyId, pem])),
    close: async () => { await Promise.all([verifier.close(), close()]); },
  };
}

async function openSource(
  options: LocalOptions,
  literalHosts: ReadonlySet<string>,
): Promise<{ source: EvidenceSource & DigestResolver; close: () => Promise<void> }> {
  const { createEvidenceSource, evidenceFromFile, offlineSource } = await import('./fetch/index.ts');
  const batches = await Promise.all(
    options.evidence.map(async (path) => evidenceFromFile(path, await readInputFile(path).catch(asUsageError))),
  );
  const given: EvidenceBatch = {
    evidence: batches.flatMap((batch) => batch.evidence),
    problems: batches.flatMap((batch) => batch.problems),
  };
  const files = offlineSource(given);
  if (options.offline) return { source: files, close: () => Promise.resolve() };
  const registry = createEvidenceSource({
    clock: Date,
    registries: await registriesOf(options),
    plainHttp: options.plainHttp,
    dockerAuths: await dockerAuths(options.dockerConfig),
    literalHosts: () => literalHosts,
    proxy: proxyOf(),
    userAgent: `gatehouse/${VERSION}`,
  });
  return { source: besides(given, files, registry), close: () => registry.close() };
}

function registriesOf(options: LocalOptions): Promise<{ host: string; ca: string }[]> {
  return Promise.all(options.registryCAs.map(async ({ host, file }) => {
    const ca = await readInputText(file).catch(asUsageError);
    const problem = caProblem(ca);
    if (problem !== undefined) throw new UsageError(`--registry-ca ${file}: ${problem}`);
    return { host, ca };
  }));
}

function proxyOf(): { httpProxy: string | undefined; httpsProxy: string | undefined; noProxy: string | undefined } {
  const env = (name: string): string | undefined => process.env[name] ?? process.env[name.toLowerCase()];
  return { httpProxy: env('HTTP_PROXY'), httpsProxy: env('HTTPS_PROXY'), noProxy: env('NO_PROXY') };
}

/** Evidence from files first, then from the registry; what has no registry (files, digests) is judged by the files alone. */
function besides(
  given: EvidenceBatch,
  files: EvidenceSource & DigestResolver,
  registry: EvidenceSource & DigestResolver,
): EvidenceSource & DigestResolver {
  return {
    async open(artifact, scope, how) {
      if (artifact.kind !== 'image') return files.open(artifact, scope, how);
      const lookup = await registry.open(artifact, scope, how);
      return {
        get batches() {
          return [given, ...lookup.batches];
        },
        get fetchedAt() {
          return lookup.fetchedAt;
        },
        next: (signal) => lookup.next(signal),
      };
    },
    diagnose: (artifact, scope, signal) => (artifact.kind === 'image' ? registry : files).diagnose(artifact, scope, signal),
    parentIndex: (artifact, scope, signal) => (artifact.kind === 'image' ? registry : files).parentIndex(artifact, scope, signal),
    ...(registry.layers === undefined ? {} : { layers: registry.layers }),
    resolve: (ref, scope, signal) => (ref.kind === 'image' ? registry : files).resolve(ref, scope, signal),
  };
}

/** Credentials of the file named, or of docker's own file if there is one. */
async function dockerAuths(file: string | undefined): Promise<DockerAuths | undefined> {
  const { DOCKER_CONFIG, HOME } = process.env;
  const folder = DOCKER_CONFIG ?? (HOME === undefined ? undefined : join(HOME, '.docker'));
  const own = folder === undefined ? undefined : join(folder, 'config.json');
  const path = file ?? (own !== undefined && existsSync(own) ? own : undefined);
  if (path === undefined) return undefined;
  const { readDockerConfig } = await import('./fetch/index.ts');
  const read = readDockerConfig(await readInputText(path).catch(asUsageError));
  if (!read.ok) throw new UsageError(`${path}: ${read.problem.cause ?? 'is not a docker configuration'}`);
  return read.auths;
}

function asUsageError(cause: unknown): never {
  throw new UsageError(cause instanceof Error ? cause.message : String(cause));
}
