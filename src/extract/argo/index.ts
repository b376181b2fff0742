/** The resources of Argo Workflows and how each is read. */
import type { EngineReader, EngineReaders } from '../reading.ts';
import { argoReader, EVENT_BINDING } from './reader.ts';

const READERS: readonly (readonly [string, EngineReader])[] = [
  ['workflows', argoReader({ kind: 'Workflow', role: 'run', spec: ['spec'] })],
  ['workflowtemplates', argoReader({ kind: 'WorkflowTemplate', role: 'definition', spec: ['spec'] })],
  ['clusterworkflowtemplates', argoReader({ kind: 'ClusterWorkflowTemplate', role: 'definition', spec: ['spec'] })],
  ['cronworkflows', argoReader({ kind: 'CronWorkflow', role: 'schedule', spec: ['spec', 'workflowSpec'] })],
  ['workflowtasksets', argoReader({ kind: 'WorkflowTaskSet', role: 'run', spec: ['spec', 'tasks'], isMap: true })],
  ['workfloweventbindings', EVENT_BINDING],
];

/** Readers of the objects of Argo Workflows, by `group/resource`. */
export const ARGO_READERS: EngineReaders = Object.fromEntries(READERS.map(([resource, reader]) => [`argoproj.io/${resource}`, reader]));
