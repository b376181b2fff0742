/** How a layer is encrypted, by the word of its annotations. */
import type { LayerEncryption } from '../../domain/policy/examined-requirement.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { jsonValue } from '../../text/json/read.ts';
import { readRecipients } from './layer-recipients.ts';

const PUBLIC_OPTIONS = 'org.opencontainers.image.enc.pubopts';

/**
 * Reads how a layer is encrypted from its annotations (ocicrypt), so that nobody behind has to look at a stranger's bytes.
 * Nothing in it is verified: it is the word of whoever built the image. Never throws.
 */
export function readEncryption(annotations: Readonly<Record<string, string>>): LayerEncryption {
  const options = readOptions(annotations);
  return { ...(options === undefined ? {} : { options }), keys: readRecipients(annotations) };
}

function readOptions(annotations: Readonly<Record<string, string>>): LayerEncryption['options'] {
  const written = Object.hasOwn(annotations, PUBLIC_OPTIONS) ? annotations[PUBLIC_OPTIONS] : undefined;
  const bytes = written === undefined ? undefined : decodeBase64(written, 'standard');
  const options = bytes === undefined ? undefined : jsonValue(bytes);
  if (!isObject(options)) return undefined;
  const [cipher, hmac] = [field(options, 'cipher'), field(options, 'hmac')];
  return {
    ...(typeof cipher === 'string' ? { cipher } : {}),
    hmacBytes: typeof hmac === 'string' ? (decodeBase64(hmac, 'standard')?.length ?? 0) : 0,
  };
}
