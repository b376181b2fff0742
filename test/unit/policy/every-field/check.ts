import { expect } from 'vitest';
import { formatPath } from '../../../../src/policy/read/problems.ts';
import { judge } from './judge.ts';
import type { Answer, Scene } from './judge.ts';
import { pathOf, withField } from './row.ts';
import type { Row } from './row.ts';

/** `POLICY_X` as the engine's answer; what has an outcome already stays as it is. */
const whole = (code: string): string =>
  /^(?:admit |warn |deny |refused$)/.test(code) ? code : `${code === 'POLICY_SATISFIED' ? 'admit' : 'deny'} ${code}`;
const errors = ({ problems }: Answer): readonly string[] =>
  problems.filter(({ severity }) => severity === 'error').map(({ path, message }) => `${path}: ${message}`);

/** Many rows have one base. */
const known = new WeakMap<Scene, Promise<Answer>>();
function judgeBase(scene: Scene): Promise<Answer> {
  const answer = known.get(scene) ?? judge(scene);
  known.set(scene, answer);
  return answer;
}

/** Expects that the base is answered as the row says, and that the field, set alone, changes that as the row says. */
export async function check(row: Row): Promise<void> {
  const { from, to, says, inner } = row;
  const [before, after] = [await judgeBase(row.scene), await judge(withField(row.scene, row.kind, row.place, row.value))];
  expect([before.verdict, ...(from === 'refused' ? [] : errors(before))]).toEqual([whole(from)]);
  if (from === 'POLICY_ANY_OF' && inner !== undefined) expect(before.message).toContain(inner[0]);
  if (typeof to !== 'string') return checkTold(row, { before, after, told: to.lint });
  expect([after.verdict, ...errors(after)]).toEqual([whole(to)]);
  if (to === 'POLICY_ANY_OF' && inner !== undefined) expect(after.message).toContain(inner[1]);
  if (says === undefined) return expect(from, 'the field changes the verdict').not.toBe(to);
  expect(before.message).not.toMatch(says);
  expect(after.message).toMatch(says);
}

/** A problem at the field itself, which was not there before, on the line where the field is written. */
function checkTold(row: Row, { before, after, told }: { readonly before: Answer; readonly after: Answer; readonly told: RegExp }): void {
  const path = pathOf(row);
  const here = after.problems.filter((problem) => problem.path === formatPath(path));
  expect(before.problems.map((problem) => problem.path)).not.toContain(formatPath(path));
  expect(here.map(({ message }) => message).join('\n'), errors(after).join('\n')).toMatch(told);
  expect(after.verdict).toBe('refused');
  for (const { line } of here) expect(after.yaml.split('\n')[line - 1]).toContain(String(path.findLast((key) => typeof key === 'string')));
}

/** Rows with the titles of their tests. */
export function titled(rows: readonly Row[]): readonly (readonly [string, Row])[] {
  return rows.map((row) => {
    const result = typeof row.to === 'string' ? `${row.from} to ${row.to}` : 'told at its place';
    return [`${row.kind} ${row.place} ${JSON.stringify(row.value ?? null).slice(0, 60)}: ${result}`, row];
  });
}
