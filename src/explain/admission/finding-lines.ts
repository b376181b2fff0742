/** A finding that does not hold, as a block of lines below whatever it is about. */
import { exceptionText } from '../../domain/decision/exception.ts';
import type { ExceptionNote } from '../../domain/decision/exception.ts';
import { shortenMiddle } from '../../text/shown.ts';

/** What is shown of a finding; a finding of a decision, or one that a gate has answered. */
export interface ShownFinding {
  readonly code: string;
  readonly verdict: string;
  readonly mode: string;
  readonly path: string;
  readonly artifact: string;
  readonly policy?: string | undefined;
  readonly requirement?: string | undefined;
  readonly expected?: readonly string[] | undefined;
  readonly found?: readonly string[] | undefined;
  readonly cause?: string | undefined;
  readonly exceptions?: readonly ExceptionNote[] | undefined;
  readonly exceptionsIfEnforced?: readonly ExceptionNote[] | undefined;
  readonly title: string;
  readonly fix: string;
}

const WIDTH = 200;

/** Its lines, indented, escaped and each shortened in the middle; a field that says nothing has no line. */
export function findingLines(finding: ShownFinding): readonly string[] {
  const { verdict, mode, code, path, artifact, policy, requirement, found = [], expected = [], exceptions = [] } = finding;
  const { cause, title, fix, exceptionsIfEnforced = [] } = finding;
  const asked = [policy, requirement].filter((part) => part !== undefined).join(' / ');
  const place = [path, artifact].filter((part) => part !== '').join(' ');
  return [
    `    ${verdict}${mode === 'enforce' ? '' : ` (${mode})`} ${code}${asked === '' ? '' : `, policy ${asked}`}: ${title}`,
    ...(place === '' ? [] : [`        at       ${place}`]),
    ...(expected.length === 0 ? [] : [`        expected ${expected.join(', ')}`]),
    ...(found.length === 0 ? [] : [`        found    ${found.join(', ')}`]),
    ...(cause === undefined ? [] : [`        because  ${cause}`]),
    ...exceptions.map((one) => `        admitted by ${exceptionText(one)}`),
    ...exceptionsIfEnforced.map((one) => `        if it enforced, admitted by ${exceptionText(one)}`),
    `        fix      ${fix}`,
  ].map((line) => shortenMiddle(line, WIDTH));
}
