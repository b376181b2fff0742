/** Images of a build that are named by tag, or known only when it runs. */
import { imageArtifact } from '../../domain/artifact/image-artifact.ts';
import type { BuildImage } from '../../domain/build/image.ts';
import { keptText } from '../../domain/decision/kept-text.ts';
import type { ImagesRequirement } from '../../domain/policy/request-policy.ts';
import type { RequestJudge, RequestOutcome } from './question.ts';

/**
 * Judges every image of a build that the request brings or changes. Those known later are left to the pods only in namespaces whose pods
 * are sent to be judged, and those of a schedule to its runs; which artifacts they may be is for policies about artifacts.
 */
export const judgeImages: RequestJudge<'images'> = (requirement, { matter, settings }) => {
  if (matter.about !== 'build' || matter.operation === 'DELETE') return undefined;
  const { role, images } = matter.request;
  const gated = !settings.ungatedNamespaces.has(matter.namespace);
  return images
    .filter(({ unchanged, usage }) => unchanged !== true && !(usage === 'definition' && requirement.definitionsElsewhere === true))
    .flatMap((image) => {
      const later = role === 'schedule' ? [] : ofLater(image, requirement, gated);
      return image.state.state === 'deferred' ? later : [...ofKnown(image, requirement), ...later];
    });
};

const KNOWN_BEFORE = { expected: ['an image that is known before the run'] } as const;

function ofLater(image: BuildImage, { deferred }: ImagesRequirement, gated: boolean): readonly RequestOutcome[] {
  if (image.state.state !== 'deferred') return gated ? [] : ofDefault(image);
  if (deferred === 'allowIfPodsAreGated' && gated) return [];
  const { state } = image;
  return [{
    code: 'POLICY_IMAGE_DEFERRED',
    ...placeOf(image),
    ...KNOWN_BEFORE,
    ...(state.state === 'deferred' ? { found: [keptText(state.expression)] } : {}),
    ...(deferred === 'deny' ? {} : { cause: 'the pods of this namespace are not judged, so nobody would look at the image later' }),
  }];
}

/** Whoever starts a run of the definition may give another value, at which nobody would look. */
function ofDefault(image: BuildImage): readonly RequestOutcome[] {
  if (image.state.state === 'deferred' || image.state.byDefault !== true) return [];
  return [{
    code: 'POLICY_IMAGE_DEFERRED', ...placeOf(image), ...KNOWN_BEFORE, found: [keptText(image.raw)],
    cause: 'a run may replace the default, and the pods of this namespace are not judged, so nobody would look at the image later',
  }];
}

function ofKnown(image: BuildImage, { unpinned }: ImagesRequirement): readonly RequestOutcome[] {
  const { state, path, usage } = image;
  if (unpinned === 'allow' || state.state === 'deferred') return [];
  // What cannot be read as an image is reported where artifacts are made of it.
  const tagged = state.values.filter((value) => {
    const read = imageArtifact(value, path, usage);
    return read.ok && read.artifact.digest === undefined;
  });
  const expected = ['name@sha256:…'];
  return tagged.map((value) => ({ code: 'POLICY_IMAGE_UNPINNED', ...placeOf(image), expected, found: [keptText(value)] }));
}

function placeOf({ path, holder, task, raw }: BuildImage): Pick<RequestOutcome, 'path' | 'artifact'> {
  const place = [task === '' ? '' : `task ${task}`, holder].filter((part) => part !== '').join(', ');
  return { path, artifact: place === '' ? keptText(raw) : keptText(`${place}: ${raw}`) };
}
