/** The expressions in which ImageValidatingPolicies mostly speak: so many of these attestors, for all images. Anything else is told. */
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';

/** So many of these attestors have signed, or made a statement. */
export interface Count {
  readonly attestation?: string;
  readonly names: readonly string[];
  readonly count: number;
  /** True where init containers are among the images. */
  readonly isEveryContainer: boolean;
}

const LISTS = String.raw`(\(\s*images\.\w+(?:\s*\+\s*images\.\w+)*\s*\)|images\.\w+)`;
const ATTESTORS = String.raw`\[\s*((?:attestors\.\w+\s*,?\s*)+)\]`;
const SIGNED = new RegExp(String.raw`^${LISTS}\s*\.map\(\s*(\w+)\s*,\s*verify(ImageSignatures|AttestationSignatures)\(\s*(\w+)\s*,\s*(?:attestations\.(\w+)\s*,\s*)?${ATTESTORS}\s*\)\s*\)\s*\.all\(\s*(\w+)\s*,\s*(\w+)\s*(>|>=|==)\s*(\d{1,3})\s*\)$`);

/** What an expression demands: all of these. */
export function countsOf(expression: string): Result<readonly Count[]> {
  const parts = conjuncts(expression.trim());
  const counts: Count[] = [];
  for (const part of parts) {
    const count = countOf(part);
    if (count === undefined) return bad('it is more than a count of attestors over all images');
    counts.push(count);
  }
  return good(counts);
}

function countOf(text: string): Count | undefined {
  const [, lists = '', image, verb, same, attestation, names = '', e, again, operator, number] = SIGNED.exec(text) ?? [];
  if (image === undefined || image !== same || e !== again) return undefined;
  if ((verb === 'AttestationSignatures') !== (attestation !== undefined)) return undefined;
  const listed = [...new Set(names.match(/(?<=attestors\.)\w+/g) ?? [])];
  const count = operator === '>' ? Number(number) + 1 : Number(number);
  // What would hold without any signature demands nothing, and equality of fewer than all forbids signatures.
  if (count < 1 || (operator === '==' && count < listed.length)) return undefined;
  const isEveryContainer = lists.includes('initContainers');
  return { names: listed, count, isEveryContainer, ...(attestation === undefined ? {} : { attestation }) };
}

/** The parts between `&&` outside of all brackets. */
function conjuncts(text: string): readonly string[] {
  const found = [''];
  let depth = 0;
  for (const [token] of text.matchAll(/&&|[^]/g)) {
    if ('([{'.includes(token)) depth += 1;
    if (')]}'.includes(token)) depth -= 1;
    if (token === '&&' && depth === 0) found.push('');
    else found.push(`${found.pop() ?? ''}${token}`);
  }
  return found.map((part) => part.trim());
}
