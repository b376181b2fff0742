/** The one table of ecosystems that are asked. */
import type { Ecosystem, EcosystemName } from './ecosystem.ts';
import { npm } from './npm.ts';

/** Who asks each ecosystem: the one place to register another. */
export const ECOSYSTEM: Readonly<Record<EcosystemName, Ecosystem>> = { npm };
