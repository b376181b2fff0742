/** All sources become one set: what has an error falls back and is compiled again, until nothing is wrong (ADR 0043). */
import type { PolicyProblem } from '../../../domain/policy/policy.ts';
import type { UnusableDocument } from '../../../domain/unusable-document.ts';
import type { PolicyFile } from '../files.ts';
import type { ResourceDocument } from '../sources/kinds.ts';
import type { CompileDocuments, CompileExtras, Composition, Form, LastGood, Offer } from './offer.ts';
import type { WholeChoice } from './whole.ts';

/** One object on its way down: as it is offered, in its last good form, not at all. */
interface Falling {
  readonly document: ResourceDocument;
  readonly lastGood: PolicyFile | undefined;
  form: Form;
  problems: readonly PolicyProblem[];
}

/**
 * Composes what is chosen of the whole sources with the objects of the cluster, which come after them: a name that is taken is an error of
 * the object. Each round has fewer documents, or older ones, than the one before, so there is an end.
 */
export async function compose(
  whole: WholeChoice, { resources }: Pick<Offer, 'resources'>, lastGood: LastGood, compile: CompileDocuments, signal: AbortSignal,
): Promise<Composition> {
  if (!whole.ok) return { problems: whole.problems, files: [], whole: [], resources: [] };
  const all = resources.map((document): Falling => {
    const good = lastGood.resources.get(document.key);
    return { document, lastGood: good?.uid === document.uid ? good.file : undefined, form: 'good', problems: [] };
  });
  const byKey = new Map(all.map((one) => [one.document.key, one]));
  const ofWhole = whole.sources.flatMap(({ files }) => files);
  for (;;) {
    const files = [...ofWhole, ...all.flatMap(fileOf)];
    const { set, problems, documents } = await compile(files, signal, extrasOf(all));
    const errors = problems.filter(({ severity }) => severity === 'error');
    const fell = fallBack(errors, byKey);
    // What is wrong with none of the objects is wrong with what was good by itself: nothing of that may be in force.
    if (errors.length > 0 && fell) continue;
    return {
      ...(errors.length > 0 ? {} : { set }), problems, files, whole: whole.sources,
      ...(documents === undefined ? {} : { documents }),
      resources: all.map(({ document, form, problems: own, lastGood: good }) =>
        ({ document, form, problems: own, ...(form === 'lastGood' ? { inForce: good } : {}) })),
    };
  }
}

/** True when an object has fallen. */
function fallBack(errors: readonly PolicyProblem[], byKey: ReadonlyMap<string, Falling>): boolean {
  let fell = false;
  for (const [key, own] of Map.groupBy(errors, ({ file }) => file)) {
    const one = byKey.get(key);
    if (one === undefined || one.form === 'standIn' || one.form === 'leftOut') continue;
    // What is said is about the object as it is; of its last good form only that it does not hold either.
    if (one.form === 'good') one.problems = own;
    one.form = next(one);
    fell = true;
  }
  return fell;
}

function next({ form, document: { kind, file }, lastGood }: Falling): Form {
  // An exception could only let through: without mistakes or not at all.
  if (kind === 'AdmissionException') return 'leftOut';
  if (form === 'good' && lastGood !== undefined && (lastGood.text !== file.text || file.problem !== undefined)) return 'lastGood';
  return kind === 'Signer' || kind === 'TrustRoot' ? 'leftOut' : 'standIn';
}

function fileOf({ form, document: { file }, lastGood }: Falling): readonly PolicyFile[] {
  if (form === 'good') return [file];
  return form === 'lastGood' && lastGood !== undefined ? [lastGood] : [];
}

function extrasOf(all: readonly Falling[]): CompileExtras {
  const standIns: UnusableDocument[] = [];
  const unusable = new Map<string, string>();
  for (const { form, document: { key, kind, namespace, name, file: { text } }, problems } of all) {
    const why = reasonOf(problems);
    if (form === 'leftOut') unusable.set(key, why);
    if (form !== 'standIn') continue;
    const what = { kind: kind as UnusableDocument['kind'], name, ...(namespace === '' ? {} : { namespace }) };
    standIns.push({ ...what, text, reason: why });
  }
  return { standIns: bounded(standIns), unusable };
}

/** So many ArtifactPolicies of a namespace stand in by themselves; of more, each would be a finding about each artifact there. */
const MOST_STAND_INS = 100;

/** Where a namespace has more that cannot be used than anybody mends one by one, one stands over all of it in their place. */
function bounded(standIns: readonly UnusableDocument[]): readonly UnusableDocument[] {
  const many = [...Map.groupBy(standIns, ({ namespace = '' }) => namespace)]
    .filter(([namespace, own]) => namespace !== '' && own.length > MOST_STAND_INS);
  if (many.length === 0) return standIns;
  const full = new Set(many.map(([namespace]) => namespace));
  const instead = many.flatMap(([, own]): readonly UnusableDocument[] => own.slice(0, 1).map((first) =>
    ({ ...first, text: '', reason: `${own.length} ArtifactPolicies of this namespace cannot be used, this is one of them: ${first.reason}` })));
  return [...standIns.filter(({ namespace = '' }) => !full.has(namespace)), ...instead];
}

const MOST_REASON = 300;

/** The first of what is wrong, as one line. */
function reasonOf([first]: readonly PolicyProblem[]): string {
  if (first === undefined) return 'it cannot be used';
  const text = `${first.path === '' ? '' : `${first.path}: `}${first.message}`.replaceAll(/\s+/g, ' ');
  return text.length > MOST_REASON ? `${text.slice(0, MOST_REASON)}…` : text;
}
