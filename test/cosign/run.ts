// npm run test:cosign [-- FILTER…]: a real cosign signs in every layout, Gatehouse verifies. Ends with `N passed, N failed`.
import { ensureTools } from '../cluster/tools.ts';
import { inNewFolder, runSuites } from '../support/suites.ts';

process.exitCode = await inNewFolder('gatehouse-cosign-', (folder) => runSuites({
  script: 'test:cosign', folder: 'cosign',
  async ready(say) {
    await ensureTools(say, ['cosign']);
    return { GATEHOUSE_CLUSTER_DIR: folder };
  },
}));
