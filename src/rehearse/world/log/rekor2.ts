/** A transparency log like Rekor v2. */
import { hash } from '../encode.ts';
import { makeKey, signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import { signedNote } from './log-entry.ts';
import type { EntryBody, EntryOverrides, LoggedEntry, TransparencyLog } from './log-entry.ts';
import { bodyBytes, filledTree, grow, noteText, proofOf } from './rekor.ts';

/** How a Rekor v2 log differs from the world's. */
export interface Rekor2Options {
  /** Ed25519, or ECDSA P-256. */
  readonly key?: SigningKey;
  readonly baseUrl?: string;
  readonly prefill?: number;
  /** Witnesses that cosign every checkpoint; their lines stand after the log's. */
  readonly witnesses?: readonly { readonly name: string; readonly key: SigningKey }[];
}

/** A Rekor v2 log (rekor-tiles): no SET, no time of its own, checkpoints signed with Ed25519. */
export function makeRekor2(options: Rekor2Options = {}): TransparencyLog {
  const key = options.key ?? makeKey('ed25519');
  const baseUrl = options.baseUrl ?? 'https://log2026-1.rekor.world.example';
  const origin = new URL(baseUrl).host;
  const logId = noteKeyId(origin, key);
  const tree = filledTree(options.prefill ?? 6);

  function append(body: EntryBody, _at: number, override: EntryOverrides = {}): LoggedEntry {
    const bytes = bodyBytes(body, override);
    const index = tree.append(bytes);
    grow(tree, override.growBy);
    const text = noteText(origin, tree, override);
    const witnesses = (options.witnesses ?? []).map((w) => ({ ...w, keyHint: noteKeyId(w.name, w.key) }));
    const signers = [{ name: origin, key: override.checkpointKey ?? key, keyHint: logId }, ...witnesses];
    const signatures = signers.map((s) => ({ name: s.name, keyHint: s.keyHint, signature: signWith(s.key, Buffer.from(text)) }));
    const checkpoint = signedNote(text, signatures);
    const entry: LoggedEntry = {
      kind: body.kind,
      version: body.apiVersion,
      logId,
      logIndex: index,
      integratedTime: 0,
      body: bytes,
      proof: { ...proofOf(tree, index), checkpoint },
    };
    return override.entry?.(entry) ?? entry;
  }

  return { version: 'v2', key, baseUrl, logId, size: () => tree.size, append };
}

/** Key id of a signed note (C2SP signed-note): for Ed25519 over name and raw key, else over the SPKI. */
export function noteKeyId(name: string, key: Pick<SigningKey, 'type' | 'spki'>): Buffer {
  if (key.type !== 'ed25519') return hash(key.spki);
  return hash(Buffer.concat([Buffer.from(`${name}\n\u0001`), key.spki.subarray(-32)]));
}
