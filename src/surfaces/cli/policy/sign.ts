/** Policies signed, and the record of their versions, as commands. */
import { writeFile } from 'node:fs/promises';
import { EXIT, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';

export interface SignFlags {
  readonly key?: string;
  readonly bundle?: string;
  readonly next?: true;
  readonly inPlace?: true;
  readonly output: string;
  readonly canonical?: true;
}

/** `gatehouse policy sign`: signs every document of the files; or prints the bytes of one, for whoever signs elsewhere. */
export async function sign(paths: readonly string[], flags: SignFlags, context: CliContext): Promise<number> {
  const ways = [flags.key, flags.bundle, flags.canonical].filter((way) => way !== undefined).length;
  if (ways !== 1) throw new UsageError('expected exactly one of --key, --bundle and --canonical');
  const by = { key: flags.key, bundle: flags.bundle, next: flags.next === true };
  const { files, signed, canonical } = await context.rooms.signPolicies(paths, by);
  if (flags.canonical === true) {
    const [text, ...others] = canonical;
    if (text === undefined || others.length > 0) throw new UsageError(`--canonical: expected one document, found ${canonical.length}`);
    context.stdout(text);
    return EXIT.admitted;
  }
  for (const { path, name, version, state } of signed)
    context.stderr(`${path}: ${name} version ${version} ${state === 'signed' ? 'signed' : 'was signed by this key before'}\n`);
  if (flags.inPlace === true) for (const { path, text } of files) await write(path, text);
  else await give(flags.output, joined(files.map(({ text }) => text)), context);
  return EXIT.admitted;
}

function joined(texts: readonly string[]): string {
  return texts.map((text, index) => (index > 0 && !text.startsWith('---') ? `---\n${text}` : text)).join('');
}

export interface RecordFlags {
  readonly key: string;
  readonly after?: string;
  readonly output: string;
}

/** `gatehouse policy record`: writes a record of the versions of these documents. */
export async function record(paths: readonly string[], { key, after, output }: RecordFlags, context: CliContext): Promise<number> {
  const { text, documents } = await context.rooms.recordVersions(paths, { key, after }, context.now());
  for (const [name, { version }] of documents) context.stderr(`${name} version ${version}\n`);
  await give(output, text, context);
  return EXIT.admitted;
}

async function give(output: string, text: string, context: CliContext): Promise<void> {
  if (output === '-') context.stdout(text);
  else await write(output, text);
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${path}: cannot be written (${cause.code ?? 'unknown error'})`);
  });
}
