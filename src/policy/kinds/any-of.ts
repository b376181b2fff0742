/** Alternatives in a policy: how deep they nest, and how an anyOf without a name is called. */
import { list } from '../schema/fields.ts';
import type { RequirementPart } from './kind.ts';

/** Alternatives within alternatives: four levels are more than anybody can read. */
const MAX_DEPTH = 4;

/** Longest name that an anyOf gets from its alternatives, as long as a written one may be. */
const MAX_NAME = 128;

/** `anyOf`: one alternative that holds suffices. It may go without a name, since its alternatives say what it is about. */
export function anyOfPart<Alternative extends { readonly name?: string | undefined }>(): RequirementPart<
  'anyOf',
  readonly Alternative[],
  Alternative
> {
  return {
    schema: (alternative) => list(alternative, 'alternative', 32),
    called(alternatives, position) {
      const names = alternatives.map(({ name }) => name);
      const joined = names.join(' or ');
      return names.includes(undefined) || joined.length > MAX_NAME ? `requirement ${position + 1}` : joined;
    },
    compile(alternatives, site, again) {
      const { name, path, depth, tools } = site;
      if (depth >= MAX_DEPTH) {
        tools.report.error(path, `anyOf is nested deeper than ${MAX_DEPTH} levels; write the alternatives side by side`, 'key');
        return undefined;
      }
      const of = alternatives.map((alternative, position) => again(alternative, position, site));
      const complete = of.filter((requirement) => requirement !== undefined);
      return name === undefined || complete.length < of.length ? undefined : { kind: 'anyOf', name, of: complete };
    },
    demands: ({ of }, again) => `anyOf ${of.map(again).toSorted().join(' | ')}`,
    lint({ of }, { path, report, again }) {
      if (of.length === 1) report.advise('any-of-one', path, 'has a single alternative; write it without anyOf', 'key');
      again(of, path);
    },
  };
}
