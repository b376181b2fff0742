/** What the checksum database of Go signs: the state of its tree, which holds the line of go.sum about this version. */
import { createHash } from 'node:crypto';
import type { TrustedKey, UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { integer, list, members, text } from '../fields.ts';
import { readWrapping } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Problem } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import { proveByKeys } from '../provers/keys.ts';
import { rootFromProof } from '../sigstore/log/merkle.ts';
import { proofsOf } from '../statement/bound.ts';

/** How the note about the tree of every checksum database begins; a key that signs other notes signs none of these. */
const ORIGIN = 'go.sum database tree';
const SIGNATURE_LINE = /^\u2014 ([^\s+]{1,256}) ([A-Za-z0-9+/=]{8,400})$/;
const MOST_LINES = 16;
/** Characters of a record, and of a note. */
const MOST_TEXT = 16_384;
/** A key of a note is an algorithm, here 1 for Ed25519, and the key. */
const ED25519 = Uint8Array.of(1);

interface Note {
  readonly signed: string;
  readonly size: bigint;
  readonly root: Buffer;
  readonly signatures: readonly { readonly name: string; readonly hash: string; readonly signature: Buffer }[];
}

/**
 * Verifies a record of a checksum database, `{record, text, note, proof}` (golang.org/design/25530-sumdb; golang.org/x/mod/sumdb/note): the
 * line about this module and version has this hash, the record is in the tree by its inclusion proof, and a trusted key has signed the
 * tree. The name and key hash on the signature must be those of the key. Nothing dates it.
 */
export function verifyGoChecksum(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const read = parsed('VERIFY_MALFORMED', () => {
    const entry = members(readWrapping(evidence.bytes), 'record');
    return {
      record: integer(entry, 'record', 'record'), text: text(entry, 'text', 'record', MOST_TEXT),
      note: readNote(text(entry, 'note', 'record', MOST_TEXT)),
      proof: list(entry, 'proof', 'record', LIMITS.proofHashes).map(readHash),
    };
  });
  if (!read.ok) return disproved(read.problem);
  const { record, text: lines, note, proof } = read.value;
  const mismatch = mismatchOf(lines, job);
  if (mismatch !== undefined) return disproved(mismatch);
  const root = rootFromProof(Buffer.from(lines), record, note.size, proof);
  if (root === undefined || !note.root.equals(root))
    return disproved({ code: 'VERIFY_LOG_INVALID', found: `record ${record}`, cause: 'the inclusion proof does not lead to the root that is signed' });
  const attempts = note.signatures.flatMap(({ name, hash, signature }) => {
    const keys = job.trust.keys.filter((key) => noteHash(name, key) === hash);
    const signed = { content: { signature, message: Buffer.from(note.signed) }, dating: { logEntries: [], timestamps: [] } };
    return keys.length === 0 ? [] : [proveByKeys(signed, keys[0]?.keyId ?? '', { ...job.trust, keys }, tools)];
  });
  if (attempts.length === 0)
    return disproved({
      code: 'VERIFY_SIGNER_UNTRUSTED', found: clip(note.signatures.map(({ name, hash }) => `${name}+${hash}`).join(', ')),
      expected: job.trust.keys.length === 0 ? 'a trusted signer' : `key ${job.trust.keys.map(({ keyId }) => keyId).slice(0, 3).join(' or ')}`,
    });
  return proofsOf({ evidence, artifact: job.artifact.digest }, attempts);
}

/** The line about this version must be there, once, with this hash. */
function mismatchOf(lines: string, { artifact }: Pick<VerificationJob, 'artifact'>): Problem | undefined {
  const wanted = /^pkg:golang\/(.+)@([^@]+)$/.exec(artifact.kind === 'package' ? artifact.name : '');
  const begin = `${wanted?.[1] ?? ''} ${wanted?.[2] ?? ''} `;
  const found = lines.split('\n').filter((line) => wanted !== null && line.startsWith(begin));
  const h1 = artifact.digest.startsWith('sha256:') ? Buffer.from(artifact.digest.slice(7), 'hex').toString('base64') : '';
  if (found.length === 1 && found[0] === `${begin}h1:${h1}`) return undefined;
  return {
    code: 'VERIFY_SUBJECT_MISMATCH', found: clip(found[0] ?? lines.split('\n')[0] ?? ''), expected: `${begin}h1:${h1}`,
    cause: 'the record is about other bytes, or another version',
  };
}

function readHash(value: unknown): Buffer {
  const bytes = decodeBase64(value, 'standard');
  if (bytes?.length !== 32) throw new Refusal('proof holds something that is no hash');
  return bytes;
}

function readNote(note: string): Note {
  const split = note.indexOf('\n\n');
  const [signed, below] = [note.slice(0, split + 1), note.slice(split + 2)];
  const [origin, size = '', root, ...rest] = signed.split('\n');
  const lines = below.split('\n').filter((line) => line !== '');
  const hash = decodeBase64(root, 'standard');
  if (split < 0 || origin !== ORIGIN || !/^(?:0|[1-9][0-9]{0,14})$/.test(size) || hash?.length !== 32 || rest.length === 0)
    throw new Refusal('the signed tree is malformed', { found: clip(origin ?? '', 80), expected: ORIGIN });
  if (lines.length > MOST_LINES) throw new Refusal('the signed tree has too many signatures', { code: 'VERIFY_LIMIT', found: `${lines.length}`, expected: `at most ${MOST_LINES}` });
  return { signed, size: BigInt(size), root: hash, signatures: lines.map(readLine) };
}

function readLine(line: string): Note['signatures'][number] {
  const [, name = '', encoded] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = decodeBase64(encoded, 'standard');
  if (bytes === undefined || bytes.length < 5) throw new Refusal('a signature line of the tree is malformed');
  return { name, hash: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) };
}

/** How the PEM of every Ed25519 key begins, since it has one accepted DER (RFC 8410, 4). */
const ED25519_PEM = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA';

/** The hash by which a note names a key: of its name, a line end, its algorithm and the key; `undefined` for keys of other algorithms. */
function noteHash(name: string, { pem }: Pick<TrustedKey, 'pem'>): string | undefined {
  if (!pem.startsWith(ED25519_PEM)) return undefined;
  const raw = Buffer.from(pem.split('\n')[1] ?? '', 'base64').subarray(-32);
  return createHash('sha256').update(`${name}\n`).update(ED25519).update(raw).digest('hex').slice(0, 8);
}
