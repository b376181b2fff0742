/** Many decisions as one report: a line for each object, and below it whatever does not hold. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import { shortenMiddle } from '../text/shown.ts';
import { findingLines } from './admission/finding-lines.ts';
import { taskLines, tasksOf } from './tasks.ts';

/** A decision about an object, and where that stands. */
export interface Reported {
  readonly at: string;
  readonly decision: Decision;
}

const MARKS = { admit: '✓', warn: '!', deny: '✗' } as const;
const WIDTH = 200;

/**
 * The report for a terminal, without colour; texts of the objects are escaped and shortened. A run with many tasks is summed up by task
 * first; `verbose` also shows what holds, and every image.
 */
export function reportText(
  reported: readonly Reported[], notes: readonly string[], { verbose = false }: { readonly verbose?: boolean } = {},
): string {
  const blocks = reported.map(({ at, decision }) => {
    const wrong = decision.findings.filter(isWrong);
    const summary = taskLines(decision, wrong, WIDTH).map((line) => `  ${line}`);
    return [headOf(at, decision), ...summary, ...wrong.flatMap(linesOf), ...(verbose ? holdingOf(decision) : [])];
  });
  const count = (outcome: Decision['outcome']): number => reported.filter(({ decision }) => decision.outcome === outcome).length;
  return [
    ...blocks.flat(),
    '',
    ...notes.map((note) => `note: ${note}`),
    `${reported.length} object${reported.length === 1 ? '' : 's'}: ${count('admit')} admitted, ${count('warn')} with warnings, ${count('deny')} denied`,
  ].join('\n');
}

function isWrong({ verdict }: Finding): boolean {
  return verdict !== 'satisfied';
}

/** Rules about the object that hold, in a line for each policy; and each image with what holds of it. */
function holdingOf(decision: Decision): readonly string[] {
  const { findings, artifacts } = decision;
  const holding = findings.filter((finding) => !isWrong(finding));
  const byPolicy = new Map<string, string[]>();
  for (const { ofRequest, policy = '', requirement = '' } of holding) {
    if (ofRequest === true) byPolicy.set(policy, [...(byPolicy.get(policy) ?? []), requirement]);
  }
  const rules = [...byPolicy].map(([policy, held]) => `    satisfied, policy ${policy}: ${[...new Set(held)].join(', ')}`);
  const others = holding.filter(({ ofRequest }) => ofRequest !== true).map(({ code, path, artifact, policy, requirement, cause }) => {
    const asked = [policy, requirement].filter((part) => part !== undefined).join(' / ');
    const place = [path, artifact].filter((part) => part !== '').join(' ');
    const why = asked === '' ? (cause ?? reason(code).title) : `policy ${asked}`;
    return `    satisfied ${code}, ${why}${place === '' ? '' : `: ${place}`}`;
  });
  const images = artifacts.map(({ path, raw, digest, task, holder, usage }) => {
    const place = [task === undefined || task === '' ? '' : `task ${task}`, holder ?? '', usage].filter((part) => part !== '').join(', ');
    return `    image ${raw}${digest === undefined || raw.includes(digest) ? '' : ` (${digest})`} at ${path} (${place})`;
  });
  const held = tasksOf(decision).filter(({ wrong }) => wrong === 0);
  const tasks = held.map(({ name, images: count }) => `    task ${name}: nothing wrong, ${count} image${count === 1 ? '' : 's'}`);
  return [...rules, ...tasks, ...others, ...images].map((line) => shortenMiddle(line, WIDTH));
}

function headOf(at: string, { outcome, request, findings, artifacts }: Decision): string {
  const name = request.namespace === '' ? request.name : `${request.namespace}/${request.name}`;
  const holding = findings.length - findings.filter(isWrong).length;
  const images = artifacts.length === 0 ? '' : `, ${artifacts.length} image${artifacts.length === 1 ? '' : 's'}`;
  return shortenMiddle(`${MARKS[outcome]} ${request.kind} ${name}  (${at}; ${holding} of ${findings.length} checks hold${images})`, WIDTH);
}

function linesOf(finding: Finding): readonly string[] {
  const { title, fix } = reason(finding.code);
  return findingLines({ title, ...finding, fix: finding.fix ?? fix });
}
