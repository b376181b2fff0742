/** One line of an allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS), read as OpenSSH reads it. */

/** What a line says; times are as they are written. */
export interface AllowedLine {
  readonly principals: readonly string[];
  readonly isAuthority: boolean;
  /** Absent: every namespace. */
  readonly namespaces?: readonly string[];
  readonly validAfter?: string;
  readonly validBefore?: string;
  readonly type: string;
  readonly key: string;
  readonly comment: string;
}

export type LineReading = { readonly ok: true; readonly line: AllowedLine } | { readonly ok: false; readonly problem: string };

const TYPE = /^(?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]{1,64}$/;
const KEY = /^[A-Za-z0-9+/]{20,16384}={0,2}$/;
const OPTION = /^([A-Za-z-]{1,32})(?:="([^"]{0,1024})")?(?:,|$)/;

/** Reads one; `undefined` for a line that says nothing. */
export function readAllowedLine(text: string): LineReading | undefined {
  const trimmed = text.replace(/\r$/, '').trim();
  if (trimmed === '' || trimmed.startsWith('#')) return undefined;
  const fields = fieldsOf(trimmed);
  const [principals = '', second = ''] = fields;
  const options = TYPE.test(second) ? '' : second;
  const [type = '', key = '', ...comment] = fields.slice(options === '' ? 1 : 2);
  if (!TYPE.test(type) || !KEY.test(key)) return { ok: false, problem: 'expected PRINCIPALS [OPTIONS] KEYTYPE KEY' };
  const said = readOptions(options);
  if (said === undefined) return { ok: false, problem: `options that are not known: ${options}` };
  const names = principals.replaceAll('"', '').split(',').filter((name) => name !== '');
  if (names.length === 0) return { ok: false, problem: 'names no principal' };
  const line = { principals: names, isAuthority: said.has('cert-authority'), type, key, comment: comment.join(' ') };
  const [namespaces, validAfter, validBefore] = ['namespaces', 'valid-after', 'valid-before'].map((name) => said.get(name));
  return {
    ok: true,
    line: {
      ...line,
      ...(namespaces === undefined ? {} : { namespaces: namespaces.split(',') }),
      ...(validAfter === undefined ? {} : { validAfter }),
      ...(validBefore === undefined ? {} : { validBefore }),
    },
  };
}

/** Apart by white space that is not in quotes. */
function fieldsOf(text: string): readonly string[] {
  return text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
}

const KNOWN = new Set(['cert-authority', 'namespaces', 'valid-after', 'valid-before']);

function readOptions(text: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (let rest = text; rest !== '';) {
    const [whole, name = '', value] = OPTION.exec(rest) ?? [];
    const known = name.toLowerCase();
    if (whole === undefined || !KNOWN.has(known) || found.has(known)) return undefined;
    if ((value === undefined) !== (known === 'cert-authority')) return undefined;
    found.set(known, value ?? '');
    rest = rest.slice(whole.length);
  }
  return found;
}

/** True when the list of patterns has the name, as OpenSSH matches lists: `!` excludes, whatever else matches. */
export function matchesList(name: string, patterns: readonly string[]): boolean {
  const matches = (pattern: string): boolean =>
    new RegExp(`^${pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);
  const excluded = patterns.some((one) => one.startsWith('!') && matches(one.slice(1)));
  return !excluded && patterns.some((one) => !one.startsWith('!') && matches(one));
}

/** A time as OpenSSH writes it, `YYYYMMDD[HHMM[SS]][Z]`: the first and the last moment that it can be, since without Z it is local. */
export function momentsOf(text: string): { readonly first: number; readonly last: number } | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z)?$/.exec(text) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at)) return undefined;
  return zone === undefined ? { first: at - 14 * HOUR, last: at + 12 * HOUR } : { first: at, last: at };
}

const HOUR = 3_600_000;
