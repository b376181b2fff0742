/** Walks docs/tutorial.md: its commands by a shell, in order; only the registry has another name, and speaks plain HTTP. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeImage } from '../world/image.ts';
import { push } from '../world/push.ts';
import type { TestRegistry } from '../world/registry.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLUSTER = '\n## In a cluster\n';

/** Commands of one fence of the page, and what it says about them. */
export interface Command {
  readonly command: string;
  /** The exit code that the page tells. */
  readonly expected: number;
  /** Lines that the page shows of the output. */
  readonly shown: readonly string[];
}

/** How a command ended, and what it wrote. */
export interface Step extends Command {
  readonly code: number;
  readonly output: string;
}

/** Where a fence stands: images for who has none, the steps before "In a cluster", and those of it. */
export type Part = 'images' | 'desk' | 'cluster';

/** Programs by name, as the text of a shell script. */
export type Programs = Readonly<Record<string, string>>;

/** The reader's machine: a home with the folder `first` in it, and a shell that stays where the last command has gone. */
export interface Desk {
  /** The folder in which the page begins. */
  readonly first: string;
  /** Runs a command; its exit code is part of what is given, and the registry has the name again that the page calls it by. */
  run(command: Command): Promise<Step>;
  close(): void;
}

/** Runs what the page says before "In a cluster" against a registry; the two images that it asks for are pushed. */
export async function walkTutorial(registry: TestRegistry, programs: Programs): Promise<readonly Step[]> {
  for (const tag of ['1.0', '1.1']) await push(registry, 'shop/app', makeImage({ seed: tag }), [tag]);
  const desk = sitDown(registry.host, programs);
  const steps: Step[] = [];
  for (const command of commandsOf('desk')) steps.push(await desk.run(command));
  desk.close();
  return steps;
}

/** A machine on which `programs`, and `gatehouse` of this checkout, stand before those of the machine itself. */
export function sitDown(registry: string, programs: Programs, env: Readonly<Record<string, string>> = {}): Desk {
  const home = mkdtempSync(join(tmpdir(), 'gatehouse-tutorial-'));
  const [bin, first, place] = [join(home, 'bin'), join(home, 'first'), join(home, 'place')];
  for (const folder of [bin, first]) mkdirSync(folder);
  const plainHttp = `case "$1" in verify|inspect) set -- "$@" --plain-http ${registry};; esac`;
  const gatehouse = `${plainHttp}\nexec '${process.execPath}' '${ROOT}bin/gatehouse.js' "$@"`;
  for (const [name, text] of Object.entries({ gatehouse, ...programs }))
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const path = [bin, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':');
  const known = { PATH: path, HOME: home, COSIGN_PASSWORD: '', checkout: ROOT, ...env };
  return {
    first,
    run: async (command) => {
      const cwd = existsSync(place) ? readFileSync(place, 'utf8').trim() : first;
      const script = `trap 'pwd > "${place}"' EXIT\n${command.command.replaceAll('registry.acme.example', registry)}`;
      const { code, output } = await shell(script, cwd, known);
      return { ...command, code, output: plain(output.replaceAll(registry, 'registry.acme.example')) };
    },
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** The commands of a part of the page, in order; all that stands in one fence is one. */
export function commandsOf(part: Part): readonly Command[] {
  const page = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
  const at = page.indexOf(CLUSTER);
  if (at < 0) throw new Error('docs/tutorial.md has no part "In a cluster"');
  const text = part === 'cluster' ? page.slice(at) : page.slice(0, at);
  const found: { head: string; command: string; expected: number; shown: readonly string[] }[] = [];
  for (const [, head = '', body = ''] of text.matchAll(/^```(\w+ [\w ]+)\n([\s\S]*?)^```/gm)) {
    const last = found.at(-1);
    if (head !== 'text shown') found.push({ head, command: body, expected: head === 'sh step denied' ? 1 : 0, shown: [] });
    else if (last !== undefined) last.shown = plain(body).split('\n').filter((line) => line !== '');
  }
  return found.filter(({ head }) => (part === 'images' ? head === 'sh images' : head.startsWith('sh step')));
}

/** Commands that the page names in its sentences; `gatehouse verify` and the like are names of commands, and nothing to run. */
export function inlineCommands(): readonly string[] {
  const page = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  const named = [...page.matchAll(/`((?:kubectl|gatehouse|cosign|crane|npm) [^`]+)`/g)].map(([, command = '']) => command);
  return named.filter((command) => !/^gatehouse \w+$/.test(command));
}

/** Without what differs from time to time: digests, references, and the width of columns. */
function plain(text: string): string {
  return text.replace(/sha256:[0-9a-f]{4,}(?:…[0-9a-f]+)?/g, 'sha256:…').replace(/\(reference [0-9a-f]+\)/g, '(reference …)')
    .replace(/(\S) {2,}/g, '$1  ');
}

function shell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile('bash', ['--norc', '-euo', 'pipefail', '-c', script], { cwd, env }, (cause, stdout, stderr) => {
      resolve({ code: cause === null ? 0 : Number((cause as { code?: unknown }).code ?? -1), output: `${stdout}${stderr}` });
    });
  });
}
