export { compilePolicies } from './compile.ts';
export type { CompiledPolicies } from './compile.ts';
export { formatProblem } from './problems.ts';
