/** What a signer said beside the digest (`cosign sign -a KEY=VALUE`), read from signed bytes only. */
import { LIMITS } from '../limits.ts';

/** Annotations inside of what was signed, by name. */
export type SignedAnnotations = Readonly<Record<string, string>>;

/**
 * The texts in a map of annotations; `undefined` when there are none. Signers write what they like there (numbers, objects), and
 * only texts are compared: everything else, and what is beyond the limits, says nothing, and so never helps.
 */
export function signedAnnotations(value: unknown): SignedAnnotations | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const texts = Object.entries(value).slice(0, LIMITS.annotations).filter((entry): entry is [string, string] => isShort(entry));
  return texts.length === 0 ? undefined : Object.fromEntries(texts);
}

/** What several maps say alike; `undefined` when that is nothing. A statement may name the artifact more than once. */
export function saidByAll(all: readonly (SignedAnnotations | undefined)[]): SignedAnnotations | undefined {
  const [first = {}, ...others] = all;
  const alike = (name: string, value: string): boolean =>
    others.every((other) => other !== undefined && Object.hasOwn(other, name) && other[name] === value);
  return signedAnnotations(Object.fromEntries(Object.entries(first).filter(([name, value]) => alike(name, value))));
}

function isShort([name, value]: readonly [string, unknown]): boolean {
  return name.length <= LIMITS.annotationLength && typeof value === 'string' && value.length <= LIMITS.annotationLength;
}
