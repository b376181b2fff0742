/** Whether a CA file holds certificates that can be read, told when it is loaded and not at the first connection. */
import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const BEGIN = /-----BEGIN CERTIFICATE-----/g;

/**
 * What is wrong with the text of a CA file: no certificate in it, or one that cannot be read; `undefined` when it can be used.
 *
 * TLS libraries pass over what they cannot read, and every connection then fails for a reason that nobody finds.
 */
export function caProblem(text: string): string | undefined {
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) return 'expected certificates in PEM (-----BEGIN CERTIFICATE-----), found none';
  const readable = blocks.filter(isReadable).length;
  const begun = text.match(BEGIN)?.length ?? 0;
  return readable === begun ? undefined : `expected certificates in PEM, found ${begun - readable} of ${begun} that cannot be read`;
}

function isReadable(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}
