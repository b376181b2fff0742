/** A signed checkpoint tells the size and root hash of a log, if the log itself signed it. */
import type { CompiledLog } from '../../../trust/index.ts';
import { verifyMessage } from '../../../pki/signatures/algorithms.ts';
import { decodeBase64 } from '../../../text/base64.ts';
import { refuse } from '../../problem.ts';

/** The state of a log as its checkpoint states it (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: bigint;
  readonly rootHash: Uint8Array;
}

/** One signature line of a signed note (C2SP signed-note). */
interface NoteSignature {
  readonly name: string;
  readonly keyHint: string;
  readonly signature: Uint8Array;
}

const TREE_SIZE = /^(?:0|[1-9][0-9]{0,18})$/;
const SIGNATURE_LINE = /^\u2014 ([^\s+]{1,256}) (\S{8,16384})$/;
/** Rekor v1 writes `host - tree id` as origin. */
const TREE_ID = / - [0-9]{1,20}$/;
const MAX_SIGNATURES = 100;
/** Lines under the log's own name and key hint: one, and a few more while it changes its key. Each costs a verification. */
const MAX_OWN = 4;

/**
 * Proves that a checkpoint was signed by this log, and that its origin is the name on the signature.
 *
 * Lines of other keys (witnesses) are ignored; at least one line must be the log's. Where the log's id binds a name
 * (Rekor v2) the origin must be that name. Rekor v1 binds none, and private instances sign as whatever host they run
 * on; there the key alone tells the log. Names are compared as text, never used as patterns. Refuses with
 * VERIFY_LOG_INVALID.
 */
export function proveCheckpoint(note: string, log: CompiledLog): Checkpoint {
  const { text, signatures } = readNote(note);
  const checkpoint = readCheckpoint(text);
  const name = checkpoint.origin.replace(TREE_ID, '');
  if (log.checkpointName !== undefined && log.checkpointName !== checkpoint.origin)
    invalid('the checkpoint is of another log', checkpoint.origin, log.checkpointName);
  const own = signatures.filter((line) => line.name === name && line.keyHint === log.keyHint);
  if (own.length === 0)
    invalid(
      'the checkpoint carries no signature of the log',
      signatures.map((line) => line.name).join(', '),
      `a signature line of ${name} with key hint ${log.keyHint}`,
    );
  if (own.length > MAX_OWN)
    invalid('the checkpoint has too many signature lines of the log', `${own.length}`, `at most ${MAX_OWN}`);
  const bytes = Buffer.from(text, 'utf8');
  if (!own.some((line) => verifyMessage(bytes, log.key, line.signature))) invalid('the signature of the checkpoint does not verify', name);
  return checkpoint;
}

function readNote(note: string): { readonly text: string; readonly signatures: readonly NoteSignature[] } {
  const split = note.indexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) invalid('the checkpoint is not a signed note');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) invalid(`the checkpoint has more than ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, split + 1), signatures: lines.map(readSignatureLine) };
}

function readSignatureLine(line: string): NoteSignature {
  const parts = SIGNATURE_LINE.exec(line);
  const bytes = decodeBase64(parts?.[2], 'standard');
  if (parts === null || bytes === undefined || bytes.length < 5) return invalid('a signature line of the checkpoint is malformed');
  return { name: parts[1] ?? '', keyHint: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) };
}

function readCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = ''] = text.slice(0, -1).split('\n');
  const rootHash = decodeBase64(root, 'standard');
  if (origin === '' || !TREE_SIZE.test(size)) invalid('origin or tree size of the checkpoint is malformed');
  if (rootHash?.length !== 32) return invalid('the root hash of the checkpoint is malformed');
  return { origin, treeSize: BigInt(size), rootHash };
}

function invalid(cause: string, found?: string, expected?: string): never {
  return refuse('VERIFY_LOG_INVALID', {
    cause,
    ...(found === undefined ? {} : { found }),
    ...(expected === undefined ? {} : { expected }),
  });
}
