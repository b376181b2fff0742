/** What a policy asks of the next build, from what the provenance of this one says. */
import type { InspectedBuild } from '../../domain/decision/inspection.ts';
import { isPlain, quote } from './quote.ts';

/**
 * Who may call a shared builder, anybody may: so what it builds is asked for by builder and repository. A later build has
 * another tag, but the same branch.
 */
export function buildFields({ builder, level, sources }: InspectedBuild): readonly string[] {
  const [repository, ...others] = new Set(sources.map((source) => source.repository));
  const refs = new Set(
    sources.map(({ ref }) =>
      ref?.startsWith('refs/tags/') === true && !ref.slice(10).includes('/')
        ? 'tag: "*"'
        : ref?.startsWith('refs/heads/') === true && isPlain(ref)
          ? `branch: ${quote(ref.slice(11))}`
          : '',
    ),
  );
  const [ref = '', ...otherRefs] = refs;
  const uri =
    repository !== undefined && others.length === 0 && isPlain(repository)
      ? [`uri: ${quote(repository)}`, ...(ref === '' || otherRefs.length > 0 ? [] : [ref])]
      : [];
  return [
    ...(isPlain(builder) ? [`builder: ${quote(builder)}`] : []),
    ...(level > 1 ? [`level: ${level}`] : []),
    ...(uri.length === 0 ? [] : [`source: {${uri.join(', ')}}`]),
  ];
}
