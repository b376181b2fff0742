/** Policies for every platform of an index: each image that it lists is judged by its own evidence, and one that fails fails all. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import { wordsOf } from '../../domain/decision/finding.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { LayersFact } from '../../domain/policy/examined-requirement.ts';
import type { CompiledPolicy } from '../../domain/policy/policy.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { policyName } from '../../evaluate/index.ts';
import type { Context } from '../context.ts';
import type { Trail } from '../leads/lead.ts';
import { foldPlatforms } from './fold.ts';
import type { OfPlatform } from './fold.ts';

/** Images of one index that are judged at the same time. */
const AT_ONCE = 8;

/** Weighs one artifact; `covers` is the digest of the index on whose behalf, the revocation of which counts as well. */
export type Weigh = (artifact: Artifact, policies: readonly CompiledPolicy[], covers?: string) => Promise<readonly Finding[]>;

/**
 * Judges what an index lists by policies that are for every platform: which images these are is read from manifests whose bytes
 * hash to their digests (`readLayers`: strict about what is no image). The evidence of the index itself is not asked for. An
 * image that is no index is judged itself, and so is all that is no image. One finding for each requirement, in their order.
 */
export async function judgeEachPlatform(
  artifact: Artifact, policies: readonly CompiledPolicy[], { scope, context }: Trail<Context>, weigh: Weigh,
): Promise<readonly Finding[]> {
  if (artifact.kind !== 'image') return weigh(artifact, policies);
  const { deadline, ports } = context;
  const fact = await deadline.race(ports.source.layers?.(artifact, scope, deadline.work));
  if (fact?.ok !== true) return refused(artifact, policies, fact?.problem ?? unread(artifact), context);
  if (fact.images.length === 0) return refused(artifact, policies, NO_IMAGE, context);
  if (fact.images.every(({ digest }) => digest === artifact.digest)) return weigh(artifact, policies);
  const { tag: _, ...named } = artifact;
  const judged: OfPlatform[] = [];
  for (const images of inTurns(fact.images))
    judged.push(...await Promise.all(images.map(async ({ digest, platform }): Promise<OfPlatform> => ({
      digest, platform, findings: await weigh({ ...named, digest }, policies, artifact.digest),
    }))));
  return foldPlatforms(artifact, judged);
}

type Images = (LayersFact & { readonly ok: true })['images'];

/** Each digest once: two platforms may share an image. */
function inTurns(images: Images): readonly Images[] {
  const once = [...new Map(images.map((image) => [image.digest, image])).values()];
  return Array.from({ length: Math.ceil(once.length / AT_ONCE) }, (_, turn) => once.slice(turn * AT_ONCE, (turn + 1) * AT_ONCE));
}

const NO_IMAGE: FetchProblem = { code: 'FETCH_MANIFEST_INVALID', source: 'index', found: 'an index that lists no image' };

/** Time has ended, or nobody here can look: what the index lists is not known. */
function unread({ raw }: Artifact): FetchProblem {
  return { code: 'ENGINE_DEADLINE', source: raw, cause: 'which images the index lists has not been read' };
}

/** Which images there are nobody has read, so that one of them may be revoked: what will never be readable no exception lets pass. */
function refused(
  artifact: Artifact, policies: readonly CompiledPolicy[], problem: FetchProblem, context: Context,
): readonly Finding[] {
  const { code } = problem;
  const isFinal = context.policies?.exceptions !== undefined && reason(code).verdict === 'violated';
  return policies.flatMap((policy) => policy.requirements.map(({ name }): Finding => ({
    verdict: reason(code).verdict, code, path: artifact.path, artifact: artifact.raw, digest: artifact.digest,
    policy: policyName(policy), requirement: name, mode: policy.mode,
    ...wordsOf(problem),
    ...(isFinal ? { final: true } : {}),
  })));
}
