/** Results by whose names Tekton Chains knows what was published; without them it signs nothing. */

/** A result, as a task or a pipeline declares it. */
export interface DeclaredResult {
  readonly name: string;
  readonly type?: string;
  /** Of an object: its members, where they are declared. */
  readonly properties?: readonly string[];
}

/** Results that together say what was published, in the order of {@link PAIRS}: one by itself, or address and digest. */
export interface Hint {
  readonly form: 'images' | 'image' | 'artifact' | 'outputs';
  readonly names: readonly string[];
}

/** What is said in two results: their names begin the same and end with these. */
const PAIRS = [['image', 'IMAGE_URL', 'IMAGE_DIGEST'], ['artifact', 'ARTIFACT_URI', 'ARTIFACT_DIGEST']] as const;

/** All hints among results, as Chains finds them. */
export function hintsOf(results: readonly DeclaredResult[]): readonly Hint[] {
  const names = new Set(results.map(({ name }) => name));
  return results.flatMap((result): readonly Hint[] => {
    const { name } = result;
    if (name === 'IMAGES') return [{ form: 'images', names: [name] }];
    if (name.endsWith('ARTIFACT_OUTPUTS')) return isOutputs(result) ? [{ form: 'outputs', names: [name] }] : [];
    return PAIRS.flatMap(([form, address, digest]): readonly Hint[] => {
      if (!name.endsWith(address)) return [];
      const other = name.slice(0, name.length - address.length) + digest;
      return names.has(other) ? [{ form, names: [name, other] }] : [];
    });
  });
}

/** An object with address and digest; where members are not declared (of pipelines) it is enough that it is an object. */
function isOutputs({ type, properties }: DeclaredResult): boolean {
  return type === 'object' && (properties === undefined || (properties.includes('uri') && properties.includes('digest')));
}
