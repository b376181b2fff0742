/** The same question as a step of a pipeline: parameters that may be empty, and results as files, since the image has no shell. */
import { access, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { USAGES } from '../../../domain/artifact/artifact.ts';
import type { AskedArtifact } from '../../../intake/gate-artifacts.ts';
import type { AdmissionReport, DecisionWord } from '../../../explain/index.ts';
import { readJsonText } from '../../../text/json/read.ts';
import { EXIT, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';

const text = z.string().min(1).optional();
const askedArtifact = z.strictObject({
  kind: z.enum(['image', 'package', 'git', 'blob', 'definition']), uri: text, name: text, digest: text,
  usedAs: z.enum(USAGES as [string, ...string[]]).optional(),
});

/** Flags of a step. */
export interface TaskFlags {
  readonly artifacts?: string;
  readonly decision?: string;
  readonly testOutput?: string;
  readonly strict?: string;
  readonly assert?: string;
}

/** Results of a step share so many bytes in Tekton (`max-result-size`). */
const MOST_BYTES = 4096;

/**
 * Takes a step's parameters for flags: what is empty was not given, and a folder of policies takes the place of the server. Anything
 * else than a step is left as it is.
 */
export async function asStep<Flags extends StepFlags>(flags: Flags): Promise<Flags> {
  if (!isStep(flags)) return flags;
  const said = (value: unknown): unknown => (Array.isArray(value) ? value.filter((one) => one !== '') : value);
  const given = Object.entries(flags).map(([name, value]) => [name, said(value)] as const);
  const kept = given.filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0));
  const step = Object.fromEntries(kept) as unknown as Flags;
  const { ca, ...withoutCa } = step;
  // The ConfigMap of the CA is optional: without it the certificate is of an authority that the image knows.
  if (step.policy === undefined) return ca === undefined || (await exists(ca)) ? step : (withoutCa as unknown as Flags);
  const { server: _server, tokenFile: _token, ...here } = withoutCa;
  return here as unknown as Flags;
}

/** Flags that a step may leave empty. */
type StepFlags = TaskFlags & { readonly policy?: string[]; readonly server?: string; readonly tokenFile?: string; readonly ca?: string };

function exists(file: string): Promise<boolean> {
  return access(file).then(() => true, () => false);
}

/** Whether results are to be written. */
export function isStep({ decision, testOutput }: TaskFlags): boolean {
  return decision !== undefined || testOutput !== undefined;
}

/** Artifacts of `--artifacts`: a JSON list as in a question to the gate. Throws a UsageError that names the place. */
export function listedArtifacts(text: string | undefined): readonly AskedArtifact[] {
  if (text === undefined) return [];
  const json = readJsonText(text);
  if (!json.ok) throw new UsageError(`--artifacts: expected a JSON list of artifacts, found text that cannot be read (${json.fault.kind})`);
  const read = z.array(askedArtifact).safeParse(json.value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = (issue?.path ?? []).map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    throw new UsageError(`--artifacts${place}: ${issue?.message ?? ''}`);
  }
  return read.data.map(({ kind, uri, name, digest, usedAs }, index) => {
    if ((uri === undefined) === (name === undefined)) throw new UsageError(`--artifacts[${index}]: expected exactly one of uri and name`);
    return { kind, uri: uri ?? name ?? '', digest, usedAs: usedAs as AskedArtifact['usedAs'] };
  });
}

const WORDS: Readonly<Record<DecisionWord, string>> = { admit: 'SUCCESS', warn: 'WARNING', deny: 'FAILURE', undetermined: 'ERROR' };

/** Counts and result as tasks of Conforma write them, so that what reads theirs reads ours. */
export function testOutput(report: AdmissionReport | undefined, now: number): string {
  const { artifacts = [], unaskable = [] } = report ?? {};
  const words = [...artifacts.map(({ decision }) => decision), ...unaskable.map((): DecisionWord => 'deny')];
  const count = (...wanted: readonly DecisionWord[]): number => words.filter((word) => wanted.includes(word)).length;
  return JSON.stringify({
    timestamp: new Date(now).toISOString(), namespace: '', result: WORDS[report?.decision ?? 'undetermined'],
    successes: count('admit'), warnings: count('warn'), failures: count('deny', 'undetermined'),
    note: report === undefined ? 'the gate could not be asked' : '',
  });
}

/** Writes the results of a step; a receipt that there is not is an empty one, which proves nothing. */
export async function writeResults(
  report: AdmissionReport | undefined, receipt: string, flags: TaskFlags & { readonly receipt?: string }, context: CliContext,
): Promise<void> {
  if (!isStep(flags)) return;
  const results: readonly (readonly [string | undefined, string])[] = [
    [flags.decision, report?.decision ?? 'undetermined'], [flags.testOutput, testOutput(report, context.now())], [flags.receipt, receipt],
  ];
  const bytes = results.reduce((sum, [file, text]) => sum + (file === undefined ? 0 : Buffer.byteLength(text)), 0);
  if (bytes > MOST_BYTES)
    throw new UsageError(`results of ${bytes} bytes, and a step has room for ${MOST_BYTES}; ask for less at a time, or leave --receipt out`);
  for (const [file, text] of results) if (file !== undefined) await writeFile(file, text);
}

const EXITS: Readonly<Record<string, number>> = {
  admit: EXIT.admitted, warn: EXIT.admitted, deny: EXIT.denied, undetermined: EXIT.undetermined,
};

/** `gatehouse admit --assert FILE`: ends as the decision says that an earlier step has written; one that is not there is none. */
export async function assertDecision(file: string, strict: boolean, context: CliContext): Promise<number> {
  const word = (await readFile(file, 'utf8').catch(() => '')).trim();
  const code = Object.hasOwn(EXITS, word) ? (EXITS[word] ?? EXIT.undetermined) : EXIT.undetermined;
  context.stderr(`gatehouse: ${Object.hasOwn(EXITS, word) ? word : 'no decision: the step that asks has written none'}\n`);
  return strict ? code : EXIT.admitted;
}

/** `--strict`; anything but the two words is a mistake that must not pass for one of them. */
export function strictOf(text: string | undefined): boolean {
  if (text === undefined || text === 'true') return true;
  if (text === 'false') return false;
  throw new UsageError(`--strict ${text}: expected true or false`);
}
