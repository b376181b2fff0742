/** OpenPGP blocks as policies give them: every key in one that may sign, in the form in which keys are trusted. */
import type { OneSortKeys } from '../domain/ports.ts';
import { looksLikePgpKey, readPgpCertificate } from '../pki/pgp/certificate.ts';
import { pemOf } from '../pki/public-key.ts';

/** Reads one armoured block; `undefined` for text that is none. Never throws. */
export function readOpenPgp(text: string): OneSortKeys | undefined {
  if (!looksLikePgpKey(text)) return undefined;
  const read = readPgpCertificate(text);
  if (!read.ok) return read;
  return {
    ok: true,
    keys: read.keys.map(({ keyId, spki, fingerprint, primary, created, notAfter }) => ({
      key: { keyId, pem: pemOf(Buffer.from(spki)), openPgp: { fingerprint, primary, created } },
      ...(notAfter === undefined ? {} : { notAfter }),
    })),
  };
}
