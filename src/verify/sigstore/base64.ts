/**
 * Decodes standard base64 with padding (RFC 4648, 4); `undefined` for any other text or value. Every byte string
 * has exactly one text that is accepted: other alphabets, white space and stray bits at the end are not.
 */
export function decodeBase64(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
