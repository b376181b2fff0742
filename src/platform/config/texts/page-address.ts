/** The address that people are given: of a page, and of nothing that a browser would send somewhere else. */
import { z } from 'zod';

const MOST = 512;

/** `https://…` (or `http://…`), without credentials, query and fragment, which are ours to add. */
export const pageAddress = z.string().check((context) => {
  const problem = problemOf(context.value);
  if (problem !== undefined) context.issues.push({ code: 'custom', message: problem, input: context.value });
});

function problemOf(text: string): string | undefined {
  const expected = 'expected the address of the page of decisions, such as https://gatehouse.acme.example/decisions';
  if (text.length > MOST) return `${expected}, of at most ${MOST} characters, found ${text.length}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return `${expected}, found ${JSON.stringify(text.slice(0, 64))}`;
  if (url.username !== '' || url.password !== '') return `${expected}, without a user and a password`;
  if (/[?#\s]/.test(text) || !/^[\x21-\x7e]+$/.test(text)) return `${expected}, in ASCII, without a query and a fragment`;
  return undefined;
}
