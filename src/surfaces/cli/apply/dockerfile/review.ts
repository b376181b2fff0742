/** A Dockerfile as a question about the images that it takes something from. */
import { basename } from 'node:path';
import type { ArtifactRef } from '../../../../domain/artifact/artifact.ts';
import { imageArtifact } from '../../../../domain/artifact/image-artifact.ts';
import type { Finding } from '../../../../domain/decision/finding.ts';
import { SELF } from '../../../../domain/decision/review.ts';
import type { ReviewRequest } from '../../../../domain/decision/review.ts';
import { PlacedProblems, UsageError } from '../../context.ts';
import { dockerfileImages } from './images.ts';
import type { OpenImage } from './images.ts';

/** A Dockerfile that was read. */
export interface PlacedDockerfile {
  readonly file: string;
  readonly line: 1;
  readonly dockerfile: string;
}

/** True for `Dockerfile`, `Containerfile`, these with something behind a dot, and `web.Dockerfile`; an ignore file is none. */
export function isDockerfile(file: string): boolean {
  const name = basename(file);
  const isCalledSo = /^(?:(?:docker|container)file(?:\..+)?|.+\.(?:docker|container)file)$/i.test(name);
  return isCalledSo && !/\.(?:dockerignore|ya?ml|json)$|~$/i.test(name);
}

/** `--build-arg NAME=VALUE` by name. Throws {@link UsageError} for what has no value: none is taken from the environment. */
export function buildArguments(texts: readonly string[] = []): ReadonlyMap<string, string> {
  return new Map(texts.map((text) => {
    const split = text.indexOf('=');
    if (split <= 0) throw new UsageError(`--build-arg ${text}: expected NAME=VALUE`);
    return [text.slice(0, split), text.slice(split + 1)] as const;
  }));
}

/** Asks about all its images together. Throws {@link PlacedProblems} for a file without a FROM. */
export function dockerfileReview(
  { file, dockerfile }: PlacedDockerfile, namespace: string, given: ReadonlyMap<string, string>,
): ReviewRequest {
  const { images, open, stages, problem } = dockerfileImages(dockerfile, given);
  if (stages === 0)
    throw new PlacedProblems(`${file}:${problem?.line ?? 1}: expected a Dockerfile, found ${problem?.text ?? 'no FROM in it'}`);
  const read = images.map(({ text, line, usage, holder }) => {
    const made = imageArtifact(text, `line ${line}`, usage);
    return made.ok ? { ...made, artifact: { ...made.artifact, holder } } : made;
  });
  const artifacts = read.flatMap((one): ArtifactRef[] => (one.ok ? [one.artifact] : []));
  const inputFindings: Finding[] = [
    ...(problem === undefined ? [] : [unreadable(problem)]),
    ...read.flatMap((one) => (one.ok ? [] : [one.finding])), ...open.map(unknown),
  ];
  const of = { group: 'gatehouse.dev', version: 'v1alpha1' } as const;
  return {
    surface: 'cli', caller: SELF, uid: '', operation: 'CREATE',
    kind: { ...of, kind: 'Dockerfile' }, resource: { ...of, resource: 'dockerfiles' },
    subResource: '', namespace, name: basename(file), user: { username: '', groups: [] }, dryRun: true, object: null, oldObject: null,
    artifacts, inputFindings,
  };
}

/** Which image it is depends on what the build is given. */
function unknown({ text, line, holder, name }: OpenImage): Finding {
  const fix = name === ''
    ? 'write the image out: what stands there cannot be read before the build runs'
    : `say what the build is given: --build-arg ${name}=VALUE; or give ${name} a value in an ARG before the first FROM`;
  return {
    verdict: 'undetermined', code: 'POLICY_FACT_UNKNOWN', path: `line ${line}`, artifact: text, mode: 'enforce', holder,
    expected: ['an image that is known'], found: [text], fix,
    cause: name === '' ? 'image is not known before the build' : `build argument ${name} has no value`,
  };
}

function unreadable({ line, text }: { readonly line: number; readonly text: string }): Finding {
  return {
    verdict: 'violated', code: 'INPUT_OBJECT_UNREADABLE', path: `line ${line}`, artifact: '', mode: 'enforce',
    cause: text, fix: 'write its end on a line of its own',
  };
}
