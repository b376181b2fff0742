/** The resources of Tekton and how each is read. */
import { buildBase } from '../build-base.ts';
import type { EngineReader, EngineReaders } from '../reading.ts';

function run(kind: string): EngineReader {
  return {
    kind,
    read(review) {
      const request = buildBase(review, 'tekton', 'run');
      const { operation, namespace, name, user } = review;
      if (operation === 'CONNECT') return { images: [], problems: [] };
      return { matter: { about: 'build', operation, namespace, name, requester: user, request }, images: [], problems: [] };
    },
  };
}

export const TEKTON_READERS: EngineReaders = {
  'tekton.dev/pipelineruns': run('PipelineRun'),
  'tekton.dev/taskruns': run('TaskRun'),
};
