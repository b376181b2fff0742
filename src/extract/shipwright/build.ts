/** Builds and BuildRuns: what is built by which strategy, with which parameters, and where it goes. */
import type { BuildRequest, Named } from '../../domain/build/build-request.ts';
import type { DefinitionUse } from '../../domain/build/definition.ts';
import type { BuildImage } from '../../domain/build/image.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { buildBase, textOf } from '../build-base.ts';
import { unreadable } from '../finding.ts';
import { at, note, objectAt, objectsAt } from '../parts/look.ts';
import type { Placed, Problems } from '../parts/look.ts';
import { podSettingsOf } from '../parts/pod-settings.ts';
import { memberOf } from '../parts/security.ts';
import { imageVolumesOf } from '../parts/volumes.ts';
import type { EngineReader, EngineReading } from '../reading.ts';
import { givenIn } from './parameters.ts';
import { plainImage, texts } from './strategy.ts';

const GROUP = 'shipwright.io';

type Parts = Pick<BuildRequest, 'definitions' | 'parameters' | 'accounts' | 'pods' | 'images' | 'targets' | 'texts'>;

/** Builds are stored for runs to come: definitions, by name of which BuildRuns are made. */
export const buildReader: EngineReader = {
  kind: 'Build',
  read: (review) => reading(review, 'definition', (spec, problems) => {
    const parts = buildParts(spec, review, problems);
    const self: DefinitionUse = { form: 'self', kind: 'pipeline', path: '', object: review.object };
    return { ...parts, definitions: [self, ...parts.definitions], parameters: [] };
  }),
};

/** A BuildRun names a Build, or has one in itself (`build.spec`; `buildSpec` in v1alpha1), and may override much of it. */
export const buildRunReader: EngineReader = {
  kind: 'BuildRun',
  read: (review) => reading(review, 'run', (run, problems) => {
    const build = objectAt(run.value, 'build', run.path, problems) ?? {};
    const embedded = [
      [objectAt(build, 'spec', 'spec.build', problems), 'spec.build.spec'],
      [objectAt(run.value, 'buildSpec', run.path, problems), 'spec.buildSpec'],
    ] as const;
    const inside = embedded.flatMap(([value, path]) => (value === undefined ? [] : [{ value, path }]));
    const name = textOf(build, 'name');
    const older = textOf(memberOf(run.value, 'buildRef'), 'name');
    const named = [[name, 'spec.build'], [older, 'spec.buildRef']] as const;
    const local = named.flatMap(([one, path]): DefinitionUse[] =>
      one === ''
        ? []
        : [{ form: 'local', kind: 'pipeline', path, group: GROUP, resource: 'builds', name: one, namespace: review.namespace }]);
    const inline = inside.map(({ value, path }): DefinitionUse => ({ form: 'inline', kind: 'pipeline', path, content: value }));
    const own = { ...buildParts(run, review, problems), definitions: [...local, ...inline] };
    return joined([own, ...inside.map((spec) => buildParts(spec, review, problems))]);
  }),
};

function reading(
  review: ReviewRequest, role: 'run' | 'definition', read: (spec: Placed<JsonObject>, problems: Problems) => Parts,
): EngineReading {
  const { operation, object, user: requester } = review;
  if (operation === 'CONNECT') return { images: [], problems: [] };
  const problems: Problems = [];
  const spec = isObject(object) ? objectAt(object, 'spec', '', problems) : undefined;
  const written = isObject(object) ? field(object, 'spec') : object;
  if (spec === undefined && problems.length === 0) note(problems, unreadable('spec', 'an object', written));
  const request: BuildRequest = {
    ...buildBase(review, 'shipwright', role), ...(spec === undefined ? {} : read({ value: spec, path: 'spec' }, problems)),
  };
  return {
    matter: { about: 'build', operation, namespace: request.namespace, name: request.name, requester, request },
    images: request.images, problems,
  };
}

/** Everything in a build's spec, or in what a run overrides of one. */
function buildParts({ value, path }: Placed<JsonObject>, { namespace }: ReviewRequest, problems: Problems): Parts {
  return {
    definitions: strategyOf(value, path, namespace, problems),
    parameters: givenIn(value, path, problems),
    accounts: accountsOf(value, path),
    pods: [podSettingsOf({ value, path }, { labels: {} }, problems)],
    images: imagesOf(value, path, problems),
    targets: targetsOf(value, path, problems),
    texts: [
      ...objectsAt(value, 'env', path, problems).flatMap((one) => texts(one, 'value')),
      ...objectsAt(value, 'paramValues', path, []).flatMap((one) =>
        [...texts(one, 'value'), ...objectsAt(one.value, 'values', one.path, []).flatMap((item) => texts(item, 'value'))]),
    ],
  };
}

function joined([first, ...rest]: readonly Parts[]): Parts {
  const empty: Parts = { definitions: [], parameters: [], accounts: [], pods: [], images: [], targets: [], texts: [] };
  return [first ?? empty, ...rest].reduce((sum, parts) => ({
    definitions: [...sum.definitions, ...parts.definitions],
    parameters: [...sum.parameters, ...parts.parameters],
    accounts: [...sum.accounts, ...parts.accounts],
    pods: [...sum.pods, ...parts.pods],
    images: [...sum.images, ...parts.images],
    targets: [...sum.targets, ...parts.targets],
    texts: [...sum.texts, ...parts.texts],
  }), empty);
}

/** `strategy` of both versions, and `strategyRef` of the oldest; of the namespace unless it says that it is the cluster's. */
function strategyOf(spec: JsonObject, path: string, namespace: string, problems: Problems): readonly DefinitionUse[] {
  return ['strategy', 'strategyRef'].flatMap((name): DefinitionUse[] => {
    const strategy = typeof field(spec, name) === 'string' ? { name: field(spec, name) } : objectAt(spec, name, path, problems);
    if (strategy === undefined || textOf(strategy, 'name') === '') return [];
    const isCluster = textOf(strategy, 'kind') === 'ClusterBuildStrategy';
    return [{
      form: 'local', kind: 'strategy', path: at(path, name), group: GROUP, name: textOf(strategy, 'name'),
      resource: isCluster ? 'clusterbuildstrategies' : 'buildstrategies', namespace: isCluster ? '' : namespace,
    }];
  });
}

/** `serviceAccount` is a name (v1beta1) or an object with one (v1alpha1). `.generate` has the engine make one, which is no name. */
function accountsOf(spec: JsonObject, path: string): readonly Named[] {
  const account = field(spec, 'serviceAccount');
  const isNamed = typeof account === 'string' && account !== '' && account !== '.generate';
  if (isNamed) return [{ name: account, path: at(path, 'serviceAccount') }];
  const name = isObject(account) ? textOf(account, 'name') : '';
  return name === '' ? [] : [{ name, path: at(path, 'serviceAccount.name') }];
}

/** Artifacts that become sources, builder and runtime base of v1alpha1 (images of steps), and image volumes. */
function imagesOf(spec: JsonObject, path: string, problems: Problems): readonly BuildImage[] {
  const sources = [...one(spec, 'source', path, problems), ...objectsAt(spec, 'sources', path, problems)];
  const artifacts = sources.flatMap((source) =>
    ['ociArtifact', 'bundleContainer'].flatMap((name) => imageAt(source, name, 'source', problems)))
    .map((image): BuildImage => ({ ...image, usage: 'source' }));
  const older = field(spec, 'builderImage');
  const isNothing = older === undefined || older === null || older === '';
  return [
    ...artifacts,
    ...imageAt({ value: spec, path }, 'builder', 'builder', problems),
    ...one(spec, 'runtime', path, problems).flatMap((runtime) => imageAt(runtime, 'base', 'runtime base', problems)),
    ...(isNothing ? [] : plainImage({ value: older, path: at(path, 'builderImage') }, 'builder', '', problems)),
    ...imageVolumesOf(spec, path, problems).flatMap((volume) => plainImage(volume, `volume ${volume.name}`.trim(), '', problems)),
  ];
}

function one(spec: JsonObject, name: string, path: string, problems: Problems): readonly Placed<JsonObject>[] {
  const value = objectAt(spec, name, path, problems);
  return value === undefined ? [] : [{ value, path: at(path, name) }];
}

function imageAt({ value, path }: Placed<JsonObject>, name: string, holder: string, problems: Problems): readonly BuildImage[] {
  return one(value, name, path, problems).flatMap((place) =>
    plainImage({ value: field(place.value, 'image') ?? '', path: at(place.path, 'image') }, holder, '', problems));
}

function targetsOf(spec: JsonObject, path: string, problems: Problems): readonly Named[] {
  const older = textOf(spec, 'outputImage');
  return [
    ...one(spec, 'output', path, problems).map((output) => ({ name: textOf(output.value, 'image'), path: at(output.path, 'image') })),
    { name: older, path: at(path, 'outputImage') },
  ].filter(({ name }) => name !== '');
}
