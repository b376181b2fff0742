/** Examples at the end of the help of commands that bring none of their own; a test parses each of them. */
import type { Command } from 'commander';

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  serve: ['serve --dev-cert -p policies/', 'serve --config gatehouse.yaml --tls-cert tls.crt --tls-key tls.key'],
  controller: ['controller --config gatehouse.yaml', 'controller --config gatehouse.yaml --ops-port 8081 --log-level debug'],
  verify: [
    'verify ghcr.io/acme/app:1.4 -p policies/',
    'verify dist/app.tar.gz -p policies/ --evidence app.sigstore.json --offline',
    'verify -f deploy/ -p policies/ -o junit > report.xml',
  ],
  apply: ['apply -f deploy/ -p policies/', 'apply -f - -p policies/ --as alice --as-group developers'],
  admit: ['admit --lockfile package-lock.json -p policies/', 'admit -f review.json -p policies/',
    'admit --lockfile Cargo.lock --server https://gate.example:8444 --token-file token --ca ca.crt'],
  attest: ['attest ghcr.io/acme/app@sha256:4f5a --server https://gate.example:8444 --token-file token',
    'attest ghcr.io/acme/app@sha256:4f5a --server https://gate.example:8444 --token-file token --dry-run'],
  inspect: ['inspect ghcr.io/acme/app:1.4 > policy.yaml', 'inspect ghcr.io/acme/app:1.4 --key cosign.pub -o json'],
  check: ['check -p policies/', 'check -p policies/ --within 90d --fail-on-warn -o json', 'check --cluster',
    'check --denied registry.example/unsigned:1 --reason FETCH_NONE_FOUND --admitted registry.example/signed:1'],
  forecast: ['forecast -p policies/', 'forecast --cluster -n shop -o json', 'forecast -p policies/ --within 90d', 'forecast -p policies/ --at 2027-01-01T00:00:00Z'],
  'policy lint': ['policy lint policies/', 'policy lint policies/ --fail-on-warn -o sarif > lint.sarif'],
  'policy diff': ['policy diff old/ new/', 'policy diff old/ new/ -f deploy/ --fail-on-warn'],
  'policy import': ['policy import cluster-image-policy.yaml trust-root.yaml -o policies/', 'policy import - > policies.yaml'],
  'policy schema': ['policy schema > gatehouse.schema.json', 'policy schema ClusterArtifactPolicy'],
  'policy sign': ['policy sign policies/acme.yaml --key signer.pem --next --in-place', 'policy sign policies/acme.yaml --canonical > acme.bytes'],
  'policy record': ['policy record policies/acme.yaml --key record.pem -o record.json', 'policy record acme.yaml --key record.pem --after record.json'],
  'policy push': ['policy push ghcr.io/acme/policies:v1 policies/acme.yaml --set-version 4', 'policy push localhost:5000/policies:v1 acme.yaml --plain-http localhost:5000'],
  'definition canonical': ['definition canonical task.yaml > task.bytes', 'definition canonical -'],
  completion: ['completion bash > /etc/bash_completion.d/gatehouse', 'completion zsh', 'completion fish'],
  version: ['version', '--version'],
};

/** Adds them to every command of the tree that has some here. */
export function withExamples(command: Command, path: readonly string[] = []): void {
  const lines = EXAMPLES[path.join(' ')] ?? [];
  if (lines.length > 0) command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  gatehouse ${line}`).join('\n')}`);
  for (const child of command.commands) withExamples(child, [...path, child.name()]);
}
