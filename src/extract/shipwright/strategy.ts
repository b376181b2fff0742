/** BuildStrategies: the steps that every build by them runs. */
import type { BuildRequest } from '../../domain/build/build-request.ts';
import type { BuildImage } from '../../domain/build/image.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { buildBase, textOf } from '../build-base.ts';
import { objectFinding, unreadable } from '../finding.ts';
import { containerOf, holderOf } from '../parts/container.ts';
import { note, objectAt, objectsAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { podSettingsOf } from '../parts/pod-settings.ts';
import { imageVolumesOf, volumesOf } from '../parts/volumes.ts';
import type { EngineReader } from '../reading.ts';
import { defaultsOf, imageState, MAX_TEXT } from './parameters.ts';

/** Most steps of one strategy. */
const MAX_STEPS = 1000;

/** The reader of a kind of strategies. */
export function strategyReader(kind: 'BuildStrategy' | 'ClusterBuildStrategy'): EngineReader {
  return {
    kind,
    read(review) {
      const { operation, object, user: requester } = review;
      if (operation === 'CONNECT') return { images: [], problems: [] };
      const problems: Problems = [];
      const base = buildBase(review, 'shipwright', 'definition');
      const spec = isObject(object) ? objectAt(object, 'spec', '', problems) : undefined;
      const written = isObject(object) ? field(object, 'spec') : object;
      if (spec === undefined && problems.length === 0) note(problems, unreadable('spec', 'an object', written));
      const request: BuildRequest = {
        ...base,
        definitions: [{ form: 'self', kind: 'strategy', path: '', object }],
        ...(spec === undefined ? {} : readSpec(spec, base, problems)),
      };
      return {
        matter: { about: 'build', operation, namespace: base.namespace, name: base.name, requester, request },
        images: request.images, problems,
      };
    },
  };
}

function readSpec(spec: JsonObject, { name, labels, annotations }: BuildRequest, problems: Problems): Partial<BuildRequest> {
  const steps = stepsOf(spec, problems);
  const values = defaultsOf(spec, problems);
  const parameters = objectsAt(spec, 'parameters', 'spec', []);
  return {
    tasks: [{
      name, path: 'spec', definition: 0, labels, annotations,
      steps: steps.map((step) => containerOf(step, holderOf('step', step), problems)),
      sidecars: [], volumes: volumesOf(spec, 'spec', problems), workspaces: [], results: [],
      parameters: parameters.map((one) => ({ name: textOf(one.value, 'name'), path: one.path })),
    }],
    pods: [podSettingsOf({ value: spec, path: 'spec' }, { labels: {} }, [])],
    images: [
      ...steps.flatMap((step) => stepImage(step, name, values, problems)),
      ...imageVolumesOf(spec, 'spec', problems).flatMap((volume) => plainImage(volume, `volume ${volume.name}`.trim(), name, problems)),
    ],
    texts: [
      ...parameters.flatMap((one) => texts(one, 'default')),
      ...parameters.flatMap((one) => textList(one, 'defaults')),
      ...steps.flatMap((step) => [...textList(step, 'command'), ...textList(step, 'args')]),
      ...steps.flatMap((step) => objectsAt(step.value, 'env', step.path, []).flatMap((one) => texts(one, 'value'))),
    ],
  };
}

/** `steps` of v1beta1, `buildSteps` of v1alpha1; both where both are written. */
function stepsOf(spec: JsonObject, problems: Problems): readonly Placed<JsonObject>[] {
  const steps = [...objectsAt(spec, 'steps', 'spec', problems), ...objectsAt(spec, 'buildSteps', 'spec', problems)];
  if (steps.length <= MAX_STEPS) return steps;
  note(
    problems,
    objectFinding('INPUT_TOO_MANY_TASKS', 'spec.steps', { expected: `at most ${MAX_STEPS} steps`, found: String(steps.length) }),
  );
  return steps.slice(0, MAX_STEPS);
}

function stepImage(step: Placed<JsonObject>, task: string, values: ReadonlyMap<string, string>, problems: Problems): readonly BuildImage[] {
  const raw = field(step.value, 'image') ?? '';
  const path = `${step.path}.image`;
  if (typeof raw !== 'string') {
    note(problems, unreadable(path, 'an image reference', raw));
    return [];
  }
  const state = imageState(raw, values);
  if (state !== 'limit') return [{ path, holder: holderOf('step', step), task, usage: 'buildStep', raw, state }];
  note(problems, objectFinding('INPUT_PARAMETER_LIMIT', path, { expected: `at most ${MAX_TEXT} characters`, found: 'more' }));
  return [];
}

/** An image in which nothing is replaced. */
export function plainImage({ value, path }: Placed<unknown>, holder: string, task: string, problems: Problems): readonly BuildImage[] {
  const image = { path, holder, task, usage: 'buildStep' } as const;
  if (typeof value === 'string') return [{ ...image, raw: value, state: { state: 'resolved', values: [value] } }];
  note(problems, unreadable(path, 'an image reference', value));
  return [];
}

/** A member that is text, with its path. */
export function texts({ value, path }: Placed<JsonObject>, name: string): readonly { readonly text: string; readonly path: string }[] {
  const text = textOf(value, name);
  return text === '' ? [] : [{ text, path: `${path}.${name}` }];
}

function textList({ value, path }: Placed<JsonObject>, name: string): readonly { readonly text: string; readonly path: string }[] {
  const list = field(value, name);
  return (Array.isArray(list) ? (list as readonly unknown[]) : []).flatMap((text, index) =>
    (typeof text === 'string' ? [{ text, path: `${path}.${name}[${index}]` }] : []));
}
