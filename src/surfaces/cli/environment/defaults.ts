/** Flags that a command line leaves out, taken from variables of the environment: what is written wins. */
import { InvalidArgumentError } from 'commander';
import type { Command, Option } from 'commander';
import { UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { ANY_FORMAT, unknownVariables, VARIABLES, WITHOUT } from './table.ts';
import type { Variable } from './table.ts';

/** Has each command of the program read them behind its own flags, and warn of variables that nobody reads. */
export function withEnvironment(program: Command, context: CliContext): void {
  const environment = context.environment ?? {};
  for (const command of program.commands) {
    if (WITHOUT.has(command.name())) continue;
    withEnvironment(command, context);
    const mine = VARIABLES.filter(({ flag }) => optionOf(command, flag) !== undefined);
    if (mine.length === 0) continue;
    // Before it is checked whether all that has to be given is.
    const parse = command.parseOptions.bind(command);
    command.parseOptions = (args) => {
      const parsed = parse(args);
      // Help is shown behind this, and has to be had whatever the environment holds.
      if (![...parsed.operands, ...parsed.unknown].some((word) => word === '--help' || word === '-h')) fill(command, mine, environment);
      return parsed;
    };
    command.hook('preAction', () => {
      if (command.getOptionValue('quiet') === true) return;
      for (const warning of unknownVariables(environment)) context.stderr(`gatehouse: ${warning}\n`);
    });
  }
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long }) => long === flag);
}

function fill(command: Command, mine: readonly Variable[], environment: Readonly<Record<string, string | undefined>>): void {
  const side = sideOf(command, environment);
  for (const variable of mine) {
    const [option, text] = [optionOf(command, variable.flag), environment[variable.name] ?? ''];
    if (option === undefined || text === '' || (side !== undefined && variable.side !== undefined && variable.side !== side)) continue;
    const key = option.attributeName();
    if (!['default', undefined].includes(command.getOptionValueSource(key))) continue;
    // A configuration that is written there names policies of its own where they need not be named besides.
    if (variable.flag === '--policy' && !option.mandatory && command.getOptionValueSource('config') === 'cli') continue;
    const value = valueOf(variable, option, text);
    if (value !== undefined) command.setOptionValueWithSource(key, value, 'env');
  }
}

function valueOf({ name, flag }: Variable, option: Option, written: string): unknown {
  // The script that asks a gate reads the same variable, in seconds.
  const text = flag === '--timeout' && /^\d{1,6}$/.test(written) ? `${written}s` : written;
  if (flag === '--output' && !ANY_FORMAT.has(text)) throw new UsageError(`${name}: expected one of ${[...ANY_FORMAT].join(', ')}`);
  try {
    return option.parseArg === undefined ? text : option.parseArg(text, undefined);
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    if (flag === '--output') return undefined;
    throw new UsageError(`${name}: ${cause.message}`);
  }
}

/** Of a command that judges here or asks a gate, which of the two it is; `undefined` for every other command. */
function sideOf(command: Command, environment: Readonly<Record<string, string | undefined>>): Variable['side'] {
  if (optionOf(command, '--policy') === undefined || optionOf(command, '--server') === undefined) return undefined;
  const isGiven = (key: string): boolean => command.getOptionValueSource(key) === 'cli';
  if (isGiven('server')) return 'gate';
  if (isGiven('policy') || isGiven('filename')) return 'here';
  const [here, gate] = [environment['GATEHOUSE_POLICY'] ?? '', environment['GATEHOUSE_SERVER'] ?? ''];
  if (here !== '' && gate !== '' && !isGiven('assert'))
    throw new UsageError('GATEHOUSE_POLICY and GATEHOUSE_SERVER are both set: say -p DIR, to judge here, or --server URL, to ask a gate');
  return gate === '' ? 'here' : 'gate';
}
