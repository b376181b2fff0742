/** In-toto statements, and predicates of the usual types. */
import { digestAlgorithm, digestHex } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { rfc3339 } from './encode.ts';

/** A predicate with its type, ready to be put into a statement. */
export interface Predicate {
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** One subject of a statement. */
export interface Subject {
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** An in-toto statement, not yet serialised or signed. */
export interface InTotoStatement extends Predicate {
  readonly _type: string;
  readonly subject: readonly Subject[];
}

export const STATEMENT_V01 = 'https://in-toto.io/Statement/v0.1';
export const STATEMENT_V1 = 'https://in-toto.io/Statement/v1';

/** Predicate type with which `cosign sign` v3 marks its signatures. */
export const COSIGN_SIGN_TYPE = 'https://sigstore.dev/cosign/sign/v1';

/** A statement about one digest or about the subjects given. */
export function makeStatement(
  about: Digest | readonly Subject[], predicate: Predicate,
  options: { readonly version?: 'v0.1' | 'v1'; readonly name?: string } = {},
): InTotoStatement {
  return {
    _type: options.version === 'v0.1' ? STATEMENT_V01 : STATEMENT_V1,
    subject: typeof about === 'string' ? [subjectOf(about, options.name)] : about,
    ...predicate,
  };
}

/** A subject naming one digest. */
export function subjectOf(digest: Digest, name?: string): Subject {
  return { ...(name !== undefined && { name }), digest: { [digestAlgorithm(digest)]: digestHex(digest) } };
}

/** The statement `cosign sign` v3 makes: empty predicate, user annotations on the subject. */
export function cosignSignStatement(digest: Digest, annotations?: Readonly<Record<string, string>>): InTotoStatement {
  const subject = { ...subjectOf(digest), ...(annotations && { annotations }) };
  return makeStatement([subject], { predicateType: COSIGN_SIGN_TYPE, predicate: {} });
}

/** What a build was made from and by whom; both provenance versions are written from it. */
export interface Build {
  readonly builder?: string;
  readonly buildType?: string;
  /** Source as a SPDX download location, with ref: `git+https://github.com/acme/app@refs/tags/v1`. */
  readonly source?: string;
  readonly commit?: string;
  readonly entryPoint?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly invocationId?: string;
  /** Epoch milliseconds. */
  readonly startedOn?: number;
  readonly finishedOn?: number;
  readonly dependencies?: readonly { readonly uri: string; readonly digest: Readonly<Record<string, string>> }[];
}

const BUILD = {
  builder: 'https://tekton.dev/chains/v2',
  buildType: 'https://tekton.dev/chains/v2/slsa-tekton',
  source: 'git+https://github.com/acme/app@refs/tags/v1.0.0',
  commit: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  entryPoint: '.github/workflows/release.yml',
  invocationId: 'https://github.com/acme/app/actions/runs/1/attempts/1',
} as const;

/** SLSA provenance v1 (slsa.dev/spec/v1.0/provenance). */
export function slsaProvenanceV1(build: Build = {}): Predicate {
  const b = { ...BUILD, ...build };
  const [uri, ref] = splitRef(b.source);
  return {
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: b.buildType,
        externalParameters: { workflow: { ref, repository: uri.replace(/^git\+/, ''), path: b.entryPoint }, ...b.parameters },
        internalParameters: {},
        resolvedDependencies: [{ uri: b.source, digest: { gitCommit: b.commit } }, ...(b.dependencies ?? [])],
      },
      runDetails: {
        builder: { id: b.builder },
        metadata: { invocationId: b.invocationId, ...buildTimes(build, 'startedOn', 'finishedOn') },
      },
    },
  };
}

/** SLSA provenance v0.2 (slsa.dev/provenance/v0.2). */
export function slsaProvenanceV02(build: Build = {}): Predicate {
  const b = { ...BUILD, ...build };
  const source = { uri: b.source, digest: { sha1: b.commit } };
  return {
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      builder: { id: b.builder },
      buildType: b.buildType,
      invocation: { configSource: { ...source, entryPoint: b.entryPoint }, parameters: b.parameters ?? {}, environment: {} },
      metadata: {
        buildInvocationId: b.invocationId,
        ...buildTimes(build, 'buildStartedOn', 'buildFinishedOn'),
        completeness: { parameters: true, environment: false, materials: false },
        reproducible: false,
      },
      materials: [source, ...(b.dependencies ?? [])],
    },
  };
}

/** A cosign vulnerability scan; `severities` become one finding each. */
export function vulnScan(scan: { readonly at: number; readonly severities?: readonly string[]; readonly scanner?: string }): Predicate {
  return {
    predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1',
    predicate: {
      invocation: { parameters: null, uri: '', event_id: '', 'builder.id': '' },
      scanner: {
        uri: scan.scanner ?? 'pkg:github/aquasecurity/trivy@0.57.0',
        version: '0.57.0',
        db: { uri: '', version: '' },
        result: (scan.severities ?? []).map((severity, i) => ({ id: `CVE-2025-${1000 + i}`, severity })),
      },
      metadata: { scanStartedOn: rfc3339(scan.at), scanFinishedOn: rfc3339(scan.at + 1000) },
    },
  };
}

/** A minimal SPDX 2.3 document with one package per name. */
export function spdxDocument(sbom: { readonly at: number; readonly packages?: readonly string[] }): Predicate {
  return {
    predicateType: 'https://spdx.dev/Document',
    predicate: {
      spdxVersion: 'SPDX-2.3',
      SPDXID: 'SPDXRef-DOCUMENT',
      dataLicense: 'CC0-1.0',
      name: 'world',
      documentNamespace: 'https://spdx.world.example/doc/1',
      creationInfo: { created: rfc3339(sbom.at), creators: ['Tool: world'] },
      packages: (sbom.packages ?? ['app']).map((name) => ({
        name, SPDXID: `SPDXRef-${name}`, versionInfo: '1.0.0', downloadLocation: 'NOASSERTION',
      })),
    },
  };
}

/** What a verifier found; `at` in epoch milliseconds. */
export interface VerificationSummary {
  readonly at: number;
  readonly verifier?: string;
  readonly resourceUri: string;
  readonly levels?: readonly string[];
  readonly result?: 'PASSED' | 'FAILED';
}

/** A SLSA verification summary (slsa.dev/verification_summary/v1). */
export function verificationSummary(vsa: VerificationSummary): Predicate {
  return {
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verifier: { id: vsa.verifier ?? 'https://verifier.world.example' },
      timeVerified: rfc3339(vsa.at),
      resourceUri: vsa.resourceUri,
      policy: { uri: 'https://verifier.world.example/policy' },
      verificationResult: vsa.result ?? 'PASSED',
      verifiedLevels: vsa.levels ?? ['SLSA_BUILD_LEVEL_3'],
    },
  };
}

function splitRef(source: string): readonly [uri: string, ref: string] {
  const at = source.lastIndexOf('@');
  return at < 0 ? [source, ''] : [source.slice(0, at), source.slice(at + 1)];
}

function buildTimes(build: Build, started: string, finished: string): Record<string, string> {
  return {
    ...(build.startedOn !== undefined && { [started]: rfc3339(build.startedOn) }),
    ...(build.finishedOn !== undefined && { [finished]: rfc3339(build.finishedOn) }),
  };
}
