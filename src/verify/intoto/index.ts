/** In-toto layouts and links: who signed what. What it is worth is judged in `evaluate/layout/`. */
export type { LayoutFile } from './layout-file.ts';
export type { LayoutKey } from './layout-key.ts';
export { readLayoutKey } from './layout-key.ts';
export { LAYOUT_LIMITS } from './limits.ts';
export type { LayoutQuestion } from './prove-layout.ts';
export { proveLayout } from './prove-layout.ts';
export { readMetadata } from './metadata.ts';
