// `npm run fuzz`: every parser of foreign bytes, every reader of builds and the jail, FUZZ_RUNS cases each (default 100,000), mostly
// valid inputs with something wrong in them. FUZZ_ONLY=name runs one of them, FUZZ_SEED repeats a run. Fails on a throw that no room
// turns into a finding, on a fault, and on a case that takes longer than 100 ms. With an argument `--list` only the names are printed.
import fc from 'fast-check';
import { TARGETS } from './targets.ts';
import type { Target } from './targets.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const ONLY = process.env['FUZZ_ONLY'];
const MOST_MS = 100;
/** How long a failing input is made smaller; some have a great many smaller ones that fail as well. */
const SHRINK_MS = 60_000;
/** Most cases are refused by an error: to write down each time where it came from takes longer than all the rest. */
const STACKS = { while: 0, told: 30 };

interface Report {
  readonly failed: boolean;
  readonly slowestMs: number;
}

/**
 * Milliseconds of one case. A case that seems slow is run again and its processor time is taken instead, for another
 * process, or the collector of an earlier case's garbage, may have had the processor.
 */
async function timed(run: () => void | Promise<void>): Promise<number> {
  const started = performance.now();
  await run();
  const first = performance.now() - started;
  if (first <= MOST_MS / 4) return first;
  const turns: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const before = process.threadCpuUsage();
    await run();
    const { user, system } = process.threadCpuUsage(before);
    turns.push((user + system) / 1000);
  }
  return Math.min(first, ...turns);
}

async function attack({ name, input, run }: Target): Promise<Report> {
  let slowestMs = 0;
  let cases = 0;
  const started = performance.now();
  const property = fc.asyncProperty(input, async (value) => {
    cases += 1;
    const ms = await timed(() => run(value as never));
    slowestMs = Math.max(slowestMs, ms);
    if (ms > MOST_MS) throw new Error(`took ${ms.toFixed(0)} ms`);
  });
  Error.stackTraceLimit = STACKS.while;
  const first = await fc.check(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
  Error.stackTraceLimit = STACKS.told;
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${first.failed ? 'FAIL' : 'ok  '} ${name.padEnd(20)} ${String(cases).padStart(8)} cases  slowest ${slowestMs.toFixed(1).padStart(6)} ms  ${seconds.toFixed(0)} s\n`);
  if (!first.failed) return { failed: false, slowestMs };
  const path = first.counterexamplePath;
  const smaller = path === null ? first : await fc.check(property, { numRuns: RUNS, seed: SEED, path, interruptAfterTimeLimit: SHRINK_MS, markInterruptAsFailure: true });
  const { errorInstance, counterexample } = smaller.counterexample === null ? first : smaller;
  process.stdout.write(`${reasonOf(errorInstance)}\n${shown(counterexample?.[0])}\n`);
  return { failed: true, slowestMs };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The shrunk input: as text, and in base64 so that nothing is lost. */
function shown(input: unknown): string {
  if (!(input instanceof Uint8Array)) return JSON.stringify(input)?.slice(0, 20_000) ?? String(input);
  const bytes = Buffer.from(input);
  return `${bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.').slice(0, 4000)}\nbase64: ${bytes.toString('base64').slice(0, 100_000)}`;
}

const chosen = TARGETS.filter(({ name }) => ONLY === undefined || name === ONLY);
if (process.argv.includes('--list')) {
  process.stdout.write(`${TARGETS.map(({ name }) => name).join('\n')}\n`);
} else if (chosen.length === 0) {
  process.stderr.write(`FUZZ_ONLY: no parser is called ${JSON.stringify(ONLY)}; npm run fuzz -- --list names them\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`fuzz: ${chosen.length} parsers, ${RUNS} cases each, seed ${SEED}\n`);
  const reports: Report[] = [];
  for (const target of chosen) reports.push(await attack(target));
  const failed = reports.filter((report) => report.failed).length;
  process.stdout.write(failed === 0 ? `no failure; slowest case ${Math.max(...reports.map(({ slowestMs }) => slowestMs)).toFixed(1)} ms\n` : `${failed} parsers failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
