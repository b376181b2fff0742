/** `gatehouse controller` and its flags. */
import { repeated } from '../options.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addController: AddCommand = (program, context, done) => {
  program.command('controller').description('write the status of policies and Events of denials to the cluster, until SIGTERM')
    .option('--config <file>', 'configuration file (YAML), as for serve; flags win over it')
    .addOption(repeated('-p, --policy <dir>', 'folder with policies, as the server has them; may be repeated'))
    .option('--host <address>', 'address to listen on')
    .option('--ops-port <number>', 'port of health and metrics (8080), 0 for none')
    .option('--keep-certificate', 'make and rotate the serving certificate of the replicas')
    .option('--log-level <level>', 'fatal, error, warn, info or debug (info)')
    .action(async (flags) => done(await (await import('../controller.ts')).controller(flags, context)));
};
