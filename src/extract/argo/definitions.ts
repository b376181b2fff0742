/** The definitions of a workflow: itself, its templates, and those of the cluster that it names. */
import type { DefinitionUse } from '../../domain/build/definition.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { textOf } from '../build-base.ts';
import { at } from '../parts/look.ts';
import type { Placed } from '../parts/look.ts';
import type { Call, Template, Templates } from './templates.ts';

const GROUP = 'argoproj.io';

/** All definitions, and where among them those of templates and calls are. */
export interface Definitions {
  readonly uses: readonly DefinitionUse[];
  /** Index of a template whose content stands in the object. */
  readonly ofTemplate: (template: Template) => number;
  /** Index of what a call executes; of what is not in the object and not referred to, the whole that has it. */
  readonly ofCall: (call: Call) => number;
}

/** `whole` is what the object as a whole is or refers to, `namespace` that in which names are looked up. */
export function definitionsOf({ all, roots }: Templates, whole: readonly DefinitionUse[], namespace: string): Definitions {
  const uses: DefinitionUse[] = [...whole];
  const templates = new Map<Template, number>();
  const calls = new Map<Call, number>();
  const refer = (call: Call): void => {
    const reference = field(call.value, 'templateRef');
    if (!isObject(reference)) return;
    calls.set(call, uses.length);
    uses.push({ ...referenceOf({ value: reference, path: at(call.path, 'templateRef') }, namespace), usedBy: call.name });
  };
  for (const template of all) {
    templates.set(template, uses.length);
    const { path, value: content, within } = template;
    uses.push({ form: 'inline', kind: 'template', path, content, ...(within === undefined ? {} : { usedBy: within.name }) });
    template.calls.forEach(refer);
  }
  roots.forEach(refer);
  const ofTemplate = (template: Template): number => templates.get(template) ?? 0;
  return { uses, ofTemplate, ofCall: (call) => calls.get(call) ?? (call.target === undefined ? 0 : ofTemplate(call.target)) };
}

/** What a reference to a template, or to a whole (`workflowTemplateRef`), names; a name with a placeholder is known later. */
export function referenceOf({ value, path }: Placed<JsonObject>, namespace: string): DefinitionUse {
  const name = textOf(value, 'name');
  const entry = textOf(value, 'template');
  const kind = entry === '' ? 'pipeline' : 'template';
  if (/\{\{/.test(name) || /\{\{/.test(entry))
    return { form: 'remote', kind, path, resolver: '', params: {}, source: { from: 'deferred', expression: name } };
  const clusterScope = field(value, 'clusterScope') === true;
  return {
    form: 'local', kind, path, group: GROUP, name,
    resource: clusterScope ? 'clusterworkflowtemplates' : 'workflowtemplates',
    namespace: clusterScope ? '' : namespace,
    ...(entry === '' ? {} : { entry }),
  };
}
