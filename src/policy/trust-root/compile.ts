/** Trust roots compile by their kind, and nobody can replace the built-in one. */
import type { RootWindows } from '../../domain/policy/expiry.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { TrustRoot, TrustRootKind, TrustRootOf } from '../../domain/policy/trust-root.ts';
import type { Catalogue, Entry } from '../read/catalogue.ts';
import { PUBLIC_GOOD } from '../read/catalogue.ts';
import type { CompileTools } from './part.ts';
import { TRUST_ROOT_PARTS } from './parts.ts';
import type { WrittenRoots } from './parts.ts';
import type { TrustRootDocument } from './schema.ts';
import { makeRoot } from './sigstore/numbers.ts';

const KINDS = Object.keys(TRUST_ROOT_PARTS) as readonly TrustRootKind[];

/** Compiles all trust roots; the built-in one is always there. Broken ones are reported and absent. */
export function compileTrustRoots(documents: Catalogue, trust: TrustReader): ReadonlyMap<string, TrustRoot> {
  const roots = new Map<string, TrustRoot>([[PUBLIC_GOOD, makeRoot(PUBLIC_GOOD, trust.publicGood, {}, trust)]]);
  for (const entry of documents.roots) {
    if (entry.name === PUBLIC_GOOD) {
      entry.report.error(['metadata', 'name'], `${PUBLIC_GOOD} is built in and cannot be redefined; choose another name`);
      continue;
    }
    const root = compileRoot(entry, trust);
    if (root !== undefined && !roots.has(entry.name)) roots.set(entry.name, root);
  }
  return roots;
}

/** Until when the authorities of a root, of whatever kind, can prove anything new. */
export function rootWindows(root: TrustRoot, trust: TrustReader): RootWindows {
  return windowsOf(root.kind, root, trust);
}

/** True when a root, of whatever kind, lists a log that could hold a key's signature. */
export function listsLogs(root: TrustRoot): boolean {
  return logsOf(root.kind, root);
}

/** Whether a root lists nobody who tells a time: under it nothing has a provable age. */
export function datesNothing(root: TrustRoot): boolean {
  return undatedOf(root.kind, root);
}

/** The schema leaves exactly one kind written. */
function compileRoot({ name, value, report }: Entry<TrustRootDocument>, trust: TrustReader): TrustRoot | undefined {
  const written = KINDS.find((kind) => value.spec[kind] !== undefined);
  return written === undefined ? undefined : compileKind(written, value.spec, name, { trust, report });
}

function compileKind<K extends TrustRootKind>(
  kind: K,
  spec: { readonly [P in TrustRootKind]?: WrittenRoots[P] | undefined },
  name: string,
  tools: CompileTools,
): TrustRootOf<K> | undefined {
  const written: WrittenRoots[K] | undefined = spec[kind];
  return written === undefined ? undefined : TRUST_ROOT_PARTS[kind].compile(name, written, tools);
}

function windowsOf<K extends TrustRootKind>(kind: K, root: TrustRootOf<K>, trust: TrustReader): RootWindows {
  return TRUST_ROOT_PARTS[kind].windows(root, trust);
}

function logsOf<K extends TrustRootKind>(kind: K, root: TrustRootOf<K>): boolean {
  return TRUST_ROOT_PARTS[kind].listsLogs(root);
}

function undatedOf<K extends TrustRootKind>(kind: K, root: TrustRootOf<K>): boolean {
  return TRUST_ROOT_PARTS[kind].datesNothing(root);
}
