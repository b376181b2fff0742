/** Other rooms as commands use them, each loaded by the command that asks for it. */
import { UsageError } from '../../surfaces/cli/context.ts';
import type { CliRooms } from '../../surfaces/cli/context.ts';

/** What commands need of other rooms, loaded when a command asks for it: `gatehouse --help` loads none of it, `lint` no engine. */
export const localRooms: Omit<CliRooms, 'serve'> = {
  async control(config) {
    const { control } = await import('../controller/process.ts');
    await control(config).catch((cause: unknown) => {
      throw new UsageError(cause instanceof Error ? cause.message : String(cause));
    });
  },
  async lint(folders, now, signedBy, config) {
    const { lintFolders } = await import('./policies.ts');
    return lintFolders(folders, now, signedBy, config);
  },
  async openComparison(before, after, options) {
    const { openComparison } = await import('./policy/diff.ts');
    return openComparison(before, after, options);
  },
  async schema(kind) {
    const { schemaOf } = await import('./policy/schemas.ts');
    return schemaOf(kind);
  },
  async check(folders, now, ahead) {
    const { checkFolders } = await import('./policies.ts');
    return checkFolders(folders, now, ahead);
  },
  async checkCluster(check, now) {
    const { checkCluster } = await import('./cluster-check.ts');
    return checkCluster(check, now);
  },
  async canonical(definition) {
    const { canonicalBytes } = await import('./definition.ts');
    return canonicalBytes(definition);
  },
  async rehearse(paths, wanted) {
    const { rehearse } = await import('./rehearse.ts');
    return rehearse(paths, wanted);
  },
  async importPolicies(paths, stdin, from) {
    const { importFiles } = await import('./import.ts');
    return importFiles(paths, stdin, from);
  },
  async writeFolder(folder, files, isOver) {
    const { writeFolder } = await import('./import.ts');
    return writeFolder(folder, files, isOver);
  },
  async signPolicies(paths, by) {
    const { signPolicies } = await import('./policy/sign.ts');
    return signPolicies(paths, by);
  },
  async recordVersions(paths, by, now) {
    const { recordVersions } = await import('./policy/record.ts');
    return recordVersions(paths, by, now);
  },
  async pushPolicies(reference, paths, options) {
    const { pushPolicies } = await import('./policy/push.ts');
    return pushPolicies(reference, paths, options);
  },
  async openEngine(options) {
    const { openLocalEngine } = await import('./engine.ts');
    return openLocalEngine(options);
  },
  async openGate(options) {
    const { openGateClient } = await import('./gate-client.ts');
    return openGateClient(options);
  },
  async openSigner(options) {
    const { openSigner } = await import('./signer.ts');
    return openSigner(options);
  },
  async forecast(options) {
    const { forecastFor } = await import('../forecast/index.ts');
    return forecastFor(options);
  },
  async openInspector(options) {
    const { openLocalInspector } = await import('./inspect/inspector.ts');
    return openLocalInspector(options);
  },
};
