/** Of all documents in force those without which one of them cannot be understood, and those that cannot be understood without it. */
import type { Steps } from '../../flow/slices.ts';
import { readJsonText } from '../../text/json/read.ts';
import { WHOLE } from './known.ts';
import type { KnownDocument } from './known.ts';

/** Documents that rely on another and are looked at; of those beyond it is found out when they are compiled with all others. */
const MOST_DEPENDENTS = 200;
const BOUND_BY_LISTS = 20;
/** Texts looked through between two stops. */
const AT_ONCE = 64;

/** What kinds a kind is named by, of which documents of that kind are the names. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  Signer: ['ClusterArtifactPolicy', 'ArtifactPolicy', 'PipelinePolicy'],
  TrustRoot: ['Signer', 'RevocationList'],
  ClusterArtifactPolicy: ['AdmissionException'],
  ArtifactPolicy: ['AdmissionException'],
};

/** A document that is looked at. */
export interface Subject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** What it says, said or will say, in JSON. */
  readonly texts: readonly string[];
}

/**
 * The documents with which the subject is compiled, without itself: what it names, what names it, and what these name in turn. A
 * name is any text in a document that is the name of another, so that this need not know the fields: one too many does no harm.
 */
export function* neededSteps(subject: Subject, known: readonly KnownDocument[]): Steps<readonly KnownDocument[]> {
  const others = known.filter((one) => !isSame(one, subject));
  const byName = Map.groupBy(others.filter(({ kind }) => kind in NAMED_BY), nameOf);
  yield;
  const taken = new Set<KnownDocument>(known.filter((one) => isSame(one, subject) && !isResource(one)));
  const dependents = yield* dependentsOf([subject], others);
  // Lists bind everybody: whether an entry counts is asked with whoever is there.
  if (subject.kind === 'RevocationList') dependents.push(...others.filter(({ kind }) => kind.endsWith('Policy')).slice(0, BOUND_BY_LISTS));
  for (const one of dependents) taken.add(one);
  const open = [...subject.texts, ...dependents.map(({ json }) => json)];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const named of textsIn(text)) {
      for (const one of byName.get(named) ?? []) {
        if (taken.has(one)) continue;
        taken.add(one);
        open.push(one.json);
      }
    }
    yield;
  }
  // In the order in which they are in force: of two that have one name the first counts.
  return known.filter((one) => taken.has(one));
}

/** What names the subjects, and what names that; the nearest first. */
function* dependentsOf(
  subjects: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[], others: readonly KnownDocument[],
): Steps<KnownDocument[]> {
  const found = new Set<KnownDocument>();
  let wanted = subjects;
  while (wanted.length > 0 && found.size < MOST_DEPENDENTS) {
    const texts = wanted.map((one) => ({ kinds: NAMED_BY[one.kind] ?? [], quoted: JSON.stringify(nameOf(one)) }));
    const next: KnownDocument[] = [];
    for (const [index, one] of others.entries()) {
      if (found.size >= MOST_DEPENDENTS) break;
      if (!found.has(one) && texts.some(({ kinds, quoted }) => kinds.includes(one.kind) && one.json.includes(quoted))) {
        found.add(one);
        next.push(one);
      }
      if (index % AT_ONCE === 0) yield;
    }
    wanted = next;
  }
  return [...found];
}

/** Every text in a document; what cannot be read names nothing, and is told when it is compiled. */
function textsIn(json: string): ReadonlySet<string> {
  const found = new Set<string>();
  const read = readJsonText(json, WHOLE);
  const open: unknown[] = read.ok ? [read.value] : [];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') found.add(value);
    else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) if (part !== null) open.push(part);
  }
  return found;
}

/** As others name it: exceptions name policies of namespaces with these. */
export function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

function isSame(one: KnownDocument, { kind, namespace, name }: Subject): boolean {
  return one.kind === kind && one.namespace === namespace && one.name === name;
}

function isResource({ file, kind }: KnownDocument): boolean {
  return file.startsWith(`${kind} `);
}
