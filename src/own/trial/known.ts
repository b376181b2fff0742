/** The documents in force, as texts that names can be looked for in. */
import { inSlices } from '../../flow/slices.ts';
import type { Steps } from '../../flow/slices.ts';
import { readPolicyDocuments } from '../../policy/index.ts';
import type { PolicyText } from '../../policy/index.ts';

/** One document in force. */
export interface KnownDocument {
  /** The file that it stands in, or the name of the resource that it is. */
  readonly file: string;
  readonly kind: string;
  /** Empty for what is of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
  /** The document in JSON. */
  readonly json: string;
}

/** Documents by the files that they stand in; a file that has not changed is not read again. */
export interface KnownDocuments {
  /** Reads what is new in slices. Rejects with the reason of the signal. */
  of(files: readonly PolicyText[], signal: AbortSignal): Promise<readonly KnownDocument[]>;
}

/** A resource is a file called so (`feeds/policies/source.ts`), and its text is one document in JSON: it need not be read to be known. */
const RESOURCE = /^([A-Z][A-Za-z]+) (?:([a-z0-9-]+)\/)?([a-z0-9.-]+)$/;

/** Documents are larger than what is read from strangers, and were read within bounds before. */
export const WHOLE = { maxItems: 16 * 1024 * 1024 } as const;

/** Makes it, with nothing read. */
export function createKnownDocuments(): KnownDocuments {
  let files: readonly PolicyText[] | undefined;
  let known: readonly KnownDocument[] = [];
  let read = new Map<string, { readonly text: string; readonly documents: readonly KnownDocument[] }>();
  return {
    async of(now, signal) {
      if (now === files) return known;
      const next: typeof read = new Map();
      const all: KnownDocument[] = [];
      const steps = function* (): Steps<void> {
        for (const file of now) {
          const before = read.get(file.path);
          const documents = before?.text === file.text ? before.documents : yield* documentsIn(file);
          next.set(file.path, { text: file.text, documents });
          all.push(...documents);
          yield;
        }
      };
      await inSlices(steps(), { signal });
      [files, known, read] = [now, all, next];
      return known;
    },
  };
}

function* documentsIn(file: PolicyText): Steps<readonly KnownDocument[]> {
  const [, kind, namespace = '', name] = RESOURCE.exec(file.path) ?? [];
  if (kind !== undefined && name !== undefined) return [{ file: file.path, kind, namespace, name, json: file.text }];
  const { documents } = yield* readPolicyDocuments(file);
  return documents.flatMap(({ value }): readonly KnownDocument[] => {
    const { kind: of, metadata } = value as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } | null };
    if (typeof of !== 'string' || typeof metadata?.name !== 'string') return [];
    const space = typeof metadata.namespace === 'string' ? metadata.namespace : '';
    return [{ file: file.path, kind: of, namespace: space, name: metadata.name, json: JSON.stringify(value) }];
  });
}
