/** Writing to a registry: one request, with each credential of ours until one may; nothing is written anywhere but at its own origin. */
import { FetchFailure } from '../../net/failure.ts';
import type { Http, HttpReply } from '../../net/http.ts';
import type { FetchLimits } from '../../net/options.ts';
import type { Authorizer } from '../oci/authorizer.ts';
import type { Reader } from '../oci/reader.ts';
import { statusFailure } from '../oci/registry-get.ts';

/** One thing that is written; repeating it does no harm. */
export interface Writing {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
  /** For messages: `the blob sha256:…`. */
  readonly what: string;
}

/** Sends it; gives the answer with a status of 200 to 299, and throws FetchFailure for every other. */
export type RegistryWrite = (writer: Reader, writing: Writing, signal: AbortSignal) => Promise<HttpReply>;

/** Makes the function that writes. Redirects are not followed: what is written stays where it was meant for. */
export function createRegistryWrite(
  http: Http, authorizer: Authorizer, { manifestBytes }: Pick<FetchLimits, 'manifestBytes'>,
): RegistryWrite {
  return async (writer, { method, path, type, body, what }, signal) => {
    const { repository, access } = writer;
    const asker = { repository: repository.name, access: access.key };
    let refusal: FetchFailure | undefined;
    for (const credential of [...access.candidates, undefined]) {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const header = await authorizer.header(writer, credential, signal).catch((cause: unknown) => {
          if (!(cause instanceof FetchFailure) || cause.problem.code !== 'FETCH_UNAUTHORIZED') throw cause;
          refusal ??= cause;
          return null;
        });
        if (header === null) break;
        const headers = { accept: '*/*', ...(header === undefined ? {} : { authorization: header }) };
        const send = { method, type, body };
        const reply = await http({ target: repository, path, headers, maxBytes: manifestBytes, asker, what, send }, signal);
        if (reply.status >= 200 && reply.status < 300) return reply;
        const failure = statusFailure(repository, reply.status, { what });
        if (reply.status !== 401 && reply.status !== 403) throw failure;
        refusal ??= failure;
        if (reply.status === 403 || attempt > 0 || !authorizer.challenged(repository, reply.headers, header)) break;
      }
    }
    throw refusal ?? statusFailure(repository, 401, { what });
  };
}
