/** How the pages look, and the content security policy that allows this and nothing else. */
import { createHash } from 'node:crypto';

/** The one style sheet of the pages, inline, so that the content security policy can name its hash. */
export const STYLE = `
:root{color-scheme:light dark;--line:#8884;--good:#1a7f37;--bad:#cf222e;--open:#9a6700}
@media(prefers-color-scheme:dark){:root{--good:#3fb950;--bad:#ff7b72;--open:#d29922}}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:75rem;padding:1.5rem}
h1{font-size:1.4rem;margin:0 0 1rem}h2{font-size:1.05rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid var(--line);padding:.45rem .6rem;text-align:left;vertical-align:top}
th{font-weight:600;white-space:nowrap}code,.mono{font-family:ui-monospace,monospace;font-size:.86em;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}dt{opacity:.7}dd{margin:0}
.satisfied,.admit{color:var(--good)}.violated,.deny{color:var(--bad)}.undetermined,.warn{color:var(--open)}
.satisfied,.violated,.undetermined,.admit,.deny,.warn{font-weight:600}ul{margin:0;padding-left:1.1rem}.scroll{overflow-x:auto}
.card{border:1px solid var(--line);border-radius:6px;margin:0 0 1rem;padding:.8rem 1rem}h3{font-size:1rem;margin:0 0 .6rem}
`;

/** Scripts, frames, forms, images and foreign styles are all forbidden; only our own style sheet, by its hash, is let in. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
