/** The one table of ecosystems that are asked. */
import { cargo } from './cargo.ts';
import type { Ecosystem, EcosystemName } from './ecosystem.ts';
import { golang } from './golang.ts';
import { npm } from './npm.ts';
import { pypi } from './pypi.ts';

/** Who asks each ecosystem: the one place to register another. */
export const ECOSYSTEM: Readonly<Record<EcosystemName, Ecosystem>> = { npm, pypi, golang, cargo };
