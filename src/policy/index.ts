/** What the rest of the server sees of policies: compiling them, when their trust ends, and how a problem is shown. */
export { PUBLIC_GOOD } from './read/catalogue.ts';
export { compilePolicies, compilePolicySetSteps } from './compile/index.ts';
export type { CompiledPolicies, CompileTools } from './compile/index.ts';
export { compileSignersAlone } from './signers-alone.ts';
export type { SignersAlone } from './signers-alone.ts';
export { expiries, nextEnd, trustEnds } from './expiries.ts';
export type { TrustEnd } from './expiries.ts';
export { WARN_AHEAD } from './lint/ends.ts';
export { LINT_RULES } from './lint/rules.ts';
export { lintStores } from './lint/configuration/stores.ts';
export type { LintedStore } from './lint/configuration/stores.ts';
export { compareSets } from './compare.ts';
export { jsonSchemas } from './json-schema/index.ts';
export { lostPolicies } from './lost.ts';
export { didYouMean } from './read/suggest.ts';
export { formatProblem } from './read/problems.ts';
export { documentOfValue, readDocumentSteps as readPolicyDocuments } from './read/documents.ts';
export type { PolicyDocument, PolicyText } from './read/documents.ts';
