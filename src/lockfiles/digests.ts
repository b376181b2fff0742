/** The spellings of digests in lock files, made those of the gate. */
import { decodeBase64 } from '../text/base64.ts';

/** The digests of an `integrity` (Subresource Integrity): the strongest algorithm counts, as for package managers. */
export interface ReadIntegrity {
  /** In the spelling of the gate. Several of one algorithm are alternatives: any of them may be taken. */
  readonly digests: readonly string[];
  /** True when it pins bytes by an algorithm only that the gate does not know (sha1, md5, sha384), or cannot be read. */
  readonly isWeak: boolean;
}

const BYTES = { sha512: 64, sha256: 32 } as const;

/**
 * Reads `sha512-BASE64 sha1-BASE64…` (Subresource Integrity; options after `?` are ignored as everywhere). A digest of the strongest
 * algorithm that is not well formed makes all of it weak: what the package manager would make of it is not known.
 */
export function readIntegrity(text: string): ReadIntegrity {
  const parts = text.split(/[ \t\r\n]+/).filter((part) => part !== '');
  for (const algorithm of ['sha512', 'sha256'] as const) {
    const own = parts.filter((part) => part.startsWith(`${algorithm}-`));
    // sha384 is stronger than sha256 to whoever installs, and unknown here.
    if (algorithm === 'sha256' && parts.some((part) => part.startsWith('sha384-'))) break;
    if (own.length === 0) continue;
    const digests = own.map((part) => fromBase64(algorithm, part.slice(algorithm.length + 1).split('?', 1)[0] ?? ''));
    const good = digests.filter((digest) => digest !== undefined);
    return good.length === digests.length ? { digests: [...new Set(good)], isWeak: false } : { digests: [], isWeak: true };
  }
  return { digests: [], isWeak: parts.length > 0 };
}

/** Base64 of a hash as `algorithm:hex`; `undefined` unless it is exactly that many bytes, spelled canonically. */
export function fromBase64(algorithm: keyof typeof BYTES, text: string): string | undefined {
  const bytes = decodeBase64(text, 'standard');
  return bytes?.length === BYTES[algorithm] ? `${algorithm}:${bytes.toString('hex')}` : undefined;
}

/** `sha256:HEX` or `sha512:HEX` in either case, as the gate spells it; `undefined` for everything else. */
export function fromHex(algorithm: string, hex: string): string | undefined {
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return undefined;
  return hex.length === 2 * BYTES[algorithm] && /^[0-9a-fA-F]+$/.test(hex) ? `${algorithm}:${hex.toLowerCase()}` : undefined;
}

/**
 * The directory hash of Go (`h1:BASE64`, golang.org/x/mod/sumdb/dirhash: SHA-256 over the sorted lines of SHA-256 of all files) as
 * `sha256:` of its hexadecimal digits. It is a digest of what the archive holds, not of its bytes.
 */
export function fromGoHash(text: string): string | undefined {
  return text.startsWith('h1:') ? fromBase64('sha256', text.slice(3)) : undefined;
}
