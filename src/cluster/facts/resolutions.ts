/** What resolvers of Tekton have brought into a namespace: ResolutionRequests with data, equal ones once. */
import type { ResolutionFact } from '../../domain/build/facts.ts';
import { decodeBase64, withoutLineEnds } from '../../text/base64.ts';
import { own, ownText, ownTexts } from '../../text/json/fields.ts';
import { sha256Hex } from '../../text/sha256.ts';
import { NotKnown } from './asking.ts';

/** Bytes of different definitions in one namespace; beyond them nothing is said of any. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Reads a ResolutionRequest; `undefined` when it carries no data that is base64 as Go reads it. */
function readResolution(object: unknown): ResolutionFact | undefined {
  const status = own(object, 'status');
  const data = ownText(status, 'data');
  if (data === undefined || data === '') return undefined;
  const content = decodeBase64(withoutLineEnds(data), 'standard');
  if (content === undefined) return undefined;
  // `source` is what `refSource` was called before.
  const source = own(status, 'refSource') ?? own(status, 'source');
  return {
    name: ownText(own(object, 'metadata'), 'name') ?? '',
    content,
    uri: ownText(source, 'uri') ?? '',
    digest: ownTexts(source, 'digest'),
    entryPoint: ownText(source, 'entryPoint') ?? '',
  };
}

/**
 * Reads one after the other, and of those that brought the same from the same place only the first: thousands of runs of one
 * pipeline are one fact. Throws {@link NotKnown} when different ones are more than can be kept.
 */
export function distinct(): (object: unknown) => ResolutionFact | undefined {
  const seen = new Set<string>();
  let bytes = 0;
  return (object) => {
    const read = readResolution(object);
    if (read === undefined) return undefined;
    const content = sha256Hex(read.content);
    const key = JSON.stringify([content, read.uri, Object.entries(read.digest).sort(), read.entryPoint]);
    if (seen.has(key)) return undefined;
    seen.add(key);
    bytes += read.content.length;
    if (bytes > MOST_BYTES) throw new NotKnown(`resolvers have brought more than ${MOST_BYTES} bytes into the namespace`);
    return read;
  };
}
