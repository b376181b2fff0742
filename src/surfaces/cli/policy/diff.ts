/** What another set of policies would change: in itself, and for objects and questions of the past. */
import { stringify } from 'yaml';
import type { Decision } from '../../../domain/decision/decision.ts';
import type { Finding } from '../../../domain/decision/finding.ts';
import { decisionWord, githubCommands } from '../../../explain/index.ts';
import type { ReportedCase } from '../../../explain/index.ts';
import { escapeText } from '../../../text/shown.ts';
import { localObject } from '../apply/review.ts';
import { EXIT } from '../context.ts';
import type { CliContext, Comparison } from '../context.ts';
import { localOptions, timeoutOf } from '../options.ts';
import type { JudgeFlags } from '../options.ts';
import { readReviews } from './reviews.ts';

/** Flags of `gatehouse policy diff`. */
export interface DiffFlags extends Omit<JudgeFlags, 'policy'> {
  readonly filename?: string[];
  readonly as?: string;
  readonly asGroup?: string[];
  readonly namespace: string;
  readonly output: 'table' | 'json' | 'yaml' | 'github';
}

type Word = ReturnType<typeof decisionWord>;

/** One finding that only one of the sets has. */
interface Changed {
  readonly change: 'came' | 'went';
  readonly code: string;
  readonly verdict: string;
  readonly mode: string;
  /** Names of the exceptions by which it only warns. */
  readonly exceptions?: readonly string[];
  readonly policy?: string | undefined;
  readonly requirement?: string | undefined;
  readonly artifact: string;
  readonly path: string;
}

/** What would become of one question. */
interface Compared {
  readonly file: string;
  readonly line: number;
  readonly object: string;
  readonly before: Word;
  readonly after: Word;
  readonly effect: 'same' | 'stricter' | 'looser';
  readonly findings: readonly Changed[];
}

/** `gatehouse policy diff OLD NEW`: exit code 1 when something that was let in would be refused, 2 on request when anything is looser. */
export async function diff(before: string, after: string, flags: DiffFlags, context: CliContext): Promise<number> {
  const { reviews, notes } = flags.filename === undefined ? { reviews: [], notes: [] } : await readReviews(flags.filename, flags, context);
  const options = { ...localOptions({ ...flags, policy: [] }), objects: reviews.map(({ review }) => localObject(review)) };
  const comparison = await context.rooms.openComparison([before], [after], options);
  try {
    const compared: Compared[] = [];
    for (const { file, line, review } of reviews) {
      const judge = (engine: Comparison['before']): Promise<Decision> =>
        engine.admit(review, { deadline: context.now() + timeoutOf(flags), signal: new AbortController().signal });
      const [old, now] = [await judge(comparison.before), await judge(comparison.after)];
      const name = review.namespace === '' ? review.name : `${review.namespace}/${review.name}`;
      compared.push({ file, line, object: `${review.kind.kind} ${name}`, ...compare(old, now) });
    }
    write({ ...comparison.changes, compared, notes }, flags.output, context);
    if (compared.some((one) => isAllowed(one.before) && !isAllowed(one.after))) return EXIT.denied;
    const isLooser = comparison.changes.looser.length > 0 || compared.some(({ effect }) => effect === 'looser');
    return isLooser && flags.failOnWarn === true ? EXIT.warned : EXIT.admitted;
  } finally {
    await comparison.close();
  }
}

const RANK: Readonly<Record<Word, number>> = { admit: 0, warn: 1, undetermined: 2, deny: 3 };

function isAllowed(word: Word): boolean {
  return word === 'admit' || word === 'warn';
}

function compare(old: Decision, now: Decision): Pick<Compared, 'before' | 'after' | 'effect' | 'findings'> {
  const [before, after] = [decisionWord(old.findings), decisionWord(now.findings)];
  const [was, is] = [wrongIn(old), wrongIn(now)];
  const only = (from: typeof was, other: typeof was, change: Changed['change']): readonly Changed[] =>
    [...from].filter(([key]) => !other.has(key)).map(([, { code, verdict, mode, exceptions, policy, requirement, artifact, path }]) => ({
      change, code, verdict, mode, ...(exceptions === undefined ? {} : { exceptions: exceptions.map(({ name }) => name) }),
      policy, requirement, artifact, path,
    }));
  const effect = RANK[after] > RANK[before] ? 'stricter' : RANK[after] < RANK[before] ? 'looser' : 'same';
  return { before, after, effect, findings: [...only(is, was, 'came'), ...only(was, is, 'went')] };
}

/** Findings that do not hold, by all that tells them apart; times and texts do not. */
function wrongIn({ findings }: Decision): ReadonlyMap<string, Finding> {
  return new Map(findings.filter(({ verdict }) => verdict !== 'satisfied').map((finding) => {
    const { code, verdict, mode, exceptions = [], policy, requirement, artifact, path } = finding;
    const by = exceptions.map(({ name }) => name);
    return [JSON.stringify([code, verdict, mode, by, policy, requirement, artifact, path]), finding];
  }));
}

type Report = Comparison['changes'] & { readonly compared: readonly Compared[]; readonly notes: readonly string[] };

function write(report: Report, output: DiffFlags['output'], context: CliContext): void {
  const document = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PolicyDiff', ...report };
  if (output === 'json') context.stdout(`${JSON.stringify(document, null, 2)}\n`);
  else if (output === 'yaml') context.stdout(stringify(document));
  else if (output === 'github') context.stdout(withBreak(githubCommands(report.compared.map(asCase))));
  else context.stdout(withBreak(tableOf(report).join('\n')));
}

function withBreak(text: string): string {
  return text === '' ? '' : `${text}\n`;
}

function asCase({ file, line, object, before, after, findings }: Compared): ReportedCase {
  const outcome = isAllowed(before) && !isAllowed(after) ? 'failed' : before === after && findings.length === 0 ? 'passed' : 'warned';
  return { name: object, group: file, file, line, outcome, summary: `${before} → ${after}`, text: findings.map(findingText).join('\n') };
}

const SIGNS = { added: '+', removed: '-', changed: '~', came: '+', went: '-' } as const;

function findingText({ change, code, verdict, mode, exceptions, policy, requirement, artifact, path }: Changed): string {
  const asked = [policy, requirement].filter((part) => part !== undefined).join(' / ');
  const place = [path, artifact].filter((part) => part !== '').join(' ');
  // As `verify` writes it: what denies has no mode beside it.
  const by = (exceptions ?? []).map((name) => `, AdmissionException ${name}`).join('');
  const told = mode === 'enforce' ? verdict : `${verdict} (${mode}${by})`;
  return escapeText(`${SIGNS[change]} ${told} ${code}${asked === '' ? '' : `, policy ${asked}`}${place === '' ? '' : `: ${place}`}`);
}

function tableOf({ changes, looser, compared, notes }: Report): readonly string[] {
  const differing = compared.filter(({ effect, findings }) => effect !== 'same' || findings.length > 0);
  const refused = compared.filter(({ before, after }) => isAllowed(before) && !isAllowed(after)).length;
  const opened = compared.filter(({ before, after }) => !isAllowed(before) && isAllowed(after)).length;
  return [
    ...(changes.length === 0 ? ['the sets say the same'] : changes.map(({ kind, name, change }) => `${SIGNS[change]} ${kind} ${name} (${change})`)),
    ...looser.map(({ policy, what, detail }) => `looser: ${policy.includes(' ') ? '' : 'policy '}${policy} (${what}): ${escapeText(detail)}`),
    ...differing.flatMap(({ file, line, object, before, after, findings }) =>
      [escapeText(`${object} (${file}:${line}): ${before} → ${after}`), ...findings.map((finding) => `    ${findingText(finding)}`)]),
    ...notes.map((note) => `note: ${note}`),
    ...(compared.length === 0 ? [] : [`${compared.length} judged: ${refused} would be refused that were let in, ${opened} let in that were refused`]),
  ];
}
