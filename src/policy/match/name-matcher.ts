/** Distinguished names in policies: attribute by attribute, each value exactly or by a glob. */
import type { NameMatcher } from '../../domain/policy/requirement.ts';
import { readDistinguishedName } from '../../text/names/distinguished-name.ts';
import { good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import { exactText, globText } from './text-matcher.ts';

/** The whole name, each value as it stands. */
export function exactName(source: string): Result<NameMatcher> {
  return compileName(source, 'exact', exactText);
}

/** The whole name, with `*` and `**` inside of values: no pattern reaches beyond its own attribute. `**` alone is every name. */
export function globName(source: string): Result<NameMatcher> {
  if (source === '**') return good({ kind: 'includes', source, attributes: [] });
  return compileName(source, 'exact', globText);
}

/** These attributes, whatever else the name has. */
export function includedName(source: string): Result<NameMatcher> {
  return compileName(source, 'includes', exactText);
}

function compileName(source: string, kind: NameMatcher['kind'], compile: typeof exactText): Result<NameMatcher> {
  const read = readDistinguishedName(source);
  if (!read.ok) return read;
  const attributes: { type: string; value: ReturnType<typeof exactText> & { ok: true } }[] = [];
  for (const { type, value } of read.value) {
    const matcher = compile(value);
    if (!matcher.ok) return matcher;
    attributes.push({ type, value: matcher });
  }
  return good({ kind, source, attributes: attributes.map(({ type, value }) => ({ type, value: value.value })) });
}
