/** The resources of Shipwright and how each is read. */
import type { EngineReaders } from '../reading.ts';
import { buildReader, buildRunReader } from './build.ts';
import { strategyReader } from './strategy.ts';

/** Readers of the objects of Shipwright, by `group/resource`. */
export const SHIPWRIGHT_READERS: EngineReaders = {
  'shipwright.io/builds': buildReader,
  'shipwright.io/buildruns': buildRunReader,
  'shipwright.io/buildstrategies': strategyReader('BuildStrategy'),
  'shipwright.io/clusterbuildstrategies': strategyReader('ClusterBuildStrategy'),
};
