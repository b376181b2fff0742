/** The resources of this engine and how each is read. */
import type { EngineReaders } from '../reading.ts';

export const SHIPWRIGHT_READERS: EngineReaders = {};
