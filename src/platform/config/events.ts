/** `decisions.events`: where decisions go as CloudEvents; off unless there is a place. */
import { z } from 'zod';

/** What may be left out of events. */
export const MASKABLE = ['user', 'name', 'namespace', 'artifacts'] as const;
export type Maskable = (typeof MASKABLE)[number];

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

const PLACES = ['stdout', 'file', 'url'] as const;

/** Keys and bounds; exactly one place. */
export const eventsSchema = z.strictObject({
  /** Beside the lines of the log. */
  stdout: z.literal(true, 'expected true; leave the key out to turn it off').exactOptional(),
  /** Appended to; opened anew when it was renamed or removed. */
  file: file.exactOptional(),
  /** Batches are posted there. */
  url: z.string().max(1024).regex(
    /^https:\/\/[a-z0-9.[\]:-]+(?:\/[!-~]*)?$/, 'expected an https URL without user and password, its host in lower case',
  ).refine((text) => !/[?#]/.test(text), 'expected an address without ? and #: what has to be secret belongs in decisions.events.tokenFile').exactOptional(),
  /** PEM text, or the path of a file that holds it; the loader replaces the path by the text. */
  ca: z.string().min(1).exactOptional(),
  /** Bearer token, read for every batch. */
  tokenFile: file.exactOptional(),
  gzip: z.boolean().default(false),
  /** Begins the `source` of events. */
  source: z.string().max(256).regex(
    /^(?:https:\/\/[a-z0-9.-]+(?::\d+)?)?(?:\/[A-Za-z0-9._~-]+)*$/, 'expected an https URI or a path, without slash at its end',
  ).default('/gatehouse'),
  /** Left out of events. */
  mask: z.array(z.enum(MASKABLE)).max(MASKABLE.length).default([]),
}).superRefine((events, context) => {
  const problem = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
  const places = PLACES.filter((place) => events[place] !== undefined);
  if (places.length !== 1)
    problem([], `expected exactly one of ${PLACES.join(', ')}, found ${places.length === 0 ? 'none' : places.join(' and ')}`);
  if (events.url !== undefined) return;
  for (const key of ['ca', 'tokenFile'] as const) if (events[key] !== undefined) problem([key], 'says nothing without decisions.events.url');
  if (events.gzip) problem(['gzip'], 'says nothing without decisions.events.url');
});

/** The section as checked. */
export type EventsConfig = z.output<typeof eventsSchema>;
