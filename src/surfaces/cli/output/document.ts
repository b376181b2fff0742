/** A document for programs, as JSON or as YAML: the same values in both. */
import { stringify } from 'yaml';

/** The document without a line break at its end. YAML is quoted so that readers of 1.1 and 1.2 take every text for a text. */
export function documentText(value: unknown, format: 'json' | 'yaml'): string {
  const json = JSON.stringify(value, null, 2);
  if (format === 'json') return json;
  // By way of JSON: what JSON leaves out or turns into text is so in YAML too, and nothing is an alias of something else.
  return stringify(JSON.parse(json), { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}
