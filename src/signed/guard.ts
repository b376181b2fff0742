/** What stands between documents that were read and the compiler: only what is signed, and nothing that is older than what was there. */
import { documentName } from './document.ts';
import { judgeDocument } from './judge.ts';
import type { PolicySigners, ProvePolicy } from './judge.ts';
import type { SignatureRefusal } from './refusal.ts';
import type { SeenVersion, SeenVersions, Versions } from './versions.ts';

/** With what documents are judged. */
export interface GuardOptions {
  /** The signers in force at this moment. */
  signers(): PolicySigners;
  readonly prove: ProvePolicy;
  readonly versions: Versions;
  /** Kinds that need no signature. */
  readonly except: ReadonlySet<string>;
  readonly now: () => number;
}

/** One look at all documents of a set. */
export interface GuardPass {
  /** Why this document may not be used; `undefined` when it may. */
  refuses(value: unknown): SignatureRefusal | undefined;
  /** What it let through, by the names of the documents. */
  readonly passed: SeenVersions;
}

/** Begins a look at all documents of a set. */
export function beginPass({ signers, prove, versions, except, now }: GuardOptions): GuardPass {
  const passed = new Map<string, SeenVersion>();
  const inForce = signers();
  const at = now();
  return {
    passed,
    refuses(value) {
      const [kind = ''] = (documentName(value) ?? '').split('/');
      if (except.has(kind)) return undefined;
      const judged = judgeDocument(value, inForce, prove, at);
      if (!judged.ok) return judged.refusal;
      const { name, version, digest } = judged.document;
      const refusal = versions.judge(judged.document);
      if (refusal === undefined) passed.set(name, { version, digest });
      return refusal;
    },
  };
}
