/** Pods, and the core kinds that hold a template of one. */
import { templateKind } from './kind.ts';
import type { KindReaders } from './kind.ts';

/** Core kinds that hold a pod. PodTemplate has no `spec` of its own: the template stands at the top. */
export const CORE_KINDS: KindReaders = {
  '/pods': { kind: 'Pod', podSpec: ['spec'], isPod: true },
  '/podtemplates': { kind: 'PodTemplate', podSpec: ['template', 'spec'], isPod: false },
  '/replicationcontrollers': templateKind('ReplicationController'),
};
