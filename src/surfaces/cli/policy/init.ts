/** A first policy as a file: from what an image proves, or from who is to sign. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectionTree } from '../../../explain/index.ts';
import { readTarget } from '../artifact.ts';
import { EXIT, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { refusePrivateKey } from '../names/key-file.ts';
import { localOptions, timeoutOf } from '../options.ts';
import type { JudgeFlags } from '../options.ts';
import { firstPolicy } from './first.ts';
import { foundOf, isOpen, strongestLines, strongestPolicy } from './strongest.ts';

/** Flags of `gatehouse policy init`. */
export interface InitFlags extends Omit<JudgeFlags, 'policy' | 'failOnWarn'> {
  readonly from?: string;
  readonly dir: string;
  readonly name: string;
  readonly image?: string[];
  readonly key?: string[];
  readonly github?: string;
  readonly gitlab?: string;
  readonly email?: string;
  readonly issuer: string;
  readonly workflow: string;
}

const HEADER = '# yaml-language-server: $schema=https://gatehouse.dev/schema/gatehouse.json\n';

/**
 * `gatehouse policy init`: writes DIR/NAME.yaml, which is not there yet, and says what to do next. Exit code 0; 1 where the image
 * proves nothing to ask for, 3 where it could not be looked at: then nothing is written.
 */
export async function init(flags: InitFlags, context: CliContext): Promise<number> {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?$/.test(flags.name)) {
    throw new UsageError(`--name ${flags.name}: expected a-z, 0-9 and "-", at most 52 characters`);
  }
  const templates = [flags.github, flags.gitlab, flags.email].filter((flag) => flag !== undefined).length;
  const sources = templates + (flags.from !== undefined || flags.key !== undefined ? 1 : 0);
  if (sources !== 1) throw new UsageError('one of --from, --key, --github, --gitlab and --email says who signs (--key also goes with --from)');
  if (flags.from !== undefined && flags.image !== undefined) throw new UsageError('--image does not go with --from');
  const made = flags.from === undefined ? await fromFlags(flags) : await fromImage(flags.from, flags, context);
  if (typeof made === 'number') return made;
  const text = `${HEADER}${made}${made.endsWith('\n') ? '' : '\n'}`;
  await lintFirst(text, context);
  const file = join(flags.dir, `${flags.name}.yaml`);
  await writeNew(flags.dir, file, text);
  const again = flags.from === undefined ? 'IMAGE' : [flags.from, ...wayThere(flags)].map(shellWord).join(' ');
  context.stderr(`${file} is written. Next:\n  gatehouse policy lint ${shellWord(flags.dir)}\n  gatehouse verify ${again} -p ${shellWord(flags.dir)}\n`);
  return EXIT.admitted;
}

/** The flags by which the image was found: without them it is not found again. */
function wayThere(flags: InitFlags): readonly string[] {
  const { evidence, offline, plainHttp, registryCa, authHost, dockerConfig } = flags;
  const each = (flag: string, values: readonly string[] = []): readonly string[] => values.flatMap((value) => [flag, value]);
  return [
    ...each('--evidence', evidence), ...(offline === true ? ['--offline'] : []), ...each('--plain-http', plainHttp),
    ...each('--registry-ca', registryCa), ...each('--auth-host', authHost),
    ...each('--docker-config', dockerConfig === undefined ? [] : [dockerConfig]),
  ];
}

/** As it may be pasted into a shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

async function fromFlags(flags: InitFlags): Promise<string> {
  const keys = await Promise.all((flags.key ?? []).map((file) => readKey(file)));
  return firstPolicy({ ...flags, keys }, flags.image ?? [], flags.name);
}

async function readKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => { throw new UsageError(`--key ${file}: ${messageOf(cause)}`); });
  // A private key that somebody names by mistake must not be copied into a file that is shared.
  refusePrivateKey(file, text);
  if (!/^\s*-----BEGIN [A-Z ]*PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END [A-Z ]*PUBLIC KEY-----\s*$/.test(text)) {
    throw new UsageError(`--key ${file}: is no public key (PEM)`);
  }
  return text;
}

async function fromImage(from: string, flags: InitFlags, context: CliContext): Promise<string | number> {
  const { review, imageHost } = await readTarget(from, {});
  const [ref] = review.artifacts ?? [];
  if (ref === undefined) throw new UsageError(`--from ${from}: ${review.inputFindings?.[0]?.cause ?? 'is no image'}`);
  const inspector = await context.rooms.openInspector({ ...localOptions({ ...flags, policy: [] }, imageHost), keys: flags.key ?? [] });
  try {
    const found = foundOf(await inspector.inspect(ref, AbortSignal.timeout(timeoutOf(flags))), inspector.keys, review);
    const { inspection } = found;
    const strongest = await strongestPolicy(found, flags.name, context.now());
    context.stderr(`${[inspectionTree(inspection), ...strongestLines(strongest)].join('\n')}\n`);
    // What could not be looked at may have been the reason to ask for more.
    if (isOpen(inspection, strongest)) return EXIT.undetermined;
    return strongest.policy ?? EXIT.denied;
  } finally {
    await inspector.close();
  }
}

/** Nothing is written that would not compile: a pattern of images may be anything. */
async function lintFirst(text: string, context: CliContext): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-init-'));
  try {
    const file = join(folder, 'policy.yaml');
    await writeFile(file, text, { mode: 0o600 });
    const { problems } = await context.rooms.lint([file], context.now());
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new UsageError(`no policy comes of this: ${errors.map(({ message }) => message).join('; ')}`);
    for (const { severity, message } of problems) if (severity === 'warning') context.stderr(`warning: ${message}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Never over a file that is there, whatever it is. */
async function writeNew(dir: string, file: string, text: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new UsageError(exists ? `${file}: is there already, and is left as it is` : `${file}: ${messageOf(cause)}`);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
