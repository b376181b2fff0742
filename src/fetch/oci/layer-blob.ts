/** Base64 as the annotations of encrypted layers hold it: one alphabet each, right padding or none at all. */
import { decodeBase64 } from '../../text/base64.ts';

const LONGEST = 1_000_000;

/** Decodes standard base64 with right padding; `undefined` when it is anything else, empty or longer than a million characters. */
export function decodeBlob(text: string): Uint8Array | undefined {
  return text === '' || text.length % 4 !== 0 || text.length > LONGEST || /[-_]/.test(text) ? undefined : decodeBase64(text);
}

/** Decodes URL-safe base64 without padding, as JOSE writes it; `undefined` when it is anything else, empty or as long. */
export function decodeUrlBlob(text: string): Uint8Array | undefined {
  return text === '' || text.length > LONGEST || /[+/=]/.test(text) ? undefined : decodeBase64(text);
}
