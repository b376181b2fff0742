/** Image references of Kyverno: what they speak about in every version, since versions complete names differently. */
import { wildcardScopeOf } from '../scope.ts';
import type { Scope } from '../scope.ts';

/**
 * Reads a reference. Left out or let through is only what every version of Kyverno leaves out: `nginx` is `docker.io/nginx` in some of
 * them and `docker.io/library/nginx` in others, no name is ever `index.docker.io/…`, and none goes without its host.
 */
export function kyvernoScopeOf(reference: string): Scope {
  const scope = wildcardScopeOf(reference);
  const [first = '', ...rest] = reference.split('/');
  const isComplete = /[*?]/.test(first) || (rest.length > 0 && first !== 'index.docker.io' && /[.:]|^localhost$/.test(first));
  return isComplete && !scope.narrow.some(speaksOfLibrary) ? scope : { ...scope, narrow: [] };
}

/** True for a pattern that matches some names of `docker.io/library` by that word, and so depends on the version. */
function speaksOfLibrary(pattern: string): boolean {
  const [host = '', first, ...rest] = pattern.split('/');
  return first !== undefined && like(host, 'docker.io') && like(first, 'library') && !(first === '**' && rest.length === 0);
}

function like(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/[^*A-Za-z0-9]/g, '\\$&').replaceAll(/\*+/g, '.*')}$`).test(text);
}
