/** What is wrong with the body of a question, place by place, with what was expected. */
import type { z } from 'zod';

const MOST_TOLD = 20;

/** Problem by problem in one line: `artifacts[3].kind: expected …; …`. Nothing of the body but its keys is repeated. */
export function bodyProblem({ issues }: z.ZodError, body: unknown): string {
  if (body === undefined) return 'expected a JSON body, found none';
  const lines = issues.slice(0, MOST_TOLD).map(({ path, message }) => `${pathText(path) || 'body'}: ${message}`);
  return (issues.length > MOST_TOLD ? [...lines, `and ${issues.length - MOST_TOLD} more`] : lines).join('; ');
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
}
