/** From what a build was made: where the build type says so, or else every repository it names. */
import { isObject } from '../../text/json/fields.ts';
import { parseSourceUri } from '../../domain/artifact/source-uri.ts';
import type { DigestSet, StatedObject, PredicateReader, Stated } from '../content/predicate-reader.ts';
import { commitOf } from './dependencies.ts';
import type { Dependency, Source } from './model.ts';

const NO_DIGESTS: DigestSet = new Map();

/** What a place in the provenance says about one source, before its digest is looked up among the dependencies. */
interface SourceClaim {
  readonly uri: Stated<string>;
  readonly ref?: Stated<string> | undefined;
  readonly digests?: DigestSet;
}

/** A claimed source; a digest that the claim lacks is taken from the dependency that is this very repository and ref. */
function toSource(claim: SourceClaim, dependencies: readonly Dependency[]): Source {
  const source = plainSource(claim);
  return source.digests.size > 0
    ? source
    : { ...source, digests: digestsFromDependency(source.repository, source.ref?.value, dependencies) };
}

function plainSource({ uri, ref: named, digests }: SourceClaim): Source {
  const location = parseSourceUri(uri.value);
  const ref = named ?? (location?.ref === undefined ? undefined : { value: location.ref, path: uri.path });
  return {
    uri,
    ...(location === undefined ? {} : { repository: location.repository }),
    ...(ref === undefined ? {} : { ref }),
    digests: digests ?? NO_DIGESTS,
  };
}

function digestsFromDependency(repository: string | undefined, ref: string | undefined, dependencies: readonly Dependency[]): DigestSet {
  const same = dependencies.filter((dependency) => isFrom(dependency, repository, ref));
  // Two commits of one repository: it would be a guess which of them was built.
  return same.length === 1 ? (same[0]?.digests ?? NO_DIGESTS) : NO_DIGESTS;
}

function isFrom(dependency: Dependency, repository: string | undefined, ref: string | undefined): boolean {
  const location = repository === undefined ? undefined : parseSourceUri(dependency.uri);
  return (
    location !== undefined &&
    location.repository === repository &&
    (location.ref === undefined || ref === undefined || location.ref === ref)
  );
}

/**
 * The source that the parameters name, and if the builder lists git repositories without it (or another commit of it), those too:
 * parameters are
 * what somebody asked for, dependencies what the builder fetched, and a build from both must satisfy the policy with both.
 */
export function asFetched(claim: SourceClaim, dependencies: readonly Dependency[]): readonly Source[] {
  const source = toSource(claim, dependencies);
  const commit = commitOf(source.digests);
  const fetched = dependencies.some(
    (dependency) =>
      isFrom(dependency, source.repository, source.ref?.value) &&
      (commit === undefined || (commitOf(dependency.digests) ?? commit) === commit),
  );
  return fetched ? [source] : [source, ...gitSources(dependencies)];
}

/**
 * The sources of a v1 build: where its build type puts them, and where it is not known, every dependency that is a git
 * repository. Never the first of a list: its order proves nothing.
 *
 * GitHub's and npm's `externalParameters.workflow`, Cloud Build's `buildConfigSource`, `source` and BuildKit's
 * `configSource` as a text or resource descriptor, Tekton Chains' dependencies named `inputs/result`.
 */
export function sourcesOfDefinition(
  parameters: StatedObject,
  dependencies: readonly Dependency[],
  reader: PredicateReader,
): readonly Source[] {
  for (const name of ['workflow', 'buildConfigSource']) {
    if (!isObject(parameters.value[name])) continue;
    const place = reader.object(parameters, name);
    const uri = reader.text(place, 'repository');
    if (uri !== undefined) return asFetched({ uri, ref: reader.text(place, 'ref') }, dependencies);
  }
  const declared = declaredSource(parameters, 'source', reader) ?? declaredSource(parameters, 'configSource', reader);
  if (declared !== undefined) return asFetched(declared, dependencies);
  const inputs = dependencies.filter((dependency) => dependency.name === 'inputs/result');
  return inputs.length > 0 ? inputs.map(fromDependency) : gitSources(dependencies);
}

function declaredSource(parameters: StatedObject, name: 'source' | 'configSource', reader: PredicateReader): SourceClaim | undefined {
  const source = parameters.value[name];
  if (typeof source === 'string' && source !== '') return { uri: { value: source, path: `${parameters.path}.${name}` } };
  if (!isObject(source)) return undefined;
  const place = reader.object(parameters, name);
  const uri = reader.text(place, 'uri');
  return uri === undefined ? undefined : { uri, digests: reader.digests(place, 'digest') };
}

/** Every dependency that is a git repository, as a source. */
export function gitSources(dependencies: readonly Dependency[]): readonly Source[] {
  return dependencies.filter(isGit).map(fromDependency);
}

/** One dependency as a source, with the digests that it has itself: there may be very many, so none is looked up among the others. */
export function fromDependency(dependency: Dependency): Source {
  return plainSource({ uri: { value: dependency.uri, path: `${dependency.path}.uri` }, digests: dependency.digests });
}

/** True when URI or digest say that a dependency is a git repository. */
export function isGit({ uri, digests }: Dependency): boolean {
  return uri.startsWith('git+') || digests.has('gitCommit') || (digests.has('sha1') && /^https?:\/\//.test(uri));
}
