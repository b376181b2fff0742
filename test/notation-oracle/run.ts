// npm run test:notation: envelopes against notation-go, which the Notary Project's own tools verify and sign with. Ends with `N passed, N failed`.
import { runSuites } from '../support/suites.ts';
import { ensureOracle } from './oracle.ts';

process.exitCode = await runSuites({ script: 'test:notation', folder: 'notation-oracle', ready: (say) => ({ NOTATION_ORACLE: ensureOracle(say) }) });
