/** Texts as they are printed, without what differs from run to run: ports, digests, folders, names and times that were made up. */
import { createHash } from 'node:crypto';

const RULES: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:50000'],
  [/\bport \d{4,5}\b/g, 'port 50000'],
  [/\b(sha(?:256|512)):[0-9a-f]{4}…[0-9a-f]{2}\b/g, '$1:9f2c…e1'],
  [/\(reference [0-9a-f]{10}\)/g, '(reference 3f9c2a71d0)'],
  [/\(decision [0-9A-Z]{26}, \d+ ms\)/g, '(decision 01JD0000000000000000000000, 12 ms)'],
  [/\brelease-[0-9a-f]{8}\b/g, 'release-1a2b3c4d'],
  [/\((?:EAI_\w+|ESERVFAIL)\)/g, '(ENOTFOUND)'],
];

/** The text with the made-up parts named alike in every run. */
export function printed(text: string): string {
  return RULES.reduce((left, [pattern, to]) => left.replace(pattern, to), hexed(text.trimEnd()));
}

/** Digests by the order in which they stand there; a piece of one is a piece of what replaces it. */
function hexed(text: string): string {
  const seen: { readonly was: string; readonly now: string }[] = [];
  return text.replace(/\b[0-9a-f]{16,}\b/g, (was) => {
    if (/^(.)\1*$/.test(was)) return was;
    const whole = seen.find((one) => one.was.includes(was));
    if (whole !== undefined) return whole.now.slice(whole.was.indexOf(was)).slice(0, was.length);
    const now = Array.from({ length: 2 }, (_, half) => createHash('sha256').update(`${seen.length} ${half}`).digest('hex')).join('').slice(0, was.length);
    seen.push({ was, now });
    return now;
  });
}
