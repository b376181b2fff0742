/** A struct as Go writes it: fields in their order, what is empty left out, and nothing in it that Go would drop. */
import { isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { clip, Refusal } from '../problem.ts';
import { goMap, goScalar, goZero, wrong } from './go-json.ts';
import type { GoField, GoStructs, GoType } from './types.ts';

/**
 * Writes an object as Go's encoding/json writes the struct of this name.
 *
 * Strict: a field that the struct does not have would be dropped by Go and is therefore signed by nobody; the object is refused, as for
 * values of another type. Throws a {@link Refusal} that names the path. Creation times that are not set are {@link STAMP}.
 */
export function encodeStruct(object: unknown, name: string, structs: GoStructs, path: string): string {
  if (!isObject(object)) return wrong(path, 'an object', object);
  const fields = structs.get(name) ?? [];
  requireKnown(object, fields, path);
  const parts = fields.flatMap(({ name: key, type, omitEmpty }) => {
    const at = path === '' ? key : `${path}.${key}`;
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    if (type.is === 'Stamp') return [stamp(value, at)];
    return omitEmpty && isEmpty(type, value) ? [] : [`"${key}":${encode(type, value, structs, at)}`];
  });
  return `{${parts.join(',')}}`;
}

function stamp(value: unknown, path: string): string {
  return value === undefined || value === null ? (goZero('Stamp', path) ?? '') : goScalar('Stamp', value, path);
}

function requireKnown(object: JsonObject, fields: readonly GoField[], path: string): void {
  const names = new Set(fields.map(({ name }) => name));
  const unknown = Object.keys(object).find((key) => !names.has(key));
  if (unknown === undefined) return;
  const place = path === '' ? clip(unknown, 80) : `${path}.${clip(unknown, 80)}`;
  throw new Refusal(`${place} is no field that such a signature covers`, { found: place, expected: 'fields of the definition alone' });
}

/** As Go has it: a pointer that is nil, a list or map without items, `""`, `false` and 0. A struct is never empty. */
function isEmpty(type: GoType, value: unknown): boolean {
  const absent = value === undefined || value === null;
  switch (type.is) {
    case 'pointer': return absent;
    case 'list': return absent || (Array.isArray(value) && value.length === 0);
    case 'map': return absent || (isObject(value) && Object.keys(value).length === 0);
    case 'string': return absent || value === '';
    case 'bool': return absent || value === false;
    case 'int': return absent || value === 0;
    default: return false;
  }
}

function encode(type: GoType, value: unknown, structs: GoStructs, path: string): string {
  const absent = value === undefined || value === null;
  switch (type.is) {
    case 'pointer':
      return absent ? 'null' : encode(type.of, value, structs, path);
    case 'list':
      if (absent) return 'null';
      if (!Array.isArray(value)) return wrong(path, 'a list', value);
      return `[${value.map((item, index) => encodeItem(type.of, item, structs, `${path}[${index}]`)).join(',')}]`;
    case 'map':
      if (absent) return 'null';
      if (!isObject(value)) return wrong(path, 'a map', value);
      return goMap(value, path, (item, at) => encodeItem(type.of, item, structs, at));
    case 'struct':
      return encodeStruct(absent ? {} : value, type.name, structs, path);
    default:
      return absent ? (goZero(type.is, path) ?? '') : goScalar(type.is, value, path);
  }
}

/** Go reads `null` in a list as an empty value; nobody means that. */
function encodeItem(type: GoType, item: unknown, structs: GoStructs, path: string): string {
  return item === null ? wrong(path, 'a value', item) : encode(type, item, structs, path);
}
