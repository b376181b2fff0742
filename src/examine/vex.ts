import { field, isObject } from '../domain/json.ts';
import type { JsonObject } from '../domain/json.ts';
import { object, objects, text, texts, time, Unreadable } from './read.ts';
import { said } from './sbom-model.ts';
import type { Vulnerability } from './scan.ts';

/** One statement of an OpenVEX document. */
export interface VexStatement {
  readonly names: ReadonlySet<string>;
  /** Packages inside the product; empty: the product as a whole. */
  readonly subcomponents: readonly string[];
  readonly clears: boolean;
  /** Epoch milliseconds; 0 when it is not said. */
  readonly at: number;
}

/**
 * Reads the statements of an OpenVEX document that are about this artifact: those whose product names its digest,
 * and those without a product, which are about the subject of the attestation (OpenVEX specification, "Data
 * inheritance"). `not_affected` clears only with a justification or impact statement, as the specification demands.
 */
export function readVex(document: unknown, digest: string): readonly VexStatement[] {
  const root = object(document, 'predicate');
  const issued = time(field(root, 'timestamp')) ?? 0;
  return objects(field(root, 'statements'), 'statements').filter((one) => isAbout(one, digest)).map((one) => ({
    names: namesOf(one),
    subcomponents: productsOf(one).flatMap((product) => objects(field(product, 'subcomponents'), 'subcomponents').flatMap(idsOf)),
    clears: clears(one),
    at: time(field(one, 'last_updated')) ?? time(field(one, 'timestamp')) ?? issued,
  }));
}

/** The statements of one document by the names of the vulnerabilities they are about. */
export type VexIndex = ReadonlyMap<string, readonly VexStatement[]>;

/** Makes the index; a statement stands under every alias. */
export function indexVex(statements: readonly VexStatement[]): VexIndex {
  const index = new Map<string, VexStatement[]>();
  for (const statement of statements) {
    for (const name of statement.names) {
      const list = index.get(name) ?? [];
      list.push(statement);
      index.set(name, list);
    }
  }
  return index;
}

/** True when the newest statement of some document about this vulnerability says that it does not apply. */
export function isCleared(vulnerability: Vulnerability, documents: readonly VexIndex[]): boolean {
  return documents.some((index) => {
    const about = [vulnerability.id, ...vulnerability.aliases].flatMap((name) => index.get(name) ?? []).filter((one) => concerns(one, vulnerability));
    const newest = about.reduce((latest, { at }) => Math.max(latest, at), 0);
    return about.length > 0 && about.filter(({ at }) => at === newest).every((one) => one.clears);
  });
}

function concerns({ subcomponents }: VexStatement, { purl }: Vulnerability): boolean {
  return subcomponents.length === 0 || (purl !== undefined && subcomponents.some((one) => one === purl || one === purl.replace(/[?#].*$/, '')));
}

function clears(one: JsonObject): boolean {
  const status = text(one, 'status');
  return status === 'fixed' || (status === 'not_affected' && said(text(one, 'justification'), text(one, 'impact_statement')).length > 0);
}

/** Since OpenVEX 0.2.0 the vulnerability is an object; before, it was its name. */
function namesOf(one: JsonObject): ReadonlySet<string> {
  const vulnerability = field(one, 'vulnerability');
  if (typeof vulnerability === 'string') return new Set([vulnerability]);
  if (!isObject(vulnerability)) throw new Unreadable('statements', 'a vulnerability for every statement');
  return new Set(said(text(vulnerability, 'name'), ...texts(field(vulnerability, 'aliases'), 'aliases')));
}

function isAbout(one: JsonObject, digest: string): boolean {
  const products = field(one, 'products');
  if (products === undefined || products === null) return true;
  const hex = digest.slice(digest.indexOf(':') + 1);
  return productsOf(one).some((product) => idsOf(product).some((id) => id.includes(hex)));
}

function productsOf(one: JsonObject): readonly JsonObject[] {
  const products = field(one, 'products');
  if (!Array.isArray(products)) return [];
  return products.map((product) => (typeof product === 'string' ? { '@id': product } : object(product, 'products')));
}

function idsOf(component: JsonObject): readonly string[] {
  const [identifiers, hashes] = [field(component, 'identifiers'), field(component, 'hashes')];
  return said(text(component, '@id'), ...[identifiers, hashes].flatMap((map) => (isObject(map) ? Object.values(map).map((value) => (typeof value === 'string' ? value : undefined)) : [])));
}
