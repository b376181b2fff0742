/** Raw git objects; what reads and verifies them is loaded with the first of them. */
import type { VerifyFormat } from './index.ts';

/** Verifies a raw commit or tag object; see `verify/git/`. */
export const verifyGitObject: VerifyFormat = async (evidence, job, tools) =>
  (await import('../git/index.ts')).verifyObject(evidence, job, tools);
