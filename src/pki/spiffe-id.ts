/** The one SPIFFE ID of a certificate (SPIFFE X509-SVID, 2): several URIs are none. */
import { bad, good } from '../text/result.ts';
import type { Result } from '../text/result.ts';
import { parseSpiffeId } from '../text/names/spiffe-id.ts';
import type { SpiffeId } from '../text/names/spiffe-id.ts';
import type { Certificate } from './certificate.ts';
import { readAlternativeNames } from './distinguished-name.ts';

/** The SPIFFE ID of a certificate, whole and in its parts; other names may stand beside it, another URI may not. Throws `Malformed`. */
export function readSpiffeId(certificate: Pick<Certificate, 'extensions'>): Result<SpiffeId & { readonly id: string }> {
  const uris = readAlternativeNames(certificate).filter(({ type }) => type === 'uri');
  const [only] = uris;
  if (only === undefined || uris.length !== 1) return bad(`it has ${uris.length} URIs, exactly one is needed`);
  const id = parseSpiffeId(only.value);
  return id === undefined ? bad(`its URI ${JSON.stringify(only.value.slice(0, 200))} is no SPIFFE ID`) : good({ id: only.value, ...id });
}
