export { PUBLIC_GOOD } from './catalogue.ts';
export { compilePolicies } from './compile.ts';
export type { CompiledPolicies } from './compile.ts';
export { expiries, trustEnds, WARN_AHEAD } from './expiries.ts';
export type { TrustEnd } from './expiries.ts';
export { formatProblem } from './problems.ts';
