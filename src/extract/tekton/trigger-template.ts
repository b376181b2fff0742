/** TriggerTemplate: the objects that it makes are read as if they were asked for, with its own parameters left open. */
import type { BuildRole } from '../../domain/build/build-request.ts';
import type { BuildImage } from '../../domain/build/image.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import { metadataOf, textOf } from '../build-base.ts';
import { readOne } from '../nested/manifest.ts';
import { admits, report } from './book.ts';
import type { Book } from './book.ts';
import { addValueTexts } from './given.ts';
import { readParameters } from './parameters/value.ts';
import type { RawParameter, Scope } from './parameters/value.ts';
import { known } from './parameters/variables.ts';
import { at, structAt, structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';
import { addImage } from './pod/image.ts';
import { readCustomRun } from './custom-run.ts';
import { readPipelineRun, readTaskRun } from './run.ts';
import type { ObjectReader } from './run.ts';
import { readPipelineObject, readStepAction, readTaskObject } from './stored.ts';

/** How a kind of tekton.dev is read. */
export interface ObjectKind {
  readonly role: BuildRole;
  readonly read: ObjectReader;
}

/** Every kind of tekton.dev that runs something or is run. */
export const OBJECT_KINDS: Readonly<Record<string, ObjectKind>> = {
  Task: { role: 'definition', read: readTaskObject },
  ClusterTask: { role: 'definition', read: readTaskObject },
  Pipeline: { role: 'definition', read: readPipelineObject },
  StepAction: { role: 'definition', read: readStepAction },
  TaskRun: { role: 'run', read: readTaskRun },
  PipelineRun: { role: 'run', read: readPipelineRun },
  CustomRun: { role: 'run', read: readCustomRun },
  Run: { role: 'run', read: readCustomRun },
};

/** Reads a TriggerTemplate: objects of Tekton by their kind, those of other engines by their readers, all others by their pods. */
export function readTriggerTemplate(object: Place, _outer: Scope, book: Book): void {
  const spec = structAt(object, 'spec', book);
  if (spec === undefined) return;
  const declared = readParameters(structsAt(spec, 'params', book), 'default', book);
  addValueTexts(declared, 'default', book);
  const scope = templateScope(declared);
  const templates = structsAt(spec, 'resourcetemplates', book);
  if (!admits(book, 'tasks', templates.length, at(spec, 'resourcetemplates'))) return;
  for (const template of templates) {
    const [apiVersion, kind] = [textAt(template, 'apiVersion', book), textAt(template, 'kind', book)];
    const [group, version = ''] = apiVersion.split('/');
    const reader = group === 'tekton.dev' && Object.hasOwn(OBJECT_KINDS, kind) ? OBJECT_KINDS[kind] : undefined;
    if (reader === undefined) readForeign(template, scope, book);
    else reader.read(template, scope, { ...book, version, namespace: textOf(metadataOf(template.value), 'namespace') || book.namespace });
  }
}

function templateScope(declared: readonly RawParameter[]): Scope {
  const values = new Map(declared.flatMap(({ name, raw }) => (raw === undefined ? [] : [[`tt.params.${name}`, raw]])));
  return {
    find: (variable) => {
      const raw = values.get(variable);
      return typeof raw === 'string' ? known(raw, true) : undefined;
    },
    whole: () => undefined,
  };
}

/** Values are put into its images as into all text of the template, before anybody else reads it. */
function readForeign(template: Place, scope: Scope, book: Book): void {
  const into = { images: [] as BuildImage[], problems: [] as Finding[] };
  const { review, nested } = book.whole;
  readOne(template.value, `${template.path}.`, { path: template.path, task: '', review, nested }, into);
  for (const finding of into.problems) report(book, finding);
  for (const { state, ...image } of into.images) {
    if (image.raw.includes('$(')) addImage(image, [scope], book);
    else book.images.push({ ...image, state });
  }
}
