import type { SigstoreRoot } from '../../domain/policy/trust-root.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { Catalogue, Entry } from '../read/catalogue.ts';
import { PUBLIC_GOOD } from '../read/catalogue.ts';
import { compileTufRoot } from './tuf-root.ts';
import type { TrustRootDocument } from '../schema/trust-root.ts';
import { writtenContent } from './trust-root-content.ts';
import { listed, makeRoot, numberProblems } from './trust-root-numbers.ts';

/** Compiles all trust roots; the built-in one is always there. Broken ones are reported and absent. */
export function compileTrustRoots(documents: Catalogue, trust: TrustReader): ReadonlyMap<string, SigstoreRoot> {
  const roots = new Map<string, SigstoreRoot>([[PUBLIC_GOOD, makeRoot(PUBLIC_GOOD, trust.publicGood, {}, trust)]]);
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

function compileRoot({ name, value, report }: Entry<TrustRootDocument>, trust: TrustReader): SigstoreRoot | undefined {
  const { sigstore } = value.spec;
  if (sigstore === undefined) return undefined;
  if (sigstore.tuf !== undefined) return compileTufRoot(name, { tuf: sigstore.tuf, require: sigstore.require ?? {} }, { trust, report });
  const content = writtenContent(sigstore, trust, report);
  if (content === undefined) return undefined;
  const root = makeRoot(name, content, sigstore.require ?? {}, trust);
  const problems = numberProblems(root, listed(content));
  for (const { key, message } of problems) report.error(['spec', 'sigstore', 'require', ...(key === '' ? [] : [key])], message);
  return problems.length === 0 ? root : undefined;
}
