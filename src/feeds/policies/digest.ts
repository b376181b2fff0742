/** What a set of files holds, as one digest: the same for the same contents, wherever the files lie and whatever they are called. */
import { createHash } from 'node:crypto';
import type { Steps } from '../../flow/slices.ts';
import type { PolicyFile } from './files.ts';

/** Files are read once and never change: of each list it is reckoned once. */
const KNOWN = new WeakMap<readonly Pick<PolicyFile, 'text'>[], string>();

/** The digest, one file a step: `sha256:` over the sorted hex digests of the contents, each ended by a line feed. */
export function* digestSteps(files: readonly Pick<PolicyFile, 'text'>[]): Steps<string> {
  const known = KNOWN.get(files);
  if (known !== undefined) return known;
  const hashes: string[] = [];
  for (const { text } of files) {
    hashes.push(createHash('sha256').update(text).digest('hex'));
    yield;
  }
  const digest = digestOfLines(hashes.toSorted());
  KNOWN.set(files, digest);
  return digest;
}

/** The same at once, for whoever is the only one that waits, or has reckoned it before. */
export function digestOf(files: readonly Pick<PolicyFile, 'text'>[]): string {
  const steps = digestSteps(files);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** `sha256:` over lines, each ended by a line feed. */
export function digestOfLines(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return `sha256:${hash.digest('hex')}`;
}
