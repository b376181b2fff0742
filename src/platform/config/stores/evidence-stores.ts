/** `evidenceStores`: where evidence is kept besides registries and ecosystems, and about which artifacts each store is asked. */
import { z } from 'zod';
import { addressFields } from '../address.ts';

const { url, ca } = addressFields;
const place = {
  ca,
  /** Bearer token, read for every question. */
  tokenFile: z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character').exactOptional(),
};
const name = z.string().max(128).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected a name of letters, digits, . _ and -');

const archivista = z.strictObject({ url, ...place });
const folder = z.strictObject({ url, ...place });
const grafeas = z.strictObject({
  url,
  /** Of the occurrences: `projects/PROJECT/occurrences`. */
  project: name,
  /** Full names of notes whose occurrences count; none: those of every note. */
  notes: z.array(z.string().max(300).regex(/^projects\/[^/\s"]+\/notes\/[^/\s"]+$/, 'expected projects/PROJECT/notes/NOTE')).max(64).default([]),
  ...place,
});
const github = z.strictObject({
  /** Base of its API: `https://api.github.com`. */
  api: url,
  owner: name.exactOptional(),
  user: name.exactOptional(),
  repository: z.string().max(256).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 'expected OWNER/NAME').exactOptional(),
  /** Where bundles may lie that an answer only names (`bundle_url`): how their addresses begin. Left out: github.com's, of its own API. */
  bundles: z.array(url).max(8).exactOptional(),
  ...place,
}).superRefine(({ owner, user, repository }, context) => {
  const given = [owner, user, repository].filter((one) => one !== undefined).length;
  if (given !== 1) context.addIssue({ code: 'custom', message: `expected exactly one of owner, user, repository, found ${given}` });
});

const tekton = z.strictObject({
  /** The API server: `https://kubernetes.default.svc`. */
  url,
  /** Whose runs; none: those of the whole cluster. */
  namespaces: z.array(z.string().max(63).regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'expected the name of a namespace')).max(64).default([]),
  /** Selector of labels, as `kubectl get -l` has it. */
  selector: z.string().min(1).max(512).regex(/^[!-~ ]+$/, 'expected a selector of labels').exactOptional(),
  ...place,
});

const pattern = z.string().max(512).regex(
  /^(?:\*\*|[^\s*]+(?:\/\*\*)?)$/, 'expected the name of an artifact, PATH/** for everything below it, or ** for all',
);

/** The kinds of stores. */
export const STORE_KINDS = ['archivista', 'grafeas', 'folder', 'github', 'tekton'] as const;

const store = z.strictObject({
  archivista: archivista.exactOptional(),
  grafeas: grafeas.exactOptional(),
  folder: folder.exactOptional(),
  github: github.exactOptional(),
  tekton: tekton.exactOptional(),
  /** About which artifacts it is asked, by name. */
  artifacts: z.array(pattern).min(1).max(64).default(['**']),
}).superRefine((entry, context) => {
  const given = STORE_KINDS.filter((kind) => entry[kind] !== undefined);
  if (given.length !== 1)
    context.addIssue({ code: 'custom', message: `expected exactly one of ${STORE_KINDS.join(', ')}, found ${given.length === 0 ? 'none' : given.join(' and ')}` });
});

/** Keys and bounds. */
export const evidenceStoresSchema = z.array(store).max(16).default([]);

/** The section as checked. */
export type EvidenceStoresConfig = z.output<typeof evidenceStoresSchema>;
export type EvidenceStoreConfig = EvidenceStoresConfig[number];

/** The entry with what its store is told changed: paths and texts of files. */
export function withStore(
  entry: EvidenceStoreConfig, change: <T extends { readonly ca?: string }>(place: T, path: string) => T,
): EvidenceStoreConfig {
  const { archivista, grafeas, folder, github, tekton: runs } = entry;
  return {
    ...entry,
    ...(archivista === undefined ? {} : { archivista: change(archivista, 'archivista') }),
    ...(grafeas === undefined ? {} : { grafeas: change(grafeas, 'grafeas') }),
    ...(folder === undefined ? {} : { folder: change(folder, 'folder') }),
    ...(github === undefined ? {} : { github: change(github, 'github') }),
    ...(runs === undefined ? {} : { tekton: change(runs, 'tekton') }),
  };
}
