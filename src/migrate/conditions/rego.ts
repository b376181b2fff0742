/** The part of Rego that policies over one statement mostly consist of: a rule, or several, of comparisons with values. Anything else is told. */
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import type { Condition } from '../signing.ts';
import { celPath, celScalar, scalarOf } from './cel.ts';

const HEAD = /^(?:package\s+sigstore|import\s+(?:rego\.v1|future\.keywords(?:\.\w+)?)|default\s+isCompliant\s*:?=\s*false)$/;
const COMPARISON = /^(input(?:\.[A-Za-z_]\w*)+)\s*(==|!=|<=|>=|<|>)\s*("[^"\\]*"|-?[0-9.]+|true|false)$/;

/** Conditions that a statement of this type meets exactly where `isCompliant` is true; in Rego and here a field that is missing is no match. */
export function conditionsOfRego(program: string, type: string): Result<readonly Condition[]> {
  if (program.length > 65_536) return bad('it is too long');
  const rules: string[] = [];
  let hasPackage = false;
  const imports: string[] = [];
  let rest = program.split('\n').map(withoutComment).join('\n');
  for (;;) {
    rest = rest.trimStart();
    if (rest === '') break;
    const [whole, word, body] = /^isCompliant(\s+if)?\s*\{([^{}]*)\}/.exec(rest) ?? [];
    const line = rest.split('\n', 1)[0] ?? '';
    if (!hasPackage && line.trim() !== 'package sigstore') return bad('it does not begin with package sigstore, where policy-controller looks');
    if (line.trim() === 'package sigstore' && hasPackage) return bad('it names its package twice');
    hasPackage = true;
    if (/^import\s/.test(line)) imports.push(line);
    const [isWanted, isKnown] = [imports.some((one) => one.includes('rego.v1')), imports.length > 0];
    if (whole !== undefined && word === undefined && isWanted) return bad('rego.v1 wants "if" before a rule');
    if (whole !== undefined && word !== undefined && !isKnown) return bad('it does not import "if"');
    if (whole !== undefined && body !== undefined) rules.push(body);
    else if (!HEAD.test(line.trim())) return bad(`it holds ${JSON.stringify(line.trim().slice(0, 60))}, which is more than comparisons of input with values`);
    rest = rest.slice(whole?.length ?? line.length);
  }
  if (rules.length === 0) return bad('it has no rule isCompliant');
  const read: string[] = [];
  for (const rule of rules) {
    const comparisons = comparisonsOf(rule, type);
    if (!comparisons.ok) return comparisons;
    read.push(comparisons.value.length === 0 ? 'true' : comparisons.value.join(' && '));
  }
  if (read.includes('true')) return good([]);
  const cel = read.length === 1 ? read.join() : read.map((one) => `(${one})`).join(' || ');
  return cel.length > 4000 ? bad('it is too long') : good([{ cel, message: 'the statement does not say what the Rego rule asked for' }]);
}

/** A line up to the first mark of a comment that is not in a text; one look at each character. */
function withoutComment(line: string): string {
  let isText = false;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '"') isText = !isText;
    else if (line[at] === '\\' && isText) at += 1;
    else if (line[at] === '#' && !isText) return line.slice(0, at);
  }
  return line;
}

function comparisonsOf(body: string, type: string): Result<readonly string[]> {
  const found: string[] = [];
  if (/^[\s;]*$/.test(body)) return bad('a rule of it is empty, which is no Rego');
  for (const line of body.split(/[\n;]/).map((text) => text.trim()).filter((text) => text !== '')) {
    const [, path = '', operator = '', token = ''] = COMPARISON.exec(line) ?? [];
    const value = scalarOf(token);
    const [, root, ...keys] = path.split('.');
    if (value === undefined) return bad(`it holds ${JSON.stringify(line.slice(0, 60))}, which is more than a comparison of input with a value`);
    if (root === 'predicateType' && keys.length === 0 && operator === '==') {
      if (value !== type) return bad('it asks for another predicate type than its attestation');
    } else if (root === 'predicate' && keys.length > 0) found.push(`${celPath('predicate', keys)} ${operator} ${celScalar(value)}`);
    else return bad(`it looks at ${path}, and conditions look at the predicate`);
  }
  return good(found);
}
