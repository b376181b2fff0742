/** In what a trust root asks authorities less about what they have revoked than it did. */
import type { CertificateRevocation } from '../../domain/certificate-status.ts';
import type { Milder } from './field.ts';
import { needs, stricter } from './field.ts';

const MODE = stricter<'off' | CertificateRevocation['mode']>('off', 'soft', 'hard');
const LISTS = needs<string>();

/** Absent: nobody is asked. */
export const lessAsked: Milder<CertificateRevocation | undefined> = (before, now) => {
  const mode = MODE(before?.mode, now?.mode).map((text) => `mode ${text}`);
  // Where nobody is asked any more, that has been said.
  return now === undefined ? mode : [...mode, ...LISTS(before?.lists, now.lists)];
};
