/** What stands between documents that were read and the compiler: only what is signed, and nothing that is older than what was there. */
import type { CertificateStatuses } from '../domain/certificate-status.ts';
import { documentName, signableDocument } from './document.ts';
import { judgeDocument } from './judge.ts';
import type { PolicySigners, ProvePolicy } from './judge.ts';
import type { RefusedBecause, SignatureRefusal } from './refusal.ts';
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
  /** What is known of revoked certificates of signers; absent: nobody is asked. */
  readonly certificates?: () => CertificateStatuses | undefined;
  /** What a pass let through of the set that is in force, and who is told of what stays of it although it would be refused now. */
  readonly inForce?: SeenVersions | undefined;
  readonly stays?: ((name: string, refusal: SignatureRefusal) => void) | undefined;
}

/** What changes with those who sign, with time, and with what others have seen; a document that is in force, and says what it said then, stays. */
const LATER: ReadonlySet<RefusedBecause> = new Set(['untrusted', 'outOfBounds', 'uncounted', 'older']);

/** One look at all documents of a set. */
export interface GuardPass {
  /** Why this document may not be used; `undefined` when it may. */
  refuses(value: unknown): SignatureRefusal | undefined;
  /** What it let through, by the names of the documents. */
  readonly passed: SeenVersions;
}

/** Begins a look at all documents of a set. */
export function beginPass({ signers, prove, versions, except, now, certificates, inForce: before, stays }: GuardOptions): GuardPass {
  const passed = new Map<string, SeenVersion>();
  const inForce = signers();
  const at = now();
  return {
    passed,
    refuses(value) {
      const [kind = ''] = (documentName(value) ?? '').split('/');
      if (except.has(kind)) return undefined;
      const judged = judgeDocument(value, inForce, prove, { now: at, certificates: certificates?.() });
      const refusal = judged.ok ? versions.judge(judged.document) : judged.refusal;
      if (refusal !== undefined) {
        const kept = LATER.has(refusal.because) ? stillInForce(value, before) : undefined;
        if (kept === undefined) return refusal;
        passed.set(...kept);
        stays?.(kept[0], refusal);
      } else if (judged.ok) {
        const { name, version, digest } = judged.document;
        passed.set(name, { version, digest });
      }
      return undefined;
    },
  };
}

function stillInForce(value: unknown, inForce: SeenVersions | undefined): readonly [string, SeenVersion] | undefined {
  const read = signableDocument(value);
  const before = read.ok ? inForce?.get(read.value.name) : undefined;
  return read.ok && before?.version === read.value.version && before.digest === read.value.digest ? [read.value.name, before] : undefined;
}
