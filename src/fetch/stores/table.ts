/** The kinds of stores, each with its own words in the configuration and the way in which it is asked. */
import { findInArchivista } from './archivista.ts';
import type { StoreAddress } from './ask.ts';
import { findInFolder } from './folder.ts';
import { findAtGithub } from './github/github.ts';
import type { GithubScope } from './github/github.ts';
import { findInGrafeas } from './grafeas.ts';
import type { GrafeasScope } from './grafeas.ts';
import type { FindEvidence } from './store.ts';
import { findInRuns } from './tekton.ts';
import type { TektonScope } from './tekton.ts';

/** One store as it is configured. */
export type StorePlace = Omit<StoreAddress, 'kind'> & {
  /** Which artifacts it is asked about, by name: exact, `PATH/**` for everything below, `**` for all. */
  readonly artifacts: readonly string[];
} & (
    | { readonly kind: 'archivista' }
    | { readonly kind: 'folder' }
    | ({ readonly kind: 'grafeas' } & GrafeasScope)
    | ({ readonly kind: 'github' } & GithubScope)
    | ({ readonly kind: 'tekton' } & TektonScope)
  );

/** How this store is asked. */
export function finderOf(place: StorePlace): FindEvidence {
  switch (place.kind) {
    case 'archivista': return findInArchivista;
    case 'folder': return findInFolder;
    case 'grafeas': return findInGrafeas(place);
    case 'github': return findAtGithub(place);
    case 'tekton': return findInRuns(place);
  }
}
