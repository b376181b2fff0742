/** For whom the key of a layer is wrapped, in all the schemes of ocicrypt. */
import type { LayerRecipients, NamedRecipient } from '../../domain/policy/examined-requirement.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { jsonValue } from '../../text/json/read.ts';
import { readEnveloped } from '../../pki/recipients/pkcs7.ts';
import { readSessionKeys } from '../../pki/recipients/pgp.ts';

const PREFIX = 'org.opencontainers.image.enc.keys.';
const MOST_BLOBS = 64;
/** Characters of one wrapped key. */
const LONGEST_BLOB = 1_000_000;

/**
 * Reads the wrapped keys of a layer (ocicrypt spec: annotations `org.opencontainers.image.enc.keys.*`, each a
 * list of base64 blobs, each for one or several recipients). A scheme or blob that is not understood is a problem: it may
 * be for anybody. Never throws.
 */
export function readRecipients(annotations: Readonly<Record<string, string>>): LayerRecipients {
  const recipients: NamedRecipient[] = [];
  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith(PREFIX)) continue;
    const scheme = key.slice(PREFIX.length);
    const blobs = value.split(',');
    if (blobs.length > MOST_BLOBS) return { readable: false, problem: `more than ${MOST_BLOBS} wrapped keys` };
    for (const text of blobs) {
      const blob = text.length > LONGEST_BLOB ? undefined : decodeBase64(text, 'standard');
      const read = blob === undefined ? undefined : readBlob(scheme, blob);
      if (read === undefined || read.length === 0)
        return { readable: false, problem: `a wrapped key of scheme ${scheme.slice(0, 64)} that cannot be read` };
      recipients.push(...read);
    }
  }
  return { readable: true, recipients };
}

function readBlob(scheme: string, blob: Uint8Array): readonly NamedRecipient[] | undefined {
  if (scheme === 'jwe') return readJwe(blob);
  if (scheme === 'pkcs7')
    return readEnveloped(blob)?.map(({ issuer, serial }) => ({
      scheme,
      identified: true,
      id: `${issuer} ${serial}`,
      shown: `pkcs7 ${issuer} (serial ${serial})`,
    }));
  if (scheme === 'pgp')
    return readSessionKeys(blob)?.map((id) =>
      /^0+$/.test(id) ? unidentified(scheme) : { scheme, identified: true, id, shown: `pgp ${id}` },
    );
  if (scheme === 'pkcs11') return readPkcs11(blob);
  return scheme.startsWith('provider.') ? readProvider(scheme, blob) : undefined;
}

function unidentified(scheme: string): NamedRecipient {
  return { scheme, identified: false, id: '', shown: `a ${scheme} recipient whom the key does not name` };
}

/** JSON serialisation, general or flattened (RFC 7516, 7.2), or the compact one; `kid` stands in any of the three headers. */
function readJwe(blob: Uint8Array): readonly NamedRecipient[] | undefined {
  const jwe = jsonValue(blob) ?? compactJwe(blob);
  if (!isObject(jwe)) return undefined;
  const shared = [protectedHeader(jwe), field(jwe, 'unprotected')];
  const listed = field(jwe, 'recipients');
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [jwe];
  return entries.map((entry) => {
    const kid = [isObject(entry) ? field(entry, 'header') : undefined, ...shared]
      .map((header) => (isObject(header) ? field(header, 'kid') : undefined))
      .find((value) => typeof value === 'string' && value !== '');
    return typeof kid === 'string' ? { scheme: 'jwe', identified: true, id: kid, shown: `jwe ${kid}` } : unidentified('jwe');
  });
}

function protectedHeader(jwe: Readonly<Record<string, unknown>>): unknown {
  const text = field(jwe, 'protected');
  const bytes = decodeBase64(text, 'url');
  return bytes === undefined ? undefined : jsonValue(bytes);
}

function compactJwe(blob: Uint8Array): unknown {
  const parts = new TextDecoder().decode(blob).split('.');
  return parts.length === 5 ? { protected: parts[0] } : undefined;
}

function readPkcs11(blob: Uint8Array): readonly NamedRecipient[] | undefined {
  const json = jsonValue(blob);
  const listed = isObject(json) ? field(json, 'recipients') : undefined;
  return Array.isArray(listed) ? listed.map(() => unidentified('pkcs11')) : undefined;
}

function readProvider(scheme: string, blob: Uint8Array): readonly NamedRecipient[] | undefined {
  const json = jsonValue(blob);
  if (!isObject(json)) return undefined;
  const fields = new Map(Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const kid = fields.get('kid');
  return [{ scheme, identified: true, id: kid ?? '', shown: `${scheme}${kid === undefined ? '' : ` ${kid}`}`, fields }];
}
