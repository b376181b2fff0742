import type { Result } from '../../../text/result.ts';
import { bad, good } from '../../../text/result.ts';

const URL_TEXT = /^https?:\/\/[^\s?#@\\]+$/;

/**
 * Reads the base URL of a TUF repository; without a slash at its end. HTTPS is the rule; `http` is read because the
 * server's configuration may name hosts that are asked in plain text.
 */
export function baseUrl(text: string): Result<string> {
  const url = URL_TEXT.test(text) && text.length <= 2048 ? URL.parse(text) : null;
  if (url === null || url.hostname === '')
    return bad(`expected a URL such as https://tuf.acme.example/metadata, found ${JSON.stringify(text)}`);
  return good(text.replace(/\/+$/, ''));
}

/** Reads the path of a target: relative, without empty, `.` and `..` segments (security.md J05). */
export function targetPath(text: string): Result<string> {
  const fits =
    text !== '' &&
    text.length <= 512 &&
    !/[\\\p{Cc}]/u.test(text) &&
    text.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  return fits ? good(text) : bad(`expected the path of a target such as trusted_root.json, found ${JSON.stringify(text)}`);
}
