/** Policies that are kept in registries, read and written with the credentials of the server itself. */
import type { ArtifactRef } from '../../domain/artifact/artifact.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { problemOf } from '../../net/failure.ts';
import { pushPolicyArtifact } from './push.ts';
import type { PushedPolicies } from './push.ts';
import type { RegistryPut } from '../push/put.ts';
import type { ObjectStore } from '../oci/object-store.ts';
import { readPolicyArtifact } from './read.ts';
import type { PolicyArtifactRead } from './read.ts';
import type { Reader } from '../oci/reader.ts';

/** What a push came to. */
export type Pushed = { readonly ok: true; readonly digest: Digest } | { readonly ok: false; readonly problem: FetchProblem };

/** Reads and writes policies. Never rejects. */
export interface PolicyArtifacts {
  /** Reads policies by digest. Nothing is said of who signed them. */
  policies(ref: Pick<ArtifactRef, 'name'> & { readonly digest: Digest }, signal: AbortSignal): Promise<PolicyArtifactRead>;
  pushPolicies(ref: Pick<ArtifactRef, 'name'>, pushed: PushedPolicies, signal: AbortSignal): Promise<Pushed>;
}

/** Makes them over what reads and puts; `own` gives a reader of a repository with our own credentials. */
export function createPolicyArtifacts(
  objects: ObjectStore, put: RegistryPut, own: (name: string, signal: AbortSignal) => Promise<Reader>,
): PolicyArtifacts {
  return {
    async policies({ name, digest }, signal) {
      try {
        return await readPolicyArtifact(objects, await own(name, signal), digest, signal);
      } catch (error) {
        return { ok: false, problem: problemOf(error, name) };
      }
    },
    async pushPolicies({ name }, pushed, signal) {
      try {
        const writer: Reader = { ...(await own(name, signal)), writes: true };
        return { ok: true, digest: await pushPolicyArtifact(put, writer, pushed, signal) };
      } catch (error) {
        return { ok: false, problem: problemOf(error, name) };
      }
    },
  };
}
