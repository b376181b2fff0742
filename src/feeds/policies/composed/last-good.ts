/** What is remembered of a composition that is in force: its documents without mistakes, and of the others what was remembered of them. */
import type { Composition, LastGood } from './offer.ts';

/** The memory after `composition` has come into force. What is gone from the sources is forgotten. */
export function remembered({ whole, resources }: Composition, before: LastGood): LastGood {
  const kept = new Map<string, { readonly uid: string; readonly file: LastGoodFile }>();
  for (const { document: { key, uid, file }, form } of resources) {
    const old = before.resources.get(key);
    if (form === 'good') kept.set(key, { uid, file });
    else if (old?.uid === uid) kept.set(key, old);
  }
  return { whole: new Map(whole.map(({ name, files, version }) => [name, { files, version }])), resources: kept };
}

type LastGoodFile = LastGood['resources'] extends ReadonlyMap<string, { readonly file: infer File }> ? File : never;
