import { isObject } from '../../domain/json.ts';
import { parseSourceUri } from '../../domain/source-uri.ts';
import type { DigestSet, Place, PredicateReader, Stated } from '../predicate-reader.ts';
import type { Dependency, Source } from './model.ts';

const NO_DIGESTS: DigestSet = new Map();

/** What a place in the provenance says about one source, before its digest is looked up among the dependencies. */
interface SourceClaim {
  readonly uri: Stated<string>;
  readonly ref?: Stated<string> | undefined;
  readonly digests?: DigestSet;
}

/** Makes a source of a claim; a digest that the claim lacks is taken from the dependency that is this very repository and ref. */
export function toSource(claim: SourceClaim, dependencies: readonly Dependency[]): Source {
  const location = parseSourceUri(claim.uri.value);
  const ref = claim.ref ?? (location?.ref === undefined ? undefined : { value: location.ref, path: claim.uri.path });
  const own = claim.digests ?? NO_DIGESTS;
  return {
    uri: claim.uri,
    ...(location === undefined ? {} : { repository: location.repository }),
    ...(ref === undefined ? {} : { ref }),
    digests: own.size > 0 ? own : digestsFromDependency(location?.repository, ref?.value, dependencies),
  };
}

function digestsFromDependency(repository: string | undefined, ref: string | undefined, dependencies: readonly Dependency[]): DigestSet {
  if (repository === undefined) return NO_DIGESTS;
  const same = dependencies.filter((dependency) => {
    const location = parseSourceUri(dependency.uri);
    return location?.repository === repository && (location.ref === undefined || ref === undefined || location.ref === ref);
  });
  // Two commits of one repository: it would be a guess which of them was built.
  return same.length === 1 ? (same[0]?.digests ?? NO_DIGESTS) : NO_DIGESTS;
}

/**
 * The sources of a v1 build: where its build type puts them, and where it is not known, every dependency that is a git
 * repository. Never the first of a list: its order proves nothing.
 *
 * GitHub's and npm's `externalParameters.workflow`, Cloud Build's `buildConfigSource`, `source` as a text or resource
 * descriptor, Tekton Chains' dependencies named `inputs/result`.
 */
export function sourcesOfDefinition(parameters: Place, dependencies: readonly Dependency[], reader: PredicateReader): readonly Source[] {
  for (const name of ['workflow', 'buildConfigSource']) {
    if (!isObject(parameters.value[name])) continue;
    const place = reader.object(parameters, name);
    const uri = reader.text(place, 'repository');
    if (uri !== undefined) return [toSource({ uri, ref: reader.text(place, 'ref') }, dependencies)];
  }
  const declared = declaredSource(parameters, reader);
  if (declared !== undefined) return [toSource(declared, dependencies)];
  const inputs = dependencies.filter((dependency) => dependency.name === 'inputs/result');
  return (inputs.length > 0 ? inputs : dependencies.filter(isGit)).map((dependency) => fromDependency(dependency, dependencies));
}

function declaredSource(parameters: Place, reader: PredicateReader): SourceClaim | undefined {
  const { source } = parameters.value;
  if (typeof source === 'string' && source !== '') return { uri: { value: source, path: `${parameters.path}.source` } };
  if (!isObject(source)) return undefined;
  const place = reader.object(parameters, 'source');
  const uri = reader.text(place, 'uri');
  return uri === undefined ? undefined : { uri, digests: reader.digests(place, 'digest') };
}

/** Every dependency that is a git repository, as a source. */
export function gitSources(dependencies: readonly Dependency[]): readonly Source[] {
  return dependencies.filter(isGit).map((dependency) => fromDependency(dependency, dependencies));
}

/** One dependency as a source. */
export function fromDependency(dependency: Dependency, dependencies: readonly Dependency[]): Source {
  return toSource({ uri: { value: dependency.uri, path: `${dependency.path}.uri` }, digests: dependency.digests }, dependencies);
}

function isGit({ uri, digests }: Dependency): boolean {
  return uri.startsWith('git+') || digests.has('gitCommit') || (digests.has('sha1') && /^https?:\/\//.test(uri));
}
