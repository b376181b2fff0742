/** `gatehouse serve` and its flags. */
import { repeated } from '../options.ts';
import type { AddCommand } from './command.ts';

/** Adds it to the program. */
export const addServe: AddCommand = (program, context, done) => {
  program.command('serve').description('run the admission server until SIGTERM')
    .option('--config <file>', 'configuration file (YAML); flags win over it')
    .addOption(repeated('-p, --policy <dir>', 'folder with policies; may be repeated'))
    .option('--host <address>', 'address to listen on')
    .option('--port <number>', 'port of the webhook (8443)')
    .option('--ops-port <number>', 'port of health and metrics (8080), 0 for none')
    .option('--gate-port <port>', 'port that build tasks ask, 0 for none (0)')
    .option('--tls-cert <file>', 'serving certificate chain, PEM')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--client-ca <file>', 'CA of the certificate by which the API server shows itself, PEM')
    .option('--dev-cert', 'make a self-signed certificate in memory, for trials; also done when none is given')
    .addOption(repeated('--dev-cert-name <name>', 'further name or address in that certificate; may be repeated'))
    .option('--namespaces <file>', 'Namespace objects, in place of an API server')
    .addOption(
      repeated('--plain-http <host[:port]>', 'registry that is asked over plain HTTP, and may be on this machine; may be repeated'),
    )
    .option('--docker-config <file>', 'docker config.json with credentials')
    .option('--unmatched <deny|warn|allow>', 'what becomes of artifacts that no policy speaks about (deny)')
    .option('--drain <duration>', 'how long to serve on after SIGTERM (10s)')
    .option('--log-level <level>', 'fatal, error, warn, info or debug (info)')
    .action(async (flags) => done(await (await import('../serve.ts')).serve(flags, context)));
};
