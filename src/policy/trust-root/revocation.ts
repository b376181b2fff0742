/** Revocation of certificates: the same fields in every kind of trust root whose certificates are revoked. */
import { z } from 'zod';
import type { CertificateRevocation } from '../../domain/certificate-status.ts';
import { strict, word } from '../schema/fields.ts';

const MOST_LISTS = 16;

/** The field, for a schema of a kind. */
export const revocationField = z.optional(strict({
  mode: word('hard', 'soft', 'off'),
  crls: z.optional(z.array(z.string().refine(isListUrl, 'expected an http or https URL of a certificate revocation list, without user or fragment')).max(MOST_LISTS)),
}));

/** As a document writes it. */
export type RevocationField = z.output<typeof revocationField>;

/** What it means; nothing when nobody is asked. */
export function compileRevocationField(written: RevocationField): { readonly revocation?: CertificateRevocation } {
  if (written === undefined || written.mode === 'off') return {};
  return { revocation: { mode: written.mode, lists: [...new Set(written.crls)] } };
}

function isListUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && text.length <= 2048 && /^https?:\/\/[!-~]+$/.test(text)
    && url.username === '' && url.password === '' && url.hash === '';
}
