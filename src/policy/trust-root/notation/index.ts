/** Trust roots of kind notation: trust stores of the Notary Project, and what its signatures need under them. */
import { z } from 'zod';
import type { NotationRoot } from '../../../domain/policy/trust-root.ts';
import { list, strict, word } from '../../schema/fields.ts';
import type { CompileTools, TrustRootPart } from '../part.ts';
import { compileRevocationField } from '../revocation.ts';

const store = z.string().max(1_048_576, 'is longer than 1048576 characters').optional();
const name = z.string().min(1, 'is empty').max(256, 'is longer than 256 characters');
const MOST = 16;

/** How a trust root may ask what authorities revoked: `hard` where trust policies enforce it, `soft` where they log it. */
export const NOTATION_REVOCATION: readonly ['hard', 'soft', 'off'] = ['hard', 'soft', 'off'];

const notationField = strict({
  ca: store,
  signingAuthority: store,
  tsa: store,
  verifyTimestamp: word('always', 'afterCertExpiry').optional(),
  revocation: word(...NOTATION_REVOCATION).optional(),
  verificationPlugins: list(strict({ name, attributes: list(name, 'attribute', MOST).optional() }), 'plug-in', MOST).optional(),
});

/** Trust stores as a document writes them. */
export type NotationRootField = z.output<typeof notationField>;

/** Trust stores of the Notary Project. */
export const notationPart: TrustRootPart<'notation', NotationRootField> = {
  schema: notationField,
  compile: compileNotationRoot,
  windows: ({ name: of, ca, signingAuthority, tsa, verifyTimestamp }, trust) => ({
    name: of,
    require: { ...NOTHING, timestamps: tsa.length > 0 && verifyTimestamp === 'always' ? 1 : 0 },
    windows: [
      ...trust.anchorWindows(ca).map((window) => ({ ...window, store: 'ca' })),
      ...trust.anchorWindows(signingAuthority).map((window) => ({ ...window, store: 'signingAuthority' })),
      ...trust.anchorWindows(tsa).map((window) => ({ ...window, kind: 'timestamp-authority' as const })),
    ],
  }),
  listsLogs: () => false,
  datesNothing: ({ tsa, signingAuthority }) => tsa.length === 0 && signingAuthority.length === 0,
};

const UNRUN =
  'nobody runs these plug-ins, so whatever they would refuse is admitted: revoke here what is revoked there, in a RevocationList, or leave them out';
const NOTHING = { transparencyLog: 0, sct: 0, timestamps: 0 };

function compileNotationRoot(name: string, written: NotationRootField, tools: CompileTools): NotationRoot | undefined {
  const { report, trust } = tools;
  const read = (field: 'ca' | 'signingAuthority' | 'tsa'): readonly string[] | undefined => {
    const pem = written[field];
    if (pem === undefined) return [];
    const { anchors, problems } = trust.notationStore(pem, field === 'tsa' ? 'tsa' : 'signing');
    for (const problem of problems) report.error(['spec', 'notation', field], problem);
    return problems.length === 0 ? anchors : undefined;
  };
  const [ca, signingAuthority, tsa] = [read('ca'), read('signingAuthority'), read('tsa')];
  const sound = checkFields(written, tools);
  if (ca === undefined || signingAuthority === undefined || tsa === undefined || !sound) return undefined;
  const verifyTimestamp = written.verifyTimestamp ?? 'always';
  if (written.verificationPlugins !== undefined) report.advise('notation-plugin-unrun', ['spec', 'notation', 'verificationPlugins'], UNRUN);
  const plugins = (written.verificationPlugins ?? []).map((one) => ({ name: one.name, attributes: one.attributes ?? [] }));
  const asked = compileRevocationField(written.revocation === undefined ? undefined : { mode: written.revocation });
  const content = { ca, signingAuthority, tsa, verifyTimestamp, plugins, ...asked };
  return { kind: 'notation', name, id: trust.hash({ kind: 'notation', name, ...content }), ...content };
}

/** Nothing may be written that could never have an effect. */
function checkFields({ ca, signingAuthority, tsa, verifyTimestamp }: NotationRootField, { report }: CompileTools): boolean {
  const at = (field: string): readonly string[] => ['spec', 'notation', field];
  if (ca === undefined && signingAuthority === undefined)
    report.error(['spec', 'notation'], 'names no trust store of signers: write ca, signingAuthority or both');
  else if (tsa !== undefined && ca === undefined)
    report.error(at('tsa'), 'dates signatures of the scheme notary.x509 alone, whose signers stand in ca, which is missing');
  else if (verifyTimestamp !== undefined && tsa === undefined)
    report.error(at('verifyTimestamp'), 'has no effect without tsa, the roots of timestamp authorities');
  else return true;
  return false;
}
