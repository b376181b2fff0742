/** Workloads: where kinds that keep pods running describe them. */
import { templateKind } from './kind.ts';
import type { KindReaders } from './kind.ts';

/** Controllers of pods that run on and on; `extensions` is where old clusters serve some of them. */
export const WORKLOAD_KINDS: KindReaders = {
  'apps/deployments': templateKind('Deployment'),
  'apps/replicasets': templateKind('ReplicaSet'),
  'apps/statefulsets': templateKind('StatefulSet'),
  'apps/daemonsets': templateKind('DaemonSet'),
  'extensions/deployments': templateKind('Deployment'),
  'extensions/replicasets': templateKind('ReplicaSet'),
  'extensions/daemonsets': templateKind('DaemonSet'),
};
