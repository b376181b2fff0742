/** What has to be signed beside the digest: annotations of a manifest, which whoever serves it can write, are not looked at. */
import type { SignatureRequirement } from '../../domain/policy/requirement.ts';

/** What a signature lacks. */
export interface Lacking {
  readonly code: 'POLICY_ANNOTATION';
  readonly found: string;
  readonly expected: string;
}

/** What of the annotations that are demanded was not signed, or with another value; `undefined` when all were. Absent is never a match. */
export function annotationsLacking(
  demanded: NonNullable<SignatureRequirement['annotations']>,
  signed: Readonly<Record<string, string>> = {},
): Lacking | undefined {
  const said = (name: string): string | undefined => (Object.hasOwn(signed, name) ? signed[name] : undefined);
  const wrong = demanded.filter(({ name, value }) => {
    const text = said(name);
    return text === undefined || !value.test(text);
  });
  if (wrong.length === 0) return undefined;
  return {
    code: 'POLICY_ANNOTATION',
    found: wrong.map(({ name }) => (said(name) === undefined ? `no annotation ${name}` : `${name}=${said(name)}`)).join(', '),
    expected: wrong.map(({ name, value: { source } }) => `${name}=${source}`).join(', '),
  };
}
