/** Documents that nobody of these has signed, as problems before a server refuses them. */
import { listPolicyFiles, readPolicyFiles } from '../../../feeds/policies/files.ts';
import { compileSignersAlone } from '../../../policy/index.ts';
import { beginPass, createVersions, POLICY_PAYLOAD_TYPE } from '../../../signed/index.ts';
import { createTrustReader } from '../../../trust/index.ts';
import { createPolicyProver } from '../../../verify/index.ts';
import { asUsageError } from '../usage.ts';

/** Says why a document is refused by servers that list these signers; nothing is known here of versions before. */
export async function unsigned(paths: readonly string[], now: number): Promise<(value: unknown) => string | undefined> {
  try {
    const files = await readPolicyFiles(await listPolicyFiles(paths));
    const signers = { ...compileSignersAlone(files, createTrustReader()), threshold: 1 };
    const prove = await createPolicyProver(POLICY_PAYLOAD_TYPE);
    const pass = beginPass({ signers: () => signers, prove, versions: createVersions(false), except: new Set(), now: () => now });
    return (value) => pass.refuses(value)?.message;
  } catch (cause) {
    return asUsageError(cause);
  }
}
