/** TriggerTemplate: the objects that it makes are read as if they were asked for, with its own parameters left open. */
import type { BuildRole } from '../../domain/build/build-request.ts';
import type { Book } from './book.ts';
import { readByShape } from './custom.ts';
import { addValueTexts } from './given.ts';
import { literal, readParameters } from './parameters/value.ts';
import type { Scope } from './parameters/value.ts';
import { known } from './parameters/variables.ts';
import { structAt, structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';
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

/** Reads a TriggerTemplate: objects of Tekton by their kind, others by the pods that they describe. */
export function readTriggerTemplate(object: Place, _outer: Scope, book: Book): void {
  const spec = structAt(object, 'spec', book);
  if (spec === undefined) return;
  const declared = readParameters(structsAt(spec, 'params', book), 'default', book);
  addValueTexts(declared, 'default', book);
  const values = new Map(declared.flatMap(({ name, raw }) => (raw === undefined ? [] : [[`tt.params.${name}`, raw]])));
  const scope: Scope = {
    find: (variable) => {
      const raw = values.get(variable);
      return typeof raw === 'string' ? known(raw, true) : undefined;
    },
    whole: (variable) => {
      const raw = values.get(variable);
      return raw === undefined || typeof raw === 'string' ? undefined : literal(raw);
    },
  };
  for (const template of structsAt(spec, 'resourcetemplates', book)) {
    const [apiVersion, kind] = [textAt(template, 'apiVersion', book), textAt(template, 'kind', book)];
    const [group, version] = apiVersion.split('/');
    const reader = group === 'tekton.dev' && Object.hasOwn(OBJECT_KINDS, kind) ? OBJECT_KINDS[kind] : undefined;
    if (reader === undefined) readByShape(template, '', scope, book);
    else reader.read(template, scope, { ...book, version: version ?? '' });
  }
}
