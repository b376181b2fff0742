/** Names that may become parts of a path: what is none of them is no name of any object that facts are about. */

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const NAMESPACE = new RegExp(`^${LABEL}$`);
const SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** True for what the API server lets a namespace be called (RFC 1123 label, at most 63 characters). */
export function isNamespaceName(text: string): boolean {
  return text.length <= 63 && NAMESPACE.test(text);
}

/** True for what it lets objects of most kinds, and of all custom ones, be called (RFC 1123 subdomain, at most 253 characters). */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

/** True for what an API group (the empty one is the core's) and a resource can be called. */
export function isResource(group: string, resource: string): boolean {
  return (group === '' || isObjectName(group)) && isNamespaceName(resource);
}
