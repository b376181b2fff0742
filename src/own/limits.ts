/** Bounds on what one resource, and one namespace, may cost everybody else. */
import type { Finding } from '../domain/decision/finding.ts';
import { denying } from './finding.ts';
import type { OwnKind } from './kinds.ts';
import type { KnownDocument } from './trial/known.ts';

/** Characters of one document: what whoever may write in a namespace may write, and what others may. */
const MOST_CHARACTERS = { ofNamespace: 64 * 1024, ofCluster: 1024 * 1024 } as const;
/** A policy that was let in is counted so long, until it is known from the feed, milliseconds. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 10_000;

/** What is said of a document that is too large to be compiled beside everything else. */
export function sizeFinding(text: string, kind: OwnKind): Finding | undefined {
  const most = kind === 'ArtifactPolicy' ? MOST_CHARACTERS.ofNamespace : MOST_CHARACTERS.ofCluster;
  return text.length <= most ? undefined
    : denying('INPUT_POLICY_TOO_LARGE', `it has ${text.length} characters, and at most ${most} are judged`);
}

/** Counts the ArtifactPolicies of a namespace, also those that this server let in a moment ago. */
export interface NamespaceLimit {
  /** What is said of one more. */
  check(namespace: string, name: string, known: readonly KnownDocument[]): Finding | undefined;
  /** One more was let in. */
  admitted(namespace: string, name: string): void;
  /** One is being deleted: there is room for another. */
  deleted(namespace: string, name: string): void;
}

/** Makes it; `most` policies a namespace. */
export function createNamespaceLimit(most: number, now: () => number): NamespaceLimit {
  const lately = new Map<string, number>();
  return {
    check(namespace, name, known) {
      const there = new Set(known.filter((one) => one.kind === 'ArtifactPolicy' && one.namespace === namespace).map((one) => one.name));
      for (const [key, at] of lately) {
        const own = key.startsWith(`${namespace}/`) ? key.slice(namespace.length + 1) : undefined;
        // What the feed has told of is counted by the feed, also when it goes.
        if (now() - at > REMEMBERED_MS || (own !== undefined && there.has(own))) lately.delete(key);
        else if (own !== undefined) there.add(own);
      }
      there.delete(name);
      if (there.size < most) return undefined;
      const cause = `namespace ${namespace} has ${there.size} ArtifactPolicies, and may have ${most} (limits.policiesPerNamespace)`;
      return denying('INPUT_POLICY_TOO_MANY', cause);
    },
    admitted(namespace, name) {
      if (lately.size < MOST_REMEMBERED) lately.set(`${namespace}/${name}`, now());
    },
    deleted(namespace, name) {
      lately.delete(`${namespace}/${name}`);
    },
  };
}
