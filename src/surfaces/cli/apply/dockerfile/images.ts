/** Every image that a Dockerfile takes something from, and what of it cannot be known. */
import type { Usage } from '../../../../domain/artifact/artifact.ts';
import { readLines, wordsOf } from './lines.ts';
import type { Instruction } from './lines.ts';
import { substitute } from './variables.ts';

/** An image, with the line that names it. */
export interface NamedImage {
  readonly text: string;
  readonly line: number;
  readonly usage: Usage;
  /** As people say it: `FROM`, `COPY --from`. */
  readonly holder: string;
}

/** A place whose image is not known: `name` is the argument that nobody gave, empty where no value would help. */
export interface OpenImage {
  readonly text: string;
  readonly line: number;
  readonly holder: string;
  readonly name: string;
}

export interface DockerfileImages {
  readonly images: readonly NamedImage[];
  readonly open: readonly OpenImage[];
  /** Number of FROM instructions: without any the file is none. */
  readonly stages: number;
  readonly problem?: { readonly line: number; readonly text: string };
}

/** Arguments that BuildKit has in FROM lines without an ARG: what is known of them is what the command line says. */
const OF_PLATFORM = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$/;

interface Stages {
  readonly names: Set<string>;
  count: number;
}

/**
 * The images of a Dockerfile: base images (earlier stages are none, and `scratch` is nothing), what COPY and mounts take from, and the
 * frontend. `given` are the build arguments of the command line; ARG instructions before the first FROM give the others. Never throws.
 */
export function dockerfileImages(text: string, given: ReadonlyMap<string, string>): DockerfileImages {
  const { instructions, syntax, escape, problem } = readLines(text);
  const images: NamedImage[] = [];
  const open: OpenImage[] = [];
  const stages: Stages = { names: new Set(), count: 0 };
  const values = new Map([...given].filter(([name]) => OF_PLATFORM.test(name)));
  const frontend = given.get('BUILDKIT_SYNTAX') ?? syntax?.text;
  if (frontend !== undefined) images.push({ text: frontend, line: syntax?.line ?? 1, usage: 'buildStep', holder: '# syntax' });
  const add = (
    written: string, line: number, holder: string, usage: Usage, known: ReadonlyMap<string, string> | undefined, later = false,
  ): void => {
    const read = known === undefined ? literal(written) : substitute(written, known, escape);
    if (!read.ok) open.push({ text: written, line, holder, name: read.name });
    else if (later || !isStage(read.text, stages, holder)) images.push({ text: read.text, line, usage, holder });
  };
  for (const instruction of instructions) {
    const { name, rest, line } = withoutOnBuild(instruction);
    const isLater = instruction.name === 'ONBUILD';
    for (const text of unclearFlags(name, rest)) open.push({ text, line, holder: name, name: '' });
    if (name === 'ARG' && stages.count === 0) declare(rest, values, given, escape);
    if (name === 'FROM') {
      const [base = '', as, alias] = wordsOf(rest).filter((word) => !word.startsWith('--'));
      add(base, line, 'FROM', 'baseImage', values);
      stages.count += 1;
      if (as?.toUpperCase() === 'AS' && alias !== undefined) stages.names.add(alias.toLowerCase());
    }
    if (name === 'COPY') for (const from of flagsOf(rest, '--from')) add(from, line, 'COPY --from', 'dependency', undefined, isLater);
    if (name === 'RUN')
      for (const from of flagsOf(rest, '--mount').flatMap(mountedFrom)) add(from, line, 'RUN --mount', 'dependency', undefined, isLater);
  }
  return { images, open, stages: stages.count, ...(problem === undefined ? {} : { problem }) };
}

function withoutOnBuild(instruction: Instruction): Instruction {
  const [, name, rest = ''] = instruction.name === 'ONBUILD' ? (/^(\S+)\s*([\s\S]*)$/.exec(instruction.rest) ?? []) : [];
  return name === undefined ? instruction : { ...instruction, name: name.toUpperCase(), rest };
}

/** Nothing is put into these by BuildKit, so a `$` in one is nothing that could be judged. */
function literal(text: string): ReturnType<typeof substitute> {
  return text.includes('$') ? { ok: false, name: '' } : { ok: true, text };
}

/** `scratch` is nothing, and only as a base; stages are those before, by name or, other than as a base, by number. */
function isStage(text: string, { names, count }: Stages, holder: string): boolean {
  if (names.has(text.toLowerCase())) return true;
  return holder === 'FROM' ? text === 'scratch' : /^\d{1,6}$/.test(text) && Number(text) < count;
}

/** `ARG A=b C`: what the command line says counts, else what is written; without either it stays unknown. */
function declare(rest: string, values: Map<string, string>, given: ReadonlyMap<string, string>, escape: '\\' | '`'): void {
  for (const word of wordsOf(rest)) {
    const split = word.indexOf('=');
    const name = split < 0 ? word : word.slice(0, split);
    const value = given.get(name);
    const read = split < 0 ? undefined : substitute(word.slice(split + 1), values, escape);
    if (value !== undefined) values.set(name, value);
    else if (read?.ok === true) values.set(name, read.text);
    else values.delete(name);
  }
}

/** Flags that another reader may take for others: with escapes or quotes in them, or with their value as a word of its own. */
function unclearFlags(name: string, rest: string): readonly string[] {
  if (name !== 'FROM' && name !== 'COPY' && name !== 'ADD' && name !== 'RUN') return [];
  const words = wordsOf(rest);
  const end = words.findIndex((word) => !/^["'\\]*-/.test(word));
  const flags = words.slice(0, end < 0 ? words.length : end);
  const isPlain = (word: string): boolean => /^--[a-z-]+(?:=|$)/.test(word) && !/^--(?:from|mount|platform)$/.test(word);
  return flags.filter((word) => !isPlain(word));
}

/** The values of a flag among those that stand before everything else. */
function flagsOf(rest: string, flag: string): readonly string[] {
  const words = wordsOf(rest);
  const end = words.findIndex((word) => !/^["']?--/.test(word));
  const flags = words.slice(0, end < 0 ? words.length : end).map(unquoted);
  return flags.filter((word) => word.startsWith(`${flag}=`)).map((word) => word.slice(flag.length + 1));
}

/** A mount is a line of CSV. */
function mountedFrom(mount: string): readonly string[] {
  const parts = mount.split(',').map((part) => unquoted(part.trim()));
  return parts.filter((part) => /^from=/i.test(part)).map((part) => part.slice('from='.length));
}

function unquoted(text: string): string {
  return text.replaceAll(/["']/g, '');
}
