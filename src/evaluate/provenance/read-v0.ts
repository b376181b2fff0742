/** SLSA provenance v0.1 and v0.2, with the places where builders put the source. */
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { StatedObject, PredicateReader, Stated } from '../content/predicate-reader.ts';
import { readDependencies } from './dependencies.ts';
import type { Completeness, Dependency, Provenance, Source } from './model.ts';
import { readSourceIds } from './source-ids.ts';
import { asFetched, fromDependency, gitSources, isGit } from './sources.ts';

const BUILDKIT_HERMETIC = 'https://mobyproject.org/buildkit@v1#hermetic';

/** Reads a SLSA provenance v0.2 predicate (slsa.dev/provenance/v0.2). */
export function readV02(predicate: JsonObject, reader: PredicateReader): Provenance {
  const root: StatedObject = { value: predicate, path: 'predicate' };
  const invocation = reader.object(root, 'invocation');
  const config = reader.object(invocation, 'configSource');
  const entryPoint = reader.text(config, 'entryPoint');
  const dependencies = readDependencies(root, 'materials', reader);
  const buildType = reader.needed(root, 'buildType');
  return {
    version: 'v0.2',
    builderId: reader.textOrEmpty(reader.object(root, 'builder'), 'id'),
    buildType,
    sources: sourcesOfConfig(config, buildType.value, dependencies, reader),
    sourceIds: readSourceIds(environmentOf(invocation)),
    ...(entryPoint === undefined ? {} : { entryPoint }),
    parameters: reader.object(invocation, 'parameters'),
    dependencies,
    ...readMetadata(root, 'parameters', reader),
  };
}

/** The environment has any shape: what is no object says nothing. */
function environmentOf({ value, path }: StatedObject): StatedObject {
  const environment = field(value, 'environment');
  return { value: isObject(environment) ? environment : {}, path: `${path}.environment` };
}

/** `configSource` is where the build was started from; for Tekton that is the pipeline's home, and the source is a material. */
function sourcesOfConfig(
  config: StatedObject,
  buildType: string,
  dependencies: readonly Dependency[],
  reader: PredicateReader,
): readonly Source[] {
  const uri = reader.text(config, 'uri');
  const tekton = /^(?:https:\/\/)?tekton\.dev\//.test(buildType);
  const materials = gitSources(tekton ? dependencies.filter((dependency) => dependency.uri !== uri?.value) : dependencies);
  if (uri === undefined || (tekton && materials.length > 0)) return materials;
  return asFetched({ uri, digests: reader.digests(config, 'digest') }, dependencies);
}

/** Reads a SLSA provenance v0.1 predicate (slsa.dev/provenance/v0.1), which Google Cloud Build still writes. */
export function readV01(predicate: JsonObject, reader: PredicateReader): Provenance {
  const root: StatedObject = { value: predicate, path: 'predicate' };
  const recipe = reader.object(root, 'recipe');
  const entryPoint = reader.text(recipe, 'entryPoint');
  const parameters = reader.object(recipe, 'arguments');
  const dependencies = readDependencies(root, 'materials', reader);
  return {
    version: 'v0.1',
    builderId: reader.textOrEmpty(reader.object(root, 'builder'), 'id'),
    buildType: reader.needed(recipe, 'type'),
    sources: sourcesOfRecipe(recipe, parameters, dependencies, reader),
    ...(entryPoint === undefined ? {} : { entryPoint }),
    parameters,
    dependencies,
    ...readMetadata(root, 'arguments', reader),
  };
}

function sourcesOfRecipe(
  recipe: StatedObject,
  parameters: StatedObject,
  dependencies: readonly Dependency[],
  reader: PredicateReader,
): readonly Source[] {
  const index = field(recipe.value, 'definedInMaterial');
  const defined = typeof index === 'number' ? dependencies[index] : undefined;
  const sources = (defined === undefined ? materialSources(dependencies) : [defined]).map((dependency) =>
    fromDependency(withCommit(dependency)),
  );
  const ref = triggerRef(parameters, reader);
  return ref === undefined ? sources : sources.map((source) => (source.ref === undefined ? { ...source, ref } : source));
}

/** Cloud Build's oldest provenance names its one material without a digest, so that nothing marks it as git. */
function materialSources(dependencies: readonly Dependency[]): readonly Dependency[] {
  const git = dependencies.filter(isGit);
  return git.length > 0 ? git : dependencies;
}

const COMMIT_PAGE = /^(https:\/\/[^/?#]+\/[^?#]+)\/commit\/([0-9a-f]{40})$/;

/** A material without digest that Cloud Build's oldest provenance writes as the web page of a commit: its repository, at that commit. */
function withCommit(dependency: Dependency): Dependency {
  const [, uri, commit] = dependency.digests.size > 0 ? [] : (COMMIT_PAGE.exec(dependency.uri) ?? []);
  return uri === undefined || commit === undefined ? dependency : { ...dependency, uri, digests: new Map([['sha1', commit]]) };
}

/** Cloud Build names the tag or branch of a triggered build in its built-in substitutions. */
function triggerRef(parameters: StatedObject, reader: PredicateReader): Stated<string> | undefined {
  if (typeof parameters.value['substitutions'] !== 'object') return undefined;
  const substitutions = reader.object(parameters, 'substitutions');
  const tag = reader.text(substitutions, 'TAG_NAME');
  if (tag !== undefined) return { value: `refs/tags/${tag.value}`, path: tag.path };
  const branch = reader.text(substitutions, 'BRANCH_NAME');
  return branch === undefined ? undefined : { value: `refs/heads/${branch.value}`, path: branch.path };
}

type Metadata = Pick<Provenance, 'invocationId' | 'startedOn' | 'finishedOn' | 'hermetic' | 'completeness'>;

function readMetadata(root: StatedObject, parametersName: string, reader: PredicateReader): Metadata {
  const metadata = reader.object(root, 'metadata');
  // The Go library of in-toto writes buildInvocationID, the specification buildInvocationId.
  const invocationId = reader.text(metadata, 'buildInvocationId') ?? reader.text(metadata, 'buildInvocationID');
  const startedOn = reader.time(metadata, 'buildStartedOn');
  const finishedOn = reader.time(metadata, 'buildFinishedOn');
  const hermetic = reader.flag(metadata, BUILDKIT_HERMETIC);
  return {
    ...(invocationId === undefined ? {} : { invocationId }),
    ...(startedOn === undefined ? {} : { startedOn }),
    ...(finishedOn === undefined ? {} : { finishedOn }),
    ...(hermetic === undefined ? {} : { hermetic }),
    completeness: readCompleteness(reader.object(metadata, 'completeness'), parametersName, reader),
  };
}

function readCompleteness(place: StatedObject, parametersName: string, reader: PredicateReader): Completeness {
  const parameters = reader.flag(place, parametersName);
  const environment = reader.flag(place, 'environment');
  const dependencies = reader.flag(place, 'materials');
  return {
    ...(parameters === undefined ? {} : { parameters }),
    ...(environment === undefined ? {} : { environment }),
    ...(dependencies === undefined ? {} : { dependencies }),
  };
}
