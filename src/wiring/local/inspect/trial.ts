/** Policies that are tried on what an inspection has found: the engine of every command, over evidence that is kept and not asked for anew. */
import type { ArtifactRef } from '../../../domain/artifact/artifact.ts';
import type { CertificateStatuses } from '../../../domain/certificate-status.ts';
import type { PolicySet } from '../../../domain/policy/policy.ts';
import type { EvidenceBatch, TrustReader } from '../../../domain/ports.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import { listPolicyFiles, readPolicyFiles } from '../../../feeds/policies/files.ts';
import { NO_NAMESPACES } from '../../../feeds/namespaces/file.ts';
import { offlineSource } from '../../../fetch/index.ts';
import { compilePolicies, trustDocuments } from '../../../policy/index.ts';
import type { Judgement } from '../../../surfaces/cli/context.ts';
import { openEngine } from '../../engine.ts';
import type { Lifetime } from '../../lifetime.ts';
import type { Certificates } from '../../trust/certificates.ts';
import { factsOf } from '../objects.ts';
import { asUsageError } from '../usage.ts';

/** How long one trial may take, milliseconds: nobody is asked, and statements are examined. */
const WITHIN = 60_000;

/** What there is to try policies on. */
export interface TrialSite {
  readonly trust: TrustReader;
  /** Documents besides the policy: trust roots, and what is revoked. */
  readonly roots: string;
  readonly lifetime: Lifetime;
  /** Who knows which certificates are revoked; absent: nobody is asked. */
  readonly asking: Certificates | undefined;
}

/** Where nobody may be asked, what authorities say of certificates is nothing that a policy is tried by. */
const NOT_TRIED: CertificateStatuses = { of: () => ({ state: 'good' }), generation: () => 0 };

/** Evidence as it was found, of what has this digest. */
export interface TrialCase {
  readonly digest: NonNullable<ArtifactRef['digest']>;
  readonly batch: EvidenceBatch;
}

/** Judges the artifact of a review under a policy by the evidence that is given; no two at a time. */
export type Trial = (policy: string, review: ReviewRequest, found: TrialCase) => Promise<Judgement>;

/** One engine for one policy after the other. */
export function openTrial({ trust, roots, lifetime, asking }: TrialSite): Trial {
  const tried: { set: PolicySet | undefined; batch: EvidenceBatch } = { set: undefined, batch: { evidence: [], problems: [] } };
  const { admit } = openEngine({
    policies: { current: () => (tried.set === undefined ? { ready: false, problems: [] } : { ready: true, set: tried.set }) },
    source: { ...offlineSource(tried.batch), open: (artifact, scope) => offlineSource(tried.batch).open(artifact, scope) },
    namespaces: NO_NAMESPACES, facts: factsOf([]), recorder: { record: () => undefined },
    certificates: asking?.certificates ?? NOT_TRIED, unmatched: 'deny',
    verification: { workers: 1 }, examination: { threads: 1 },
  }, lifetime);
  const judge = asking?.patiently(admit) ?? admit;
  return async (policy, review, { digest, batch }) => {
    const files = [{ path: 'policy.yaml', text: policy }, ...(roots === '' ? [] : [{ path: 'roots.yaml', text: roots }])];
    const { set, problems } = compilePolicies(files, { trust });
    if (set === undefined) return { problems, findings: [] };
    Object.assign(tried, { set, batch });
    const artifacts = (review.artifacts ?? []).map((ref) => ({ ...ref, digest }));
    const budget = { deadline: Date.now() + WITHIN, signal: new AbortController().signal };
    const { findings } = await judge({ ...review, artifacts }, budget);
    return { problems, findings };
  };
}

/** Of policies that have compiled, the documents without which no signer could be named by them: no policy of theirs is asked. */
export async function rootsIn(folders: readonly string[]): Promise<readonly unknown[]> {
  if (folders.length === 0) return [];
  return trustDocuments(await listPolicyFiles(folders).then((listing) => readPolicyFiles(listing)).catch(asUsageError));
}
