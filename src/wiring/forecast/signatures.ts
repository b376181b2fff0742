/** Signatures of policies as replicas ask for them, for a command that looks once. */
import { listPolicyFiles, readPolicyFiles } from '../../feeds/policies/files.ts';
import type { PolicySignaturesConfig } from '../../platform/config/policy-signatures.ts';
import { compileSignersAlone } from '../../policy/index.ts';
import { beginPass, createVersions, POLICY_PAYLOAD_TYPE } from '../../signed/index.ts';
import type { Versions } from '../../signed/index.ts';
import { createTrustReader } from '../../trust/index.ts';
import { createPolicyProver } from '../../verify/index.ts';
import { enoughSigners } from '../signed/index.ts';
import type { RefusesDocument } from '../signed/index.ts';
import { loadRecord } from '../signed/record.ts';
import type { RecordCluster } from '../signed/record.ts';

/** By what documents are refused, and what could not be found out about it. */
export interface SignaturesAsked {
  /** For one compilation; `undefined` where documents need no signature, or it is not known whose. */
  begin(): RefusesDocument | undefined;
  readonly versions: Versions;
  readonly problems: readonly string[];
}

const UNKNOWN = 'replicas use no policy that is not signed, and what it speaks about is undetermined';

/** Reads who signs, and which versions were seen. Never rejects: what cannot be read is told, and not asked for. */
export async function askedSignatures(
  config: PolicySignaturesConfig | undefined, cluster: RecordCluster, at: { readonly now: number; readonly signal: AbortSignal },
): Promise<SignaturesAsked> {
  if (config === undefined) return { begin: () => undefined, versions: createVersions(false), problems: [] };
  const problems: string[] = [];
  const versions = createVersions(false);
  if (config.record !== undefined) {
    const seen = await loadRecord(config.record, cluster, at.signal).catch((cause: unknown) =>
      void problems.push(`the record of versions of signed policies cannot be read (${messageOf(cause)}): an older version of one is taken here, and refused by replicas`));
    if (seen !== undefined) versions.take(seen);
  }
  if (!config.require) return { begin: () => undefined, versions, problems };
  try {
    const files = await readPolicyFiles(await listPolicyFiles(config.signers));
    const signers = enoughSigners({ ...compileSignersAlone(files, createTrustReader()), threshold: config.threshold });
    const prove = await createPolicyProver(POLICY_PAYLOAD_TYPE);
    const begin = (): RefusesDocument => {
      const pass = beginPass({ signers: () => signers, prove, versions, except: new Set(config.except), now: () => at.now });
      return (value) => pass.refuses(value)?.message;
    };
    return { begin, versions, problems };
  } catch (cause) {
    return { begin: () => undefined, versions, problems: [...problems, `policySignatures are not looked at (${messageOf(cause)}): ${UNKNOWN}`] };
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
