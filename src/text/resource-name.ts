/** Names of resources as they follow from kinds. */

/** The plural in lower case, by the rule that the code generators of Kubernetes follow; a kind's definition may say otherwise. */
export function resourceOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name === 'endpoints') return name;
  if (/(?:s|x|z|ch|sh)$/.test(name)) return `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}
