/** Breakpoints, which hold containers open and change what runs. */
import type { HygieneJudge } from './rule.ts';

/** Judges what the object asks for as a whole. */
export const judgeDebug: HygieneJudge = ({ matter }) =>
  (matter.about === 'build' && matter.request.debug !== undefined ? [{ code: 'POLICY_HYGIENE_DEBUG', path: matter.request.debug }] : []);
