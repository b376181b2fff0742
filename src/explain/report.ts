/** Many decisions as one report: a line for each object, and below it whatever does not hold. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import { shortenMiddle } from '../text/shown.ts';

/** A decision about an object, and where that stands. */
export interface Reported {
  readonly at: string;
  readonly decision: Decision;
}

const MARKS = { admit: '✓', warn: '!', deny: '✗' } as const;
const WIDTH = 200;

/** The report for a terminal, without colour; texts of the objects are escaped and shortened. */
export function reportText(reported: readonly Reported[], notes: readonly string[]): string {
  const blocks = reported.map(({ at, decision }) => [headOf(at, decision), ...decision.findings.filter(isWrong).flatMap(linesOf)]);
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

function headOf(at: string, { outcome, request, findings, artifacts }: Decision): string {
  const name = request.namespace === '' ? request.name : `${request.namespace}/${request.name}`;
  const holding = findings.length - findings.filter(isWrong).length;
  const images = artifacts.length === 0 ? '' : `, ${artifacts.length} image${artifacts.length === 1 ? '' : 's'}`;
  return shortenMiddle(`${MARKS[outcome]} ${request.kind} ${name}  (${at}; ${holding} of ${findings.length} checks hold${images})`, WIDTH);
}

function linesOf(finding: Finding): readonly string[] {
  const { code, path, artifact, policy, requirement, mode, found = [], expected = [], cause } = finding;
  const asked = [policy, requirement].filter((part) => part !== undefined).join(' / ');
  const place = [path, artifact].filter((part) => part !== '').join(' ');
  return [
    `    ${finding.verdict}${mode === 'enforce' ? '' : ` (${mode})`} ${code}${asked === '' ? '' : `, policy ${asked}`}: ${reason(code).title}`,
    ...(place === '' ? [] : [`        at       ${place}`]),
    ...(expected.length === 0 ? [] : [`        expected ${expected.join(', ')}`]),
    ...(found.length === 0 ? [] : [`        found    ${found.join(', ')}`]),
    ...(cause === undefined ? [] : [`        because  ${cause}`]),
    `        fix      ${finding.fix ?? reason(code).fix}`,
  ].map((line) => shortenMiddle(line, WIDTH));
}
