/** Scripts by which shells complete a command line, made of the tree of its commands: there is no list that could grow old. */
import type { Command, Option } from 'commander';

/** The shells there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A shell there is a script for. */
export type Shell = (typeof SHELLS)[number];

interface Place {
  /** The words of the command, without that of the program. */
  readonly path: readonly string[];
  readonly command: Command;
}

/** The script of a shell for a program; nothing in it is asked of the program again. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, []);
  switch (shell) {
    case 'bash':
      return bash(places);
    case 'zsh':
      return `#compdef gatehouse\nautoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(places)}`;
    case 'fish':
      return `${places.flatMap(fish).join('\n')}\n`;
  }
}

function placesOf(command: Command, path: readonly string[]): readonly Place[] {
  return [{ path, command }, ...command.commands.flatMap((child) => placesOf(child, [...path, child.name()]))];
}

function bash(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.slice(0, -1).join(' ')} ${path.at(-1) ?? ''}"`);
  const values = places.flatMap(({ path, command }) =>
    command.options.filter(takesValue).map((option) => {
      const names = namesOf(option).map((name) => `"${path.join(' ')}:${name}"`).join('|');
      return `    ${names}) ${option.argChoices === undefined ? 'COMPREPLY=()' : words(option.argChoices)}; return ;;`;
    }),
  );
  const flags = places.map(({ path, command }) =>
    `      "${path.join(' ')}") ${words([...command.options.flatMap(namesOf), '-h', '--help'])} ;;`);
  const others = places.filter(({ command }) => wordsOf(command).length > 0).map(({ path, command }) =>
    `      "${path.join(' ')}") ${words(wordsOf(command))} ;;`);
  return [
    '_gatehouse() {',
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" place="" i',
    '  COMPREPLY=()',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    '    case "$place ${COMP_WORDS[i]}" in',
    `      ${paths.join('|')}) place="\${place:+$place }\${COMP_WORDS[i]}" ;;`,
    '    esac',
    '  done',
    '  case "$place:$prev" in',
    ...values,
    '  esac',
    '  if [[ "$cur" == -* ]]; then',
    '    case "$place" in',
    ...flags,
    '    esac',
    '  else',
    '    case "$place" in',
    ...others,
    '    esac',
    '  fi',
    '}',
    '# Where there is no word to offer, files are.',
    'complete -o default -F _gatehouse gatehouse',
    '',
  ].join('\n');
}

function words(all: readonly string[]): string {
  return `COMPREPLY=($(compgen -W "${all.join(' ')}" -- "$cur"))`;
}

function fish({ path, command }: Place): readonly string[] {
  const children = command.commands.map((child) => child.name());
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
  const here = path.length === 0 ? '__fish_use_subcommand'
    : children.length === 0 ? seen : `${seen}; and not __fish_seen_subcommand_from ${children.join(' ')}`;
  const line = `complete -c gatehouse -n ${quoted(here)}`;
  return [
    ...command.commands.map((child) => `${line} -f -a ${child.name()} -d ${quoted(child.description())}`),
    ...command.registeredArguments.flatMap(({ argChoices }) => argChoices === undefined ? [] : [`${line} -f -a ${quoted(argChoices.join(' '))}`]),
    ...command.options.map((option) => [
      line,
      ...(option.short === undefined ? [] : [`-s ${option.short.slice(1)}`]),
      ...(option.long === undefined ? [] : [`-l ${option.long.slice(2)}`]),
      ...(option.argChoices !== undefined ? [`-x -a ${quoted(option.argChoices.join(' '))}`] : takesValue(option) ? ['-r'] : []),
      `-d ${quoted(option.description)}`,
    ].join(' ')),
  ];
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function namesOf(option: Option): readonly string[] {
  return [option.short, option.long].filter((name) => name !== undefined);
}

/** What may come next besides flags: commands, or the choices of an argument. */
function wordsOf(command: Command): readonly string[] {
  return [...command.commands.map((child) => child.name()), ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])];
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
