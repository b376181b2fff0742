/** What crosses to a thread: trust material and roots once, afterwards only their names. */
import type { TrustedKey, TrustMaterial, VerificationJob } from '../domain/evidence.ts';
import type { TrustRoot } from '../domain/policy/trust-root.ts';

/** Trust material as it crosses to a worker: roots are named, because they are large and cross once each. */
interface SlimTrust {
  readonly id: string;
  readonly keys: readonly TrustedKey[];
  readonly rootIds: readonly string[];
  readonly layouts?: TrustMaterial['layouts'] & {};
  readonly relatedTypes?: TrustMaterial['relatedTypes'] & {};
}

/** One question to a verification thread, with the trust material it has not been told yet and what it may forget. */
export interface ToWorker {
  readonly job: Omit<VerificationJob, 'trust'>;
  readonly trustId: string;
  readonly trust?: SlimTrust;
  readonly roots?: readonly TrustRoot[];
  readonly forget?: { readonly trusts: readonly string[]; readonly roots: readonly string[] };
}

/** Trust materials and roots that one thread keeps at a time. */
const KEPT_TRUSTS = 256;
const KEPT_ROOTS = 64;

/** The main thread's record of what one worker has been told. */
export interface TrustLedger {
  /** What has to go along with a question about this trust material. */
  send(trust: TrustMaterial): Pick<ToWorker, 'trustId' | 'trust' | 'roots' | 'forget'>;
}

/** Makes the record for a worker that knows nothing yet. The oldest are forgotten first, on both sides alike. */
export function createTrustLedger(): TrustLedger {
  const trusts = new Set<string>();
  const roots = new Set<string>();
  return {
    send(trust) {
      if (trusts.has(trust.id)) return { trustId: trust.id };
      const missing = trust.roots.filter((root) => !roots.has(root.id));
      trusts.add(trust.id);
      for (const root of missing) roots.add(root.id);
      return {
        trustId: trust.id,
        trust: { id: trust.id, keys: trust.keys, rootIds: trust.roots.map((root) => root.id), ...about(trust) },
        roots: missing,
        forget: { trusts: dropOldest(trusts, KEPT_TRUSTS), roots: dropOldest(roots, KEPT_ROOTS) },
      };
    },
  };
}

function dropOldest(ids: Set<string>, keep: number): readonly string[] {
  const dropped = [...ids].slice(0, Math.max(0, ids.size - keep));
  for (const id of dropped) ids.delete(id);
  return dropped;
}

/** The worker's side: trust material by id, joined with its roots as they come in. */
export interface TrustShelf {
  /** Stores what the question brings and gives the trust material it names; `undefined` when it was never told. */
  take(question: Pick<ToWorker, 'trustId' | 'trust' | 'roots' | 'forget'>): TrustMaterial | undefined;
}

/** Makes an empty shelf. */
export function createTrustShelf(): TrustShelf {
  const trusts = new Map<string, TrustMaterial>();
  const roots = new Map<string, TrustRoot>();
  return {
    take(question) {
      for (const root of question.roots ?? []) roots.set(root.id, root);
      if (question.trust !== undefined) trusts.set(question.trust.id, join(question.trust, roots));
      for (const id of question.forget?.trusts ?? []) trusts.delete(id);
      for (const id of question.forget?.roots ?? []) roots.delete(id);
      return trusts.get(question.trustId);
    },
  };
}

function join(slim: SlimTrust, roots: ReadonlyMap<string, TrustRoot>): TrustMaterial {
  const known = slim.rootIds.map((id) => roots.get(id));
  return { id: slim.id, keys: slim.keys, roots: known.filter((root) => root !== undefined), ...about(slim) };
}

/** What layouts add to trust material; small, so that it crosses as it is. */
function about({
  layouts,
  relatedTypes,
}: Pick<TrustMaterial, 'layouts' | 'relatedTypes'>): Pick<TrustMaterial, 'layouts' | 'relatedTypes'> {
  return { ...(layouts === undefined ? {} : { layouts }), ...(relatedTypes === undefined ? {} : { relatedTypes }) };
}
