/** What is wrong with a URL, a revision or a path that a resolver would be given; each answers with what follows the parameter's name. */
import { readV6 } from '../../../domain/ip-address.ts';

/** What no such text has a reason to hold: controls, spaces, and back slashes, which some readers take for slashes. */
const STRANGE = /[\u0000-\u0020\u007f\\]/;
/** A percent sign that stands for a dot, a slash, a back slash, or itself. */
const HIDDEN = /%(?:2e|2f|5c|25)/i;
/** `git@host:path`, the one user that says nothing. */
const SCP = /^git@([a-z0-9.-]+):(?!\/\/)(.+)$/i;

/** An option in the place of a revision, or one that leads to another. */
export function revisionFault(revision: string): string | undefined {
  if (revision.startsWith('-')) return 'is an option and no revision';
  if (revision.includes('..')) return 'names a range';
  if (STRANGE.test(revision) || /[~^:?*[]|@\{/.test(revision)) return 'holds characters that no revision has';
  return undefined;
}

/** A path that leads out of the repository. */
export function pathFault(path: string): string | undefined {
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'is an absolute path';
  if (path.startsWith('-')) return 'is an option and no path';
  if (path.split('/').includes('..')) return 'leads out of its folder';
  if (STRANGE.test(path) || HIDDEN.test(path)) return 'holds characters that hide where it leads';
  return undefined;
}

/** A URL that is not plainly one of https, at a host of the world, without a user (K07). */
export function urlFault(url: string): string | undefined {
  if (STRANGE.test(url)) return 'holds characters that hide where it leads';
  if (url.startsWith('-')) return 'is an option and no URL';
  const scp = SCP.exec(url);
  if (scp !== null) return hostFault(scp[1] ?? '') ?? pathFault(scp[2] ?? '');
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i.exec(url);
  if (parts === null) return 'is no URL';
  const [, scheme = '', authority = '', rest = ''] = parts;
  if (scheme.toLowerCase() !== 'https') return 'is not of the scheme https';
  if (authority.includes('@')) return 'names a user or a password';
  const path = rest.replace(/[?#].*$/, '');
  if (HIDDEN.test(url) || path.split('/').includes('..')) return 'holds characters that hide where it leads';
  return hostFault(authority.replace(/:\d*$/, ''));
}

/** Hosts that are another one for each who asks: this machine, its link, and whatever answers there (metadata of clouds). */
function hostFault(host: string): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === '') return 'names no host';
  const v6 = name.startsWith('[') ? readV6(name.slice(1, -1)) : undefined;
  const isNumber = v6 !== undefined || name.startsWith('[') || /^(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*$/.test(name);
  if (isNumber) return 'names a host by number';
  return name === 'localhost' || name.endsWith('.localhost') ? 'names the machine of the resolver' : undefined;
}
