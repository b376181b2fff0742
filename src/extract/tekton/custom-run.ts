/** Runs of other controllers' tasks: CustomRun, and Run before it. */
import type { Book } from './book.ts';
import { readCustom } from './custom.ts';
import { EMPTY_SCOPE } from './parameters/scope.ts';
import type { Scope } from './parameters/value.ts';
import { PLAIN } from './pipeline-use.ts';
import type { PipelineUse } from './pipeline-use.ts';
import { readPipeline } from './pipeline.ts';
import { structAt, textAt } from './place.ts';
import type { Place } from './place.ts';
import { addAccount, addPods, nameOf, readGiven } from './run-settings.ts';

/** Reads a CustomRun (v1beta1) or Run (v1alpha1). */
export function readCustomRun(object: Place, outer: Scope, book: Book): void {
  const spec = structAt(object, 'spec', book);
  if (spec === undefined) return;
  readGiven(spec, outer, book);
  for (const member of ['customRef', 'ref']) {
    const reference = structAt(spec, member, book);
    if (reference === undefined) continue;
    const [apiVersion, customKind] = [textAt(reference, 'apiVersion', book), textAt(reference, 'kind', book)];
    const name = textAt(reference, 'name', book);
    book.definitions.push({ kind: 'custom', form: 'custom', path: reference.path, apiVersion, customKind, name });
  }
  for (const member of ['customSpec', 'spec']) {
    const inner = structAt(spec, member, book);
    if (inner === undefined) continue;
    const use: PipelineUse = { ...PLAIN, contexts: outer, asked: true };
    const about = { apiVersion: textAt(inner, 'apiVersion', book), kind: textAt(inner, 'kind', book), name: nameOf(object) };
    readCustom(inner, { ...about, readPipeline: (pipeline) => readPipeline(pipeline, use, book) }, book);
  }
  addAccount(spec, 'serviceAccountName', book);
  addPods(spec, ['podTemplate'], undefined, EMPTY_SCOPE, book);
}
