/** How messages call a definition: by the names that its users know. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { DefinitionUse } from '../../../domain/build/definition.ts';
import { keptText } from '../../../domain/decision/kept-text.ts';

/**
 * What people call the use of a definition in an object of this name, after what holds it: by its name in the pipeline, and by that of the
 * definition where it is another one, since that is what has to be signed or mended. Cut, not escaped.
 */
export function calledIn(
  holder: { readonly called: string } | undefined, use: DefinitionUse, { name }: Pick<BuildRequest, 'name'>,
): string {
  if (holder !== undefined && use.form === 'self') return holder.called;
  const noun = use.kind === 'stepAction' ? 'step' : use.usedBy === undefined ? use.kind : 'task';
  const defined = keptText(use.form === 'self' ? name : nameIn(use));
  const names = use.usedBy === undefined || use.usedBy === defined ? [defined] : [use.usedBy, defined === '' ? '' : `(${defined})`];
  const own = [noun, ...names].filter((part) => part !== '').join(' ');
  return holder === undefined ? own : `${holder.called} / ${own}`;
}

/** The name by which a definition is referred to; empty for what has none. */
function nameIn(use: DefinitionUse): string {
  switch (use.form) {
    case 'local': return use.entry === undefined ? use.name : `${use.name}/${use.entry}`;
    case 'remote': return use.values?.['name'] ?? use.params['name'] ?? '';
    case 'custom': return use.name;
    default: return '';
  }
}
