/** What is asked about is used for something: unless the question says for what, it goes by the kind. */
import type { ArtifactKind, Usage } from '../artifact/artifact.ts';

/** What things of each kind are used as unless the question says so. */
export const USUAL_USE: Readonly<Record<ArtifactKind, Usage>> = {
  image: 'baseImage', package: 'dependency', git: 'source', blob: 'dependency', definition: 'definition',
};
