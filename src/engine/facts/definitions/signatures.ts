/** Signatures that a definition carries in its annotations, as evidence about what is to be admitted. */
import { parseDigest } from '../../../domain/artifact/digest.ts';
import type { Digest } from '../../../domain/artifact/digest.ts';
import type { EvidenceFormat, EvidenceProblem, SignedDefinition, UnverifiedEvidence } from '../../../domain/evidence.ts';
import { decodeBase64, withoutLineEnds } from '../../../text/base64.ts';
import { own, ownText } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { readJsonText } from '../../../text/json/read.ts';
import { sha256Hex } from '../../../text/sha256.ts';

const TEKTON = 'tekton.dev/signature';
const OWN = 'gatehouse.dev/signature';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Bundles of one definition that are looked at. */
const MOST_BUNDLES = 16;

/** Evidence about one object, and what of it is not looked at. */
export interface Carried {
  /** sha256 of the JSON of what is to be admitted: all of the evidence is about it. */
  readonly digest: Digest;
  readonly evidence: readonly UnverifiedEvidence[];
  readonly problems: readonly EvidenceProblem[];
}

/**
 * The signatures of an object, and those of the text that its author applied client-side, where the object still has it: what a
 * cluster has added meanwhile does not stand in that.
 */
export function carriedBy(object: JsonObject): Carried {
  const text = bytesOf(object);
  const applied = annotation(object, LAST_APPLIED);
  const author = applied === undefined ? undefined : readJsonText(applied);
  const digest = digestOf(text);
  const own = piecesOf(object, { text });
  if (author?.ok !== true || applied === undefined) return { digest, ...own };
  const handedIn = piecesOf(author.value, { text: new TextEncoder().encode(applied), admitted: text });
  return { digest, evidence: [...own.evidence, ...handedIn.evidence], problems: [...own.problems, ...handedIn.problems] };
}

/**
 * The signatures of a definition that was resolved, of which an object under another name is to be admitted. The first piece has no
 * signature: what it is refused for tells whether the two say the same.
 */
export function carriedByResolved(content: JsonObject, admitted: JsonObject): Carried {
  const bytes = bytesOf(admitted);
  const definition: SignedDefinition = { text: bytesOf(content), admitted: bytes, renamed: true };
  const { evidence, problems } = piecesOf(content, definition);
  const comparison = piece('tekton-definition', TEKTON, new Uint8Array(), definition);
  return { digest: digestOf(bytes), evidence: [comparison, ...evidence], problems };
}

function piecesOf(object: unknown, definition: SignedDefinition): Omit<Carried, 'digest'> {
  const evidence: UnverifiedEvidence[] = [];
  const tekton = annotation(object, TEKTON);
  if (tekton !== undefined) evidence.push(piece('tekton-definition', TEKTON, new TextEncoder().encode(tekton), definition));
  const bundles = bundlesIn(annotation(object, OWN));
  bundles.slice(0, MOST_BUNDLES).forEach((text, index) => {
    const bytes = decodeBase64(withoutLineEnds(text)) ?? new TextEncoder().encode(text);
    evidence.push(piece('definition-bundle', bundles.length === 1 ? OWN : `${OWN} [${index}]`, bytes, definition));
  });
  if (bundles.length <= MOST_BUNDLES) return { evidence, problems: [] };
  const found = `${bundles.length} bundles`;
  return { evidence, problems: [{ code: 'VERIFY_LIMIT', source: `annotation ${OWN}`, found, expected: `at most ${MOST_BUNDLES}` }] };
}

/** The annotation is one bundle in base64, or a JSON list of such. */
function bundlesIn(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const list = text.startsWith('[') ? readJsonText(text) : undefined;
  if (list?.ok !== true || !Array.isArray(list.value)) return [text];
  return list.value.map((one: unknown) => (typeof one === 'string' ? one : ''));
}

function piece(format: EvidenceFormat, name: string, bytes: Uint8Array, definition: SignedDefinition): UnverifiedEvidence {
  const { text, admitted, renamed = false } = definition;
  const parts = [bytes, text, ...(admitted === undefined ? [] : [admitted])].map(sha256Hex);
  const digest = sha256Hex(JSON.stringify([format, renamed, ...parts]));
  const where = admitted === undefined || renamed ? '' : ' of the configuration last applied';
  return { format, source: `annotation ${name}${where}`, bytes, digest, definition };
}

function annotation(object: unknown, name: string): string | undefined {
  return ownText(own(own(object, 'metadata'), 'annotations'), name);
}

function bytesOf(object: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(object));
}

/** The digest of bytes; it is well formed because it was made here. */
export function digestOf(bytes: Uint8Array): Digest {
  const digest = parseDigest(`sha256:${sha256Hex(bytes)}`);
  if (digest === undefined) throw new Error('sha256 gave no digest');
  return digest;
}
