/** What runs is verified again while this controller leads: an engine of its own, over the policies in force. */
import { availableParallelism } from 'node:os';
import { NotLeading } from '../../controller/cluster/fenced.ts';
import type { LeaderTask } from '../../controller/tasks.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import { createKubeApi, createKubeWrites } from '../../cluster/api.ts';
import type { KubeWrites } from '../../cluster/api.ts';
import type { KubeAccess } from '../../cluster/service-account.ts';
import { pause } from '../../flow/pause.ts';
import { withRows } from '../../extract/table/rows.ts';
import { readsPullSecrets } from '../../platform/config/callers.ts';
import type { ServerConfig } from '../../platform/config/config.ts';
import { buildSettings } from '../../platform/config/pipelines.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { openCluster } from '../cluster.ts';
import { authsOf } from '../docker-auths.ts';
import { podEnvironment } from '../environment.ts';
import { openSource } from '../judging.ts';
import type { Lifetime } from '../lifetime.ts';
import { openReverifier } from '../reverify/index.ts';
import type { OpenReverifier } from '../reverify/index.ts';

/** A refusal is given on evidence that is no older; many pods are refused for one image. */
const ABSENCE_MS = 300_000;

/** With what it is opened. */
export interface ReverifyTask {
  readonly config: ServerConfig;
  readonly policies: PolicyStore;
  readonly access: KubeAccess;
  readonly instance: string;
  leads(): boolean;
}

/** The task: begun when leading begins for the first time; whoever leads no more writes nothing, and looks again when he leads anew. */
export function reverifyTask({ config, policies, access, instance, leads }: ReverifyTask, telemetry: Telemetry, lifetime: Lifetime): LeaderTask {
  const { events, writesPerSecond, reverify: { reports } } = config.controller;
  let opened: Promise<OpenReverifier> | undefined;
  const open = async (): Promise<OpenReverifier> => {
    const cluster = await openCluster({
      config: { ...config, kubernetes: { ...config.kubernetes, pullSecrets: readsPullSecrets(config) } },
      inCluster: podEnvironment(),
      readAuths: authsOf,
      failed: (problem) => telemetry.logger.warn({ problem }, 'namespaces cannot be followed'),
    });
    lifetime.defer(() => cluster.close());
    const source = await openSource({ ...config, cache: { ...config.cache, absenceTTL: ABSENCE_MS } }, policies, cluster);
    return openReverifier({
      policies, api: createKubeApi(access), writes: whileLeading(createKubeWrites(access), leads), source,
      engine: {
        namespaces: cluster.namespaces, unmatched: config.unmatched, build: buildSettings(config.pipelines), kinds: withRows(config.extractors),
        ...(cluster.facts === undefined ? {} : { facts: cluster.facts }),
        verification: { workers: config.workers ?? Math.max(1, availableParallelism() - 1), cacheBytes: config.cache.verificationBytes },
        examination: { threads: 1, cacheBytes: config.cache.examinationBytes },
      },
      settings: { reports, events, instance, writesPerSecond },
    }, telemetry, lifetime);
  };
  return {
    name: 'reverify',
    async run(signal) {
      if (opened === undefined) opened = open();
      else (await opened).changed();
      await opened;
      while (!signal.aborted) await pause(3_600_000, signal);
    },
  };
}

function whileLeading(writes: KubeWrites, leads: () => boolean): KubeWrites {
  const fence = <T>(write: () => Promise<T>): Promise<T> => (leads() ? write() : Promise.reject(new NotLeading()));
  return {
    apply: (...args) => fence(() => writes.apply(...args)),
    remove: (...args) => fence(() => writes.remove(...args)),
  };
}
