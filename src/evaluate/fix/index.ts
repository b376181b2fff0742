/** What helps against a finding, where the requirement that was judged says more than the catalogue can. */
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import type { Requirement, Signer } from '../../domain/policy/requirement.ts';
import type { Question } from '../question.ts';
import { attachText, commandOf, signCommand } from './attach.ts';
import { piecesOf, vexPiece } from './evidence.ts';
import { whoText } from './names.ts';
import { areWorkflows } from './ways.ts';

/** What a fix is made of. */
interface Case {
  readonly requirement: Requirement;
  readonly finding: Finding;
  readonly artifact: Question['artifact'];
}

type Fix = (about: Case) => string | undefined;

/** The codes whose fix depends on who must sign what, or on what the policy accepts. */
const FIXES: Partial<Record<ReasonCode, Fix>> = {
  FETCH_NONE_FOUND: attach,
  POLICY_TYPE_MISSING: attach,
  VERIFY_SIGNATURE_INVALID: ({ requirement, artifact }) =>
    `it was changed after signing, or damaged; sign it again${again(requirement, artifact)}`,
  VERIFY_SIGNER_UNTRUSTED: bySigner,
  VERIFY_CERTIFICATE_UNTRUSTED: bySigner,
  VERIFY_SUBJECT_MISMATCH: otherThan,
  POLICY_THRESHOLD: ({ requirement, finding }) => {
    const wanted = wantedOf(requirement);
    const further = wanted?.by.filter(({ name }) => !counted(finding).includes(name)) ?? [];
    return further.length === 0 ? undefined : `have further signers sign the same digest: ${whoText({ by: further, threshold: 1 })}`;
  },
  POLICY_KEY_WINDOW: renewed,
  POLICY_SIGNER_WINDOW: renewed,
  POLICY_SIGNATURE_EXPIRED: ({ requirement, artifact }) => `sign it again${again(requirement, artifact)}`,
  POLICY_TOO_OLD: ({ requirement, artifact }) => remade(requirement, artifact),
  POLICY_SBOM_INCOMPLETE: ({ requirement, artifact }) =>
    `make the SBOM from the pushed image, so that it names its digest and the version of every package, and attest it${again(requirement, artifact)}`,
  POLICY_CONTENT_UNREADABLE: ({ requirement, artifact }) =>
    `have a current tool write what its type promises, and attest that${again(requirement, artifact)}`,
  POLICY_VULNERABLE: ({ requirement, artifact }) => {
    const rescan = 'update the packages, then scan and attest again';
    const vex = requirement.kind === 'examined' ? vexPiece(requirement) : undefined;
    if (vex === undefined) return `${rescan}; or ask the owner of the policy to accept VEX statements (vulnerability.vex)`;
    return `${rescan}; or, if they do not apply, have ${whoText(vex)} attest OpenVEX (not_affected) for this digest: ${commandOf(vex, artifact)}`;
  },
  POLICY_REPRODUCIBLE: ({ requirement, artifact }) => attachText(requirement, artifact),
  POLICY_REVIEW: ({ requirement, artifact }) => `have somebody other than the author review and approve it${again(requirement, artifact)}`,
  POLICY_ANNOTATION: ({ requirement, artifact }) => `sign it again${again(requirement, artifact)}`,
  POLICY_LAYOUT_STEP: ({ requirement, artifact, finding }) => attachText(ofSteps(requirement, finding), artifact),
};

/** The finding, with a fix that knows the requirement; unchanged where it has one, where it holds, and where the catalogue says all. */
export function withFix(finding: Finding, requirement: Requirement, { artifact }: Question): Finding {
  if (finding.verdict === 'satisfied' || finding.fix !== undefined) return finding;
  const fix = FIXES[finding.code]?.({ requirement, finding, artifact });
  return fix === undefined ? finding : { ...finding, fix };
}

/** Of packages nothing is signed anew, and commits and tags carry their signatures: something else was handed over. */
function otherThan({ requirement, artifact }: Case): string {
  if (artifact.kind === 'package')
    return 'what was found speaks about another package, version or file; hand over the evidence of this one (on the command line: --evidence)';
  if (artifact.kind === 'git' && (requirement.kind === 'source' || requirement.kind === 'signature'))
    return 'what was found is another object; hand over the commit that is asked about (git cat-file commit ID), and tags that point to it';
  return `what was found speaks about another artifact; sign this digest${again(requirement, artifact)}`;
}

function attach({ requirement, artifact }: Case): string | undefined {
  return attachText(requirement, artifact);
}

/** A workflow is run, a key is used: nobody is told to trust whoever did sign. */
function bySigner({ requirement, artifact }: Case): string | undefined {
  const wanted = wantedOf(requirement);
  if (wanted === undefined) return undefined;
  return areWorkflows(wanted.by)
    ? `build it with the workflow under "expected" (${whoText(wanted)}), which signs it`
    : `it has to be signed by whom "expected" names; sign it${again(requirement, artifact)}`;
}

/** Past its window no signature of that key is made good by signing again with it. */
function renewed({ requirement, artifact }: Case): string {
  return `sign it with a key or identity that counts today${again(requirement, artifact)}; or ask the owner of the policy to add the next one`;
}

/** What is old does not get younger by a new signature on it, if the policy looks at the time of a scan, a build or a verification. */
function remade(requirement: Requirement, artifact: Question['artifact']): string {
  const how = again(requirement, artifact);
  switch (requirement.kind) {
    case 'examined':
      return requirement.written === 'vulnerability'
        ? `scan again and attest the new report${how}; signing the old one again does not make it younger`
        : `make it anew and attest that${how}`;
    case 'provenance':
    case 'reproducible':
      return 'build it again and attest that; signing the old provenance again does not make it younger';
    case 'vsa':
      return `have ${whoText(requirement)} verify it again; signing the old summary again does not make it younger`;
    case 'signature':
      return `sign it again${how}`;
    case 'attestation':
    case 'layout':
    case 'encryption':
    case 'registry':
    case 'source':
    case 'anyOf':
      return `attest it again${how}`;
  }
}

/** ` as alice: cosign …`, the command that makes what the requirement asks for; empty where no single one does. */
function again(requirement: Requirement, { kind }: Question['artifact']): string {
  if (kind === 'package') return ''; // Registries and publishers sign those, in ways of their own.
  if (requirement.kind === 'signature') return ` as ${whoText(requirement)}: ${signCommand(requirement, { kind })}`;
  const [piece, ...more] = piecesOf(requirement);
  return piece === undefined || more.length > 0 ? '' : ` as ${whoText(piece)}: ${commandOf(piece, { kind })}`;
}

function wantedOf(requirement: Requirement): { readonly by: readonly Signer[]; readonly threshold: number } | undefined {
  return 'by' in requirement && 'threshold' in requirement && requirement.by.length > 0
    ? { by: requirement.by, threshold: requirement.threshold }
    : undefined;
}

/** The steps alone of which something is wanting: `expected` says of each `step build: …`. */
function ofSteps(requirement: Requirement, { expected = [] }: Finding): Requirement {
  if (requirement.kind !== 'layout' || requirement.form !== 'steps') return requirement;
  const steps = requirement.steps.filter(({ name }) => expected.some((text) => text.startsWith(`step ${name}: `)));
  return steps.length === 0 ? requirement : { ...requirement, steps };
}

/** Names that count already: `found` of a threshold is `1: alice`. */
function counted({ found = [] }: Finding): readonly string[] {
  return found.flatMap((text) => text.replace(/^\d+: /, '').split(', '));
}
