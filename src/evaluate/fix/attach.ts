/** How what a requirement asks for comes to lie beside the artifact: who signs it, by which command, and that nothing else will do. */
import { ecosystemOf } from '../../domain/artifact/ecosystem.ts';
import type { ProvenanceRequirement } from '../../domain/policy/build-requirement.ts';
import type { Requirement, SignatureRequirement } from '../../domain/policy/requirement.ts';
import type { Question } from '../question.ts';
import { BUILT_BY, piecesOf } from './evidence.ts';
import type { Piece } from './evidence.ts';
import { whoText } from './names.ts';
import { areWorkflows, commandText } from './ways.ts';

type About = Question['artifact'];

/** Of packages the publisher alone can do something, where his ecosystem keeps attestations of builds. */
const BY_ITS_PUBLISHER =
  'have its publisher publish from a build with attestations; or save those that its registry answers for it, and hand them over '
  + '(on the command line: --evidence)';

/** Nothing can be pushed beside a file or a package: its evidence is handed in. */
const HANDED_OVER = 'hand over what that makes, as evidence of the question (on the command line: --evidence)';

/** Signatures of commits lie in the commits. */
const OBJECTS_HANDED_OVER = 'hand over the raw objects (on the command line: --repo DIR)';

/** What helps when nothing is there that the requirement could be judged by; `undefined` when it is not evidence that is missing. */
export function attachText(requirement: Requirement, artifact: About): string | undefined {
  if (artifact.kind === 'package' && ecosystemOf(artifact.name)?.attestsBuilds === true) return BY_ITS_PUBLISHER;
  const how = howText(requirement, artifact);
  if (how === undefined || artifact.kind === 'image') return how;
  return `${how}; ${artifact.kind === 'git' && requirement.kind !== 'attestation' ? OBJECTS_HANDED_OVER : HANDED_OVER}`;
}

function howText(requirement: Requirement, artifact: About): string | undefined {
  switch (requirement.kind) {
    case 'signature':
      return `sign it as ${whoText(requirement)}: ${signCommand(requirement, artifact)}`;
    case 'provenance':
      return provenanceText(requirement, artifact);
    case 'reproducible':
      return `have ${whoText(requirement)} rebuild it from the same source, each with a key of its own, and attest that: `
        + commandOf(piecesOf(requirement)[0], artifact);
    case 'layout':
      return requirement.form === 'signed' ? LINKS : stepsText(piecesOf(requirement), artifact);
    case 'attestation':
    case 'examined':
    case 'vsa':
      return piecesOf(requirement).map((piece) => pieceText(piece, artifact)).join('; ');
    case 'source':
      return `sign the commit itself as ${whoText({ by: requirement.by, threshold: 1 })}: ${COMMIT_COMMAND}`;
    case 'registry':
      return 'use a version that its registry signs, or have the registry sign this one';
    case 'anyOf':
    case 'encryption':
      return undefined;
  }
}

/** A commit that is signed afterwards is another commit. */
const COMMIT_COMMAND = 'git commit -S (with --amend --no-edit it makes another of the last one)';

const ALONE = 'a signature alone does not help';

const LINKS = 'attach the links that its functionaries signed in the run that made this artifact';

/** The command that makes a signature which the requirement takes. */
export function signCommand({ by, bindRepository, annotations = [] }: SignatureRequirement, { kind }: Pick<About, 'kind'>): string {
  if (kind === 'git') return `${COMMIT_COMMAND}, or git tag -s NAME COMMIT`;
  const said = annotations.map(({ name, value }) => `-a ${name}=${value.kind === 'exact' ? value.source : 'VALUE'}`);
  // Bundles, which cosign 3 writes, name no repository.
  const flags = [...said, ...(bindRepository && kind === 'image' ? ['--new-bundle-format=false'] : [])];
  return commandText(by, { verb: 'sign', flags, kind });
}

/** The command that attests a piece, in the form that its signers need. */
export function commandOf(piece: Piece | undefined, { kind }: Pick<About, 'kind'>): string {
  const { type = '', file = '', by = [] } = piece ?? {};
  return commandText(by, { verb: 'attest', flags: [`--type ${type}`, `--predicate ${file}`], kind });
}

/** How one piece is attached: `attach an SBOM, signed by scanner: cosign attest --type spdxjson …; a signature alone does not help`. */
export function pieceText(piece: Piece, artifact: Pick<About, 'kind'>): string {
  const made = piece.made === undefined ? '' : ` (${piece.file} by: ${piece.made})`;
  return `attach ${piece.what}, signed by ${whoText(piece)}: ${commandOf(piece, artifact)}${made}; ${ALONE}`;
}

/** Provenance is written by what builds: where a workflow signs it, no command of a person makes it. */
function provenanceText(requirement: ProvenanceRequirement, artifact: About): string {
  const by = requirement.profile === undefined ? undefined : BUILT_BY[requirement.profile];
  if (by !== undefined) return `have the build write provenance by ${by}, signed by ${whoText(requirement)}; ${ALONE}`;
  const [piece] = piecesOf(requirement);
  if (areWorkflows(requirement.by))
    return `build it in the workflow under "expected", which attests provenance as ${whoText(requirement)}: ${commandOf(piece, artifact)}; ${ALONE}`;
  return piece === undefined ? '' : pieceText(piece, artifact);
}

/** Each step with what its signers attest. */
function stepsText(pieces: readonly Piece[], artifact: About): string {
  const [only, ...more] = pieces;
  if (only !== undefined && more.length === 0) return pieceText(only, artifact);
  return `attach what each step attests: ${pieces.map((piece) => `${piece.what} signed by ${whoText(piece)}`).join(', then ')} `
    + `(${commandOf(pieces[0], artifact)}); ${ALONE}`;
}
