import type { Recipe } from '../recipe.ts';
import { CERTIFICATE } from './certificate.ts';
import { CONTENT } from './content.ts';
import { GIT } from './git.ts';
import { IDENTITIES } from './identity.ts';
import { KEY } from './key.ts';
import { LEGACY } from './legacy.ts';
import { LOG_BINDING } from './log-binding.ts';
import { LOG_PROOF } from './log-proof.ts';
import { OWN_PKI } from './own-pki.ts';
import { NOTATION } from './notation.ts';
import { SHAPE } from './shape.ts';
import { SPIFFE } from './spiffe.ts';
import { STORES } from './stores.ts';
import { TIME } from './time.ts';

/** The corpus, by chapter of the table. */
export const CHAPTERS: readonly { readonly title: string; readonly recipes: readonly Recipe[] }[] = [
  { title: 'What a log entry is about', recipes: LOG_BINDING },
  { title: 'What proves a log entry', recipes: LOG_PROOF },
  { title: 'Certificates', recipes: CERTIFICATE },
  { title: 'Identities', recipes: IDENTITIES },
  { title: 'Times', recipes: TIME },
  { title: 'What was signed', recipes: CONTENT },
  { title: 'Keys', recipes: KEY },
  { title: 'Shape of the bundle', recipes: SHAPE },
  { title: 'Layouts of cosign v1 and v2', recipes: LEGACY },
  { title: 'Workloads', recipes: SPIFFE },
  { title: 'Certificates of one\'s own authorities', recipes: OWN_PKI },
  { title: 'What stores of evidence hold', recipes: STORES },
  { title: 'Signatures of Notation', recipes: NOTATION },
  { title: 'Commits and tags of git', recipes: GIT },
];

export const RECIPES: readonly Recipe[] = CHAPTERS.flatMap(({ recipes }) => recipes);
