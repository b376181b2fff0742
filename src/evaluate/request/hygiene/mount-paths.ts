/** Mounts over the folders by which engines control steps (TOB-TKN-4, CVE-2026-40923). */
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { RequestOutcome } from '../question.ts';
import type { HygieneJudge } from './rule.ts';

/** Folders of engines, as lists of segments; below the second list everybody may mount. */
const OF_ENGINES = [['tekton'], ['var', 'run', 'argo'], ['run', 'argo'], ['argo']] as const;
const FOR_EVERYBODY = [['tekton', 'home']] as const;
/** Volumes that the engine itself mounts there in the pods it makes; it lets nobody else name a volume so. */
const OWN_VOLUMES = /^(?:tekton-internal-|tekton-creds-init-home-|var-run-argo$|argoexec-bin$)/;

/** Paths are compared after `.`, `..`, empty segments and back slashes are resolved: the kubelet starts at the root, and so does this. */
export const judgeMountPaths: HygieneJudge = ({ matter, containers }) => {
  const isPod = matter.about === 'pod';
  const mounts = containers.flatMap(({ container, who }) =>
    container.mounts.filter(({ volume }) => !(isPod && OWN_VOLUMES.test(volume))).map(({ at, path }) => ({ at, path, who })));
  return mounts.filter(({ at }) => at !== '' && coversEngine(at)).map(({ at, path, who }): RequestOutcome => ({
    code: 'POLICY_HYGIENE_MOUNT', path, artifact: who, found: [keptText(at)],
  }));
};

/** Whether a mount there hides, or puts something into, a folder of an engine. */
function coversEngine(at: string): boolean {
  const segments = resolved(at);
  const within = (folder: readonly string[]): boolean => folder.every((name, index) => segments[index] === name);
  const around = (folder: readonly string[]): boolean => segments.every((name, index) => folder[index] === name);
  return OF_ENGINES.some((folder) => within(folder) || around(folder)) && !FOR_EVERYBODY.some(within);
}

/** The segments of a path as the kernel would walk it from the root; a drive letter is no part of it. */
function resolved(path: string): readonly string[] {
  const segments: string[] = [];
  for (const segment of path.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '').split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  return segments;
}
