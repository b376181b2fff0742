/** A signer as others describe it, made a Signer and what is asked of it. */
import type { JsonObject } from '../text/json/fields.ts';
import type { Path } from '../policy/read/problems.ts';
import type { Formula, Leaf } from './formula.ts';
import { label } from './requirements.ts';
import { never } from './formula.ts';
import type { Saying, Source } from './fields.ts';
import { placeOf } from './session.ts';

/** Reports something that has no word here, and gives what never holds in its place. */
export function cannot(source: Source, path: Path, saying: Saying): Formula {
  source.remark('unsaid', path, saying);
  return never(saying.what, placeOf(source, path));
}

/** A signature by one signer. */
export function signedBy(signer: string, title: string, from: string, more: JsonObject = {}): Leaf {
  return { kind: 'leaf', title: label(title), from, requirement: { signature: { by: [signer], ...more } } };
}

/** A statement of a type by one signer; `where`: conditions on what it says. */
export function attestedBy(
  signer: string, { title, from, type, where }: { title: string; from: string; type: string; where: readonly Condition[] },
): Leaf {
  const conditions = where.length === 0 ? {} : { where };
  return { kind: 'leaf', title: label(title), from, requirement: { attestation: { type, by: [signer], ...conditions } } };
}

/** A condition on a statement, as policies write it. */
export interface Condition {
  readonly cel: string;
  readonly message: string;
}

/** Signers (their identities), of which any will do unless it is said otherwise; or what never holds in their place. */
export type Signers = { readonly any: readonly (readonly JsonObject[])[] } | { readonly none: Formula };

/** At least so many of these have to hold; by a threshold where each is a signature of a signer of its own. */
export function atLeast(count: number, parts: readonly Formula[], title: string, from: string): Formula {
  if (count >= parts.length) return { kind: count > parts.length ? 'atLeast' : 'all', count, parts };
  if (count === 1) return { kind: 'any', parts };
  const signers = parts.map(plainSigner);
  const names = new Set(signers);
  if (names.has(undefined) || names.size < parts.length) return { kind: 'atLeast', count, parts };
  return { kind: 'leaf', title: label(title), from, requirement: { signature: { by: [...names], threshold: count } } };
}

function plainSigner(part: Formula): string | undefined {
  if (part.kind !== 'leaf') return undefined;
  const signature = part.requirement['signature'] as { readonly by: readonly string[] } | undefined;
  return signature !== undefined && Object.keys(signature).length === 1 && signature.by.length === 1 ? signature.by[0] : undefined;
}
