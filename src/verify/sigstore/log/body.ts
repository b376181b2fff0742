/** The kinds of log entries that are understood; all others are refused. */
import { readJsonBytes } from '../../../text/json/read.ts';
import { bindDsseV1, bindDsseV2, bindIntotoV1, bindIntotoV2 } from './body-dsse.ts';
import { bindHashedRekordV1, bindHashedRekordV2 } from './body-hashedrekord.ts';
import type { LogSubject } from './binding.ts';
import { at } from './binding.ts';
import { refuse } from '../../problem.ts';
import { LIMITS } from '../limits.ts';

/** A kind of log entry that is understood. */
interface EntryKind {
  /** Rekor v2 logs neither promise nor date anything (rekor-tiles, CLIENTS.md). */
  readonly rekor: 1 | 2;
  readonly bind: (spec: unknown, subject: LogSubject) => void;
}

const KINDS = new Map<string, EntryKind>([
  ['hashedrekord 0.0.1', { rekor: 1, bind: bindHashedRekordV1 }],
  ['dsse 0.0.1', { rekor: 1, bind: bindDsseV1 }],
  ['intoto 0.0.1', { rekor: 1, bind: bindIntotoV1 }],
  ['intoto 0.0.2', { rekor: 1, bind: bindIntotoV2 }],
  ['hashedrekord 0.0.2', { rekor: 2, bind: bindHashedRekordV2 }],
  ['dsse 0.0.2', { rekor: 2, bind: bindDsseV2 }],
]);

/** The kind of an entry whose body is about the signature under verification. */
export interface BoundBody {
  /** Kind and version: `hashedrekord 0.0.1`. */
  readonly kind: string;
  readonly rekor: 1 | 2;
}

/**
 * Demands that a log entry's body is about exactly this signature, this key or certificate and this content.
 *
 * Without this, any valid entry of the log would pass for any signature. Refuses with VERIFY_LOG_KIND for kinds
 * that are not supported and VERIFY_LOG_MISMATCH otherwise. That the log holds the body is proven elsewhere.
 */
export function bindLogBody(body: Uint8Array, subject: LogSubject): BoundBody {
  const json = parseBody(body);
  const kind = `${word(at(json, 'kind'))} ${word(at(json, 'apiVersion'))}`;
  const known = KINDS.get(kind);
  if (known === undefined) return refuse('VERIFY_LOG_KIND', { found: kind.slice(0, 100), expected: [...KINDS.keys()].join(', ') });
  known.bind(at(json, 'spec'), subject);
  return { kind, rekor: known.rekor };
}

/** Text, or how another value is called: turning hostile objects into text can throw. */
function word(value: unknown): string {
  return typeof value === 'string' ? value : typeof value;
}

/** A body lists signatures with their certificates, 32 at most: some 500 parts, none of them deep. */
const BOUNDS = { maxBytes: LIMITS.bodyBytes, maxDepth: 32, maxParts: 4096 };

function parseBody(body: Uint8Array): unknown {
  const read = readJsonBytes(body, BOUNDS);
  if (read.ok) return read.value;
  const { kind } = read.fault;
  if (kind === 'utf-8') return refuse('VERIFY_MALFORMED', { cause: 'text is not valid UTF-8' });
  const cause = kind === 'syntax' || kind === 'byte-order-mark' ? 'not JSON' : `no JSON that every reader reads alike (${kind})`;
  return refuse('VERIFY_LOG_INVALID', { cause: `the body of the log entry is ${cause}` });
}
