/** Completion in a real bash, and the examples of help, each of which parses. */
import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { withGroups } from '../../../src/surfaces/cli/commands/groups.ts';
import { buildProgram } from '../../../src/surfaces/cli/index.ts';
import { localRooms } from '../../../src/wiring/local/rooms.ts';
import { ranCommandLine } from '../../support/command-line.ts';

const { stdout: script } = await ranCommandLine('completion', 'bash');
const completed = (...words: string[]): string[] =>
  execFileSync('bash', ['-c', `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gatehouse; printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', 'gatehouse', ...words],
    { encoding: 'utf8' }).split('\n').filter((line) => line !== '');

test.each<[string[], string[]]>([
  [['ver'], ['verify', 'version']],
  [['policy', 's'], ['schema', 'sign']],
  [['policy', 'lint', '-o', ''], ['text', 'json', 'yaml', 'sarif', 'github', 'table']],
  [['policy', 'lint', '-o', 'sa'], ['sarif']],
  [['verify', 'image', '--vsa-k'], ['--vsa-key']],
  [['verify', '-p', ''], []],
  [['verify', 'policy', 'lint', '--fail'], ['--fail-on-warn']],
  [['completion', ''], ['bash', 'zsh', 'fish']],
])('completion: bash offers for %j', (words, expected) => expect(completed(...words)).toEqual(expected));

test('completion: zsh and fish know every command and choice; another shell is wrong usage', async () => {
  const [zsh, fish] = [(await ranCommandLine('completion', 'zsh')).stdout, (await ranCommandLine('completion', 'fish')).stdout];
  expect(zsh).toMatch(/^#compdef gatehouse\n/);
  expect(zsh).toContain(script);
  for (const { name } of leaves()) expect(fish).toContain(`-a ${name.split(' ').at(-1) ?? ''} -d `);
  expect(fish).toContain("-s o -l output -x -a 'text json yaml sarif github table'");
  expect((await ranCommandLine('completion', 'tcsh')).code).toBe(64);
});

test('help: every command has two to four examples, and each of them parses', async () => {
  for (const { name } of leaves()) {
    const { stdout, code } = await ranCommandLine(...name.split(' '), '--help');
    const examples = [...(/\nExamples:\n((?: {2}gatehouse .*\n)+)/.exec(stdout)?.[1] ?? '').matchAll(/ {2}gatehouse (.*)\n/g)].map(([, line = '']) => line);
    expect([name, code, examples.length >= 2 && examples.length <= 4]).toEqual([name, 0, true]);
    expect((await ranCommandLine('help', name.split(' ')[0] ?? '')).code).toBe(0);
    for (const line of examples) {
      if (line === '--version') continue;
      const words = [...line.replace(/ [>|] .*/, '').matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const ran: string[] = [];
      const program = built();
      for (const leaf of leaves(program)) leaf.command.action(() => void ran.push(leaf.name));
      await program.parseAsync(words, { from: 'user' });
      expect([line, ran]).toEqual([line, [name]]);
    }
  }
});

test('help: every flag of every command stands under a heading, and the headings come in one order', async () => {
  const places: { name: string; command: Command }[] = [{ name: '', command: built() }, ...leaves()];
  const orders: string[][] = [];
  for (const { name, command } of places) {
    const { stdout, code } = await ranCommandLine(...name.split(' ').filter((word) => word !== ''), '--help');
    expect([name, code, command.options.filter(({ helpGroupHeading }) => helpGroupHeading === undefined).map(({ long }) => long)]).toEqual([name, 0, []]);
    expect(stdout).not.toContain('\nOptions:\n');
    const headings = [...stdout.matchAll(/^([A-Z][^\n]*:)\n {2}-/gm)].map(([, heading = '']) => heading);
    expect([name, headings.at(-1), new Set(headings).size]).toEqual([name, 'Help:', headings.length]);
    for (const { long } of command.options) expect(stdout).toContain(long);
    orders.push(headings);
  }
  const before = new Set(orders.flatMap((headings) => headings.flatMap((one, index) => headings.slice(index + 1).map((other) => `${one} < ${other}`))));
  expect([...before].filter((pair) => before.has(pair.split(' < ').toReversed().join(' < ')))).toEqual([]);
});

test('every command with a format has table, json and yaml', () => {
  const formats = leaves().flatMap(({ name, command }) => command.options.filter(({ long }) => long === '--output' || long === '--report')
    .filter((option) => option.argChoices !== undefined).map((option) => [name, ['table', 'json', 'yaml'].filter((format) => option.argChoices?.includes(format) !== true)]));
  expect(formats.length).toBeGreaterThan(6);
  expect(formats.filter(([, missing]) => missing?.length !== 0)).toEqual([]);
});

test('help: a flag of which no group knows has no heading', () => {
  const command = built().command('new').option('--unheard-of', 'x').option('--policy <dir>', 'y');
  withGroups(command);
  expect(command.options.map(({ helpGroupHeading }) => helpGroupHeading)).toEqual([undefined, 'Policies and configuration:']);
});

function built(): Command {
  const context = { rooms: { ...localRooms, serve: async () => undefined }, version: '0', now: Date.now, stdout: () => undefined, stderr: () => undefined, stdin: async () => new Uint8Array() };
  return buildProgram(context, () => undefined);
}

function leaves(command: Command = built(), path: readonly string[] = []): { name: string; command: Command }[] {
  if (command.commands.length === 0) return [{ name: path.join(' '), command }];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}
