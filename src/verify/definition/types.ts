/** How Go declares what is signed: structs by name, each a list of fields in their order. */

/** A type of Go, as far as its JSON is concerned. */
export type GoType =
  | { readonly is: ScalarName }
  | { readonly is: 'pointer' | 'list' | 'map'; readonly of: GoType }
  | { readonly is: 'struct'; readonly name: string };

/**
 * `ParamValue` is Tekton's (a text, a list of texts or a map of texts), `Raw` JSON that Go does not look into, `Stamp` a creation
 * time that is not set: older Go writes it as `null`, newer leaves it out.
 */
export type ScalarName = 'string' | 'bool' | 'int' | 'Quantity' | 'Duration' | 'IntOrString' | 'ParamValue' | 'Raw' | 'Stamp';

/** A field; the members of an embedded struct stand where it is embedded. */
export interface GoField {
  readonly name: string;
  readonly type: GoType;
  /** `omitempty`: left out when it is empty, which a struct never is. */
  readonly omitEmpty: boolean;
}

/** Structs by name, embedded ones resolved. */
export type GoStructs = ReadonlyMap<string, readonly GoField[]>;

const SCALARS: ReadonlySet<string> = new Set<ScalarName>([
  'string', 'bool', 'int', 'Quantity', 'Duration', 'IntOrString', 'ParamValue', 'Raw', 'Stamp',
]);

/**
 * Reads tables of structs: `Name: field? other:*Type <Embedded>`, one struct after the other, in lines that may be continued by
 * indented ones. `?` is omitempty, a field without type is text. The first table that has a name defines it. Throws an `Error` for
 * a name that none defines: tables are ours.
 */
export function readStructs(...tables: readonly string[]): GoStructs {
  const lines = new Map<string, readonly string[]>();
  for (const line of tables.flatMap((table) => table.trim().replaceAll(/\n {2}/g, ' ').split('\n'))) {
    const [name = '', ...fields] = line.split(' ');
    if (!lines.has(name.slice(0, -1))) lines.set(name.slice(0, -1), fields);
  }
  const structs = new Map<string, readonly GoField[]>();
  const fieldsOf = (name: string): readonly GoField[] => {
    const fields = lines.get(name);
    if (fields === undefined) throw new Error(`no table has ${name}`);
    return fields.flatMap((text) => (text.startsWith('<') ? fieldsOf(text.slice(1, -1)) : [readField(text)]));
  };
  for (const name of lines.keys()) structs.set(name, fieldsOf(name));
  for (const { type } of [...structs.values()].flat()) requireKnown(type, structs);
  return structs;
}

function readField(text: string): GoField {
  const [key = '', type = 'string'] = text.split(/:(.*)/s);
  const omitEmpty = key.endsWith('?');
  return { name: omitEmpty ? key.slice(0, -1) : key, type: readType(type), omitEmpty };
}

function readType(text: string): GoType {
  if (text.startsWith('*')) return { is: 'pointer', of: readType(text.slice(1)) };
  if (text.startsWith('[]')) return { is: 'list', of: readType(text.slice(2)) };
  if (text.startsWith('map[string]')) return { is: 'map', of: readType(text.slice(11)) };
  return SCALARS.has(text) ? { is: text as ScalarName } : { is: 'struct', name: text };
}

function requireKnown(type: GoType, structs: GoStructs): void {
  if ('of' in type) requireKnown(type.of, structs);
  else if (type.is === 'struct' && !structs.has(type.name)) throw new Error(`no table has ${type.name}`);
}
