/** An address that is asked for evidence, and by whom its certificate may be issued. */
import { z } from 'zod';

/** The fields, for the schema of whatever has an address. */
export const addressFields = {
  url: z.string().max(1024).regex(
    /^https?:\/\/[a-z0-9.[\]:-]+(?:\/[A-Za-z0-9._~%-]+)*\/?$/, 'expected an https URL without user, query and fragment, host in lower case',
  ),
  /** PEM text, or the path of a file that holds it; the loader replaces the path by the text. */
  ca: z.string().min(1).exactOptional(),
};
