/** For every reason about what a build brings along: an object that is refused, and the one that its author makes of it by the line. */
import type { PIPELINE_REASONS } from '../../../src/domain/decision/catalogue/pipeline-reasons.ts';
import type { Json } from '../../support/pipelines.ts';

/** Codes about the input of builds; that a place is not known is obeyed by an administrator, see the test. */
export type PipelineInputCode = Extract<keyof typeof PIPELINE_REASONS, `INPUT_${string}`>;

/** What is denied, the words that help, and what is asked for once they were obeyed. */
export interface PipelineFix {
  readonly denied: Json;
  readonly fix: RegExp;
  readonly fixed: Json;
}

const IMAGE = `r/a@sha256:${'a'.repeat(64)}`;
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const leaf = (name: string, image = IMAGE): Json => ({ name, container: { image } });
const workflow = (spec: Json): Json => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { generateName: 'w-', namespace: 'ci' }, spec: { automountServiceAccountToken: false, ...spec } });
const run = (image: string): Json => ({
  apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'r', namespace: 'ci' }, spec: { taskSpec: { params: [{ name: 'image' }], steps: [{ name: 's', image }] } },
});
const grown = (levels: number): Json => workflow({
  entrypoint: 'x', templates: [{ name: 'x', container: { image: `r/{{workflow.parameters.p${levels - 1}}}@sha256:${'a'.repeat(64)}` } }],
  arguments: { parameters: [...many(levels, (n) => ({ name: `p${n}`, value: n === 0 ? 'aaaaaaaa' : `{{workflow.parameters.p${n - 1}}}{{workflow.parameters.p${n - 1}}}` }))] },
});
/** Parameters that are made of each other, or of texts. */
const arguments_ = (value: string): Json => workflow({ entrypoint: 'a', arguments: { parameters: [{ name: 'a', value: '{{workflow.parameters.b}}' }, { name: 'b', value }] }, templates: [leaf('a', '{{workflow.parameters.a}}')] });

/** One for every code but INPUT_IMAGE_UNPLACED; nothing compiles while one is missing. */
export const PIPELINE_INPUT_FIXES: Readonly<Record<Exclude<PipelineInputCode, 'INPUT_IMAGE_UNPLACED'>, PipelineFix>> = {
  INPUT_IMAGE_DEFERRED: { denied: run('$(params.image)'), fix: /write the image, or give the parameter that it comes from a value/, fixed: run(IMAGE) },
  INPUT_TOO_MANY_TASKS: {
    denied: workflow({ entrypoint: 't0', templates: many(10_000, (n) => leaf(`t${n}`)) }), fix: /split the pipeline, and start its parts one by one/, fixed: workflow({ entrypoint: 't0', templates: many(10, (n) => leaf(`t${n}`)) }),
  },
  INPUT_REFERENCE_CYCLE: { denied: arguments_('{{workflow.parameters.a}}'), fix: /remove the circle/, fixed: arguments_(IMAGE) },
  INPUT_PARAMETER_LIMIT: { denied: grown(60), fix: /shorten the values of the parameters/, fixed: grown(3) },
};
