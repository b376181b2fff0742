/** SLSA provenance v1, and what BuildKit adds to it. */
import { isObject, own } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { StatedObject, PredicateReader, Stated } from '../content/predicate-reader.ts';
import { readDependencies } from './dependencies.ts';
import type { Completeness, Provenance } from './model.ts';
import { readSourceIds } from './source-ids.ts';
import { sourcesOfDefinition } from './sources.ts';

/**
 * Reads a SLSA provenance v1 predicate (slsa.dev/spec/v1.0/provenance). Of `internalParameters` only GitHub's numbers of repository and
 * owner are read, and byproducts are not compared with anything; flags that BuildKit sets in `metadata` are.
 */
export function readV1(predicate: JsonObject, reader: PredicateReader): Provenance {
  const root: StatedObject = { value: predicate, path: 'predicate' };
  const definition = reader.object(root, 'buildDefinition');
  const details = reader.object(root, 'runDetails');
  const metadata = reader.object(details, 'metadata');
  const parameters = reader.object(definition, 'externalParameters');
  const dependencies = readDependencies(definition, 'resolvedDependencies', reader);
  const entryPoint = entryPointOf(parameters, reader);
  // BuildKit has written both.
  const invocationId = reader.text(metadata, 'invocationId') ?? reader.text(metadata, 'invocationID');
  const startedOn = reader.time(metadata, 'startedOn');
  const finishedOn = reader.time(metadata, 'finishedOn');
  const hermetic = reader.flag(metadata, 'buildkit_hermetic');
  return {
    version: 'v1',
    builderId: reader.textOrEmpty(reader.object(details, 'builder'), 'id'),
    buildType: reader.needed(definition, 'buildType'),
    sources: sourcesOfDefinition(parameters, dependencies, reader),
    sourceIds: readSourceIds(githubOf(definition)),
    ...(entryPoint === undefined ? {} : { entryPoint }),
    parameters,
    dependencies,
    ...(invocationId === undefined ? {} : { invocationId }),
    ...(startedOn === undefined ? {} : { startedOn }),
    ...(finishedOn === undefined ? {} : { finishedOn }),
    ...(hermetic === undefined ? {} : { hermetic }),
    completeness: readCompleteness(reader.object(metadata, 'buildkit_completeness'), reader),
  };
}

/** Internal parameters have any shape: what is no object there says nothing. */
function githubOf({ value, path }: StatedObject): StatedObject {
  const github = own(own(value, 'internalParameters'), 'github');
  return { value: isObject(github) ? github : {}, path: `${path}.internalParameters.github` };
}

/** SLSA v1 itself has no word for completeness; BuildKit has. */
function readCompleteness(place: StatedObject, reader: PredicateReader): Completeness {
  const parameters = reader.flag(place, 'request');
  const dependencies = reader.flag(place, 'resolvedDependencies');
  return { ...(parameters === undefined ? {} : { parameters }), ...(dependencies === undefined ? {} : { dependencies }) };
}

/** The file that says what is built: the workflow, the build configuration. */
function entryPointOf(parameters: StatedObject, reader: PredicateReader): Stated<string> | undefined {
  for (const name of ['workflow', 'buildConfigSource', 'configSource']) {
    const value = parameters.value[name];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    const path = reader.text(reader.object(parameters, name), 'path');
    if (path !== undefined) return path;
  }
  return typeof parameters.value['configPath'] === 'string' ? reader.text(parameters, 'configPath') : undefined;
}
