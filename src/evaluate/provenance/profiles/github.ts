/** What a certificate of GitHub Actions proves about a run, whatever the provenance says of it. */
import type { ProvenCertificate, ProvenSigner } from '../../../domain/policy/identity.ts';
import { commitOf } from '../dependencies.ts';
import { parseWorkflow } from '../../../domain/artifact/workflow.ts';
import type { Workflow } from '../../../domain/artifact/workflow.ts';
import type { Mismatch } from '../../content/mismatch.ts';
import type { Provenance, Source } from '../model.ts';

/**
 * Issuers of the OIDC tokens of GitHub Actions: the common one, and that of an enterprise, which ends with its slug (GitHub docs,
 * "OpenID Connect reference", customising the issuer). GitHub Enterprise servers have others and are other builders.
 */
const ISSUERS = /^https:\/\/token\.actions\.githubusercontent\.com(?:\/[A-Za-z0-9-]+)?$/;

/** The certificate and workflow of a signer that GitHub Actions itself identified; `undefined` for every other signer. */
export function githubSigner(signer: ProvenSigner): { readonly certificate: ProvenCertificate; readonly workflow: Workflow } | undefined {
  if (signer.kind !== 'certificate' || !ISSUERS.test(signer.issuer) || signer.subject.type !== 'uri') return undefined;
  const workflow = parseWorkflow(signer.subject.value);
  return workflow === undefined ? undefined : { certificate: signer, workflow };
}

/** A claim of the certificate, which GitHub's token proved; not the provenance's. */
export function proven(certificate: ProvenCertificate, name: string): string | undefined {
  return Object.hasOwn(certificate.claims, name) ? certificate.claims[name] : undefined;
}

/** Repository, ref and commit for which the certificate was issued; older certificates have only the first six extensions. */
function provenSource(certificate: ProvenCertificate): {
  repository?: string | undefined;
  ref?: string | undefined;
  commit?: string | undefined;
} {
  const old = proven(certificate, 'githubWorkflowRepository');
  return {
    repository: proven(certificate, 'sourceRepositoryURI') ?? (old === undefined ? undefined : `https://github.com/${old}`),
    ref: proven(certificate, 'sourceRepositoryRef') ?? proven(certificate, 'githubWorkflowRef'),
    commit: proven(certificate, 'sourceRepositoryDigest') ?? proven(certificate, 'githubWorkflowSha'),
  };
}

/** The repository that started the build, by the certificate. */
export function callingRepository(certificate: ProvenCertificate): string | undefined {
  return provenSource(certificate).repository;
}

/** Every point in which a source of the provenance differs from what the certificate proves about the run. */
export function sourceDisagreements(certificate: ProvenCertificate, provenance: Provenance): readonly Mismatch[] {
  const truth = provenSource(certificate);
  return provenance.sources.flatMap((source) => disagreements(source, truth));
}

function disagreements(source: Source, truth: ReturnType<typeof provenSource>): readonly Mismatch[] {
  const commit = commitOf(source.digests);
  return [
    ...differs('source repository', source.uri.path, source.repository ?? source.uri.value, truth.repository),
    ...(source.ref === undefined ? [] : differs('source ref', source.ref.path, source.ref.value, truth.ref)),
    ...(commit === undefined ? [] : differs('source commit', source.uri.path, commit, truth.commit)),
  ];
}

function differs(claim: string, path: string, found: string, expected: string | undefined): readonly Mismatch[] {
  return expected === undefined || expected === found
    ? []
    : [{ code: 'POLICY_PROVENANCE_SIGNER', claim, path, found, expected: `${expected}, as the certificate proves` }];
}

/** The provenance names a builder that this signer is not. */
export function notThisBuilder(provenance: Provenance, expected: string): Mismatch {
  return {
    code: 'POLICY_PROVENANCE_SIGNER',
    claim: 'builder id',
    path: provenance.builderId.path,
    found: provenance.builderId.value,
    expected,
  };
}

/** True when the job ran on GitHub's own machine; on any other, whoever owns the machine decides what the build does. */
export function onGithubMachine(certificate: ProvenCertificate): boolean {
  return proven(certificate, 'runnerEnvironment') === 'github-hosted';
}
