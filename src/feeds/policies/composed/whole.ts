/** Whole sources are compiled before all others and by themselves: no object of the cluster can break them, and no mistake of one keeps the others from what is good. */
import type { PolicyProblem } from '../../../domain/policy/policy.ts';
import type { PolicyFile } from '../files.ts';
import type { CompileDocuments, LastGood, WholeContent, WholeOffer } from './offer.ts';

/** What is to be in force of each whole source, with the problems of what it offers; or only problems. */
export type WholeChoice =
  | { readonly ok: true; readonly sources: readonly (WholeOffer & { readonly problems: readonly PolicyProblem[] })[] }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Chooses by falling back: all as offered; those that are wrong by themselves in their last good form; all with errors in it; all in the
 * forms that were last in force together, which is the case when what one offers and another had do not go together. Without such forms
 * there is no choice.
 */
export async function chooseWhole(
  offered: readonly WholeOffer[], lastGood: LastGood['whole'], compile: CompileDocuments, signal: AbortSignal,
): Promise<WholeChoice> {
  const problems = new Map<string, readonly PolicyProblem[]>();
  const attempt = async (sources: readonly WholeOffer[]): Promise<readonly PolicyProblem[]> =>
    (await compile(sources.flatMap(({ files }) => files), signal)).problems.filter(({ severity }) => severity === 'error');
  const chosen = (sources: readonly WholeOffer[]): WholeChoice =>
    ({ ok: true, sources: sources.map((source) => ({ ...source, problems: problems.get(source.name) ?? [] })) });

  const errors = offered.length === 0 ? [] : await attempt(offered);
  if (errors.length === 0) return chosen(offered);
  // What only misses what another source has broken is in order itself: that comes back with the other's last good form.
  const broken = wrong(offered, errors.filter(({ unresolved }) => unresolved !== true));
  const mended = offered.map((source) => (broken.has(source.name) ? { ...source, ...lastGood.get(source.name) } : source));
  if (broken.size > 0 && [...broken.keys()].every((name) => lastGood.has(name)) && (await attempt(mended)).length === 0) {
    for (const [name, own] of broken) problems.set(name, own);
    return chosen(mended);
  }
  for (const [name, own] of wrong(offered, errors)) problems.set(name, own);
  const inPlace = (name: string): WholeContent | undefined => lastGood.get(name);
  const fallen = offered.map((source) => (problems.has(source.name) ? { ...source, ...inPlace(source.name) } : source));
  if (offered.some(({ name }) => problems.has(name) && inPlace(name) === undefined)) return { ok: false, problems: errors };
  if ((await attempt(fallen)).length === 0) return chosen(fallen);
  const together = offered.map((source) => ({ ...source, ...inPlace(source.name) }));
  if ((await attempt(together)).length > 0) return { ok: false, problems: errors };
  for (const { name } of offered) if (!problems.has(name)) problems.set(name, [heldBack(name, errors)]);
  return chosen(together);
}

/** Sources with errors in their files, by name. */
function wrong(offered: readonly WholeOffer[], errors: readonly PolicyProblem[]): ReadonlyMap<string, readonly PolicyProblem[]> {
  return new Map(offered.map(({ name, files }) => [name, ofFiles(errors, files)] as const).filter(([, own]) => own.length > 0));
}

/** Good by itself, and still not in force. */
function heldBack(name: string, [first]: readonly PolicyProblem[]): PolicyProblem {
  const message = `does not go together with what other sources hold, so what it held before stays in force; ${first?.file ?? ''}: ${first?.message ?? ''}`;
  return { severity: 'error', file: name, line: 0, column: 0, path: '', message };
}

function ofFiles(problems: readonly PolicyProblem[], files: readonly PolicyFile[]): readonly PolicyProblem[] {
  const paths = new Set(files.map(({ path }) => path));
  return problems.filter(({ file }) => paths.has(file));
}
