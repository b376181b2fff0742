/** How the pages look, and the content security policy that allows this and nothing else. */
import { createHash } from 'node:crypto';

/**
 * The one style sheet of the pages, inline, so that the content security policy can name its hash.
 *
 * Every text has a contrast of at least 4.5 to what is behind it, dark and light (WCAG 2.2, 1.4.3); nothing moves; below 64rem a table is
 * shown as cards, so that nothing is wider than a telephone.
 */
export const STYLE = `
:root{color-scheme:light dark;--back:#fff;--card:#f6f8fa;--text:#1f2328;--mild:#57606a;--line:#d0d7de;--edge:#6e7781;
--link:#0550ae;--good:#116329;--bad:#a40e26;--open:#7d4e00}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--card:#161b22;--text:#e6edf3;--mild:#9da7b3;--line:#30363d;--edge:#8b949e;
--link:#79c0ff;--good:#56d364;--bad:#ffa198;--open:#e3b341}}
*{box-sizing:border-box}
body{background:var(--back);color:var(--text);font:15px/1.55 system-ui,sans-serif;margin:0}
header,main,footer{margin:0 auto;max-width:78rem;padding:.9rem 1.25rem}
header{border-bottom:1px solid var(--line);display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline}
header p{font-weight:600;margin:0}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:0;padding:0}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}.skip:focus{left:.5rem;top:.5rem;background:var(--back);padding:.4rem .8rem}
h1{font-size:1.4rem;line-height:1.3;margin:.3rem 0 .8rem}h2{font-size:1.1rem;margin:1.8rem 0 .6rem}h3,h4{font-size:1rem;
margin:0 0 .5rem}
p{margin:.4rem 0}.mild,caption,dt{color:var(--mild)}
code,.mono{font-family:ui-monospace,SFMono-Regular,monospace;font-size:.87em}
code,.mono,dd,td,li,summary,h1,h3,h4{overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.4rem 0}
th,td{border-bottom:1px solid var(--line);padding:.45rem .6rem .45rem 0;text-align:left;vertical-align:top}th{font-weight:600;
white-space:nowrap}
dl{display:grid;grid-template-columns:minmax(6.5rem,max-content) minmax(0,1fr);gap:.25rem 1rem;margin:0}dd{margin:0}
ul{margin:0;padding-left:1.1rem}
.satisfied,.admit{color:var(--good)}.violated,.deny{color:var(--bad)}.undetermined,.warn{color:var(--open)}
.satisfied,.violated,.undetermined,.admit,.deny,.warn{font-weight:600}
details{margin:0}summary{cursor:pointer;padding:.15rem 0}
.group{border:1px solid var(--line);border-radius:6px;margin:0 0 .9rem;padding:.5rem .9rem}
.group>summary{font-weight:600}.group>summary .mild{font-weight:400}
td time,td .word,td a code{overflow-wrap:normal}.word{white-space:nowrap}
.card{background:var(--card);border-radius:6px;margin:.6rem 0;padding:.7rem .9rem}
form{display:flex;flex-wrap:wrap;gap:.6rem .9rem;align-items:end;margin:.6rem 0 1rem}
label{display:flex;flex-direction:column;color:var(--mild);font-size:.9em;gap:.15rem}
input,select,button{background:var(--back);border:1px solid var(--edge);border-radius:5px;color:var(--text);font:inherit;
max-width:100%;min-height:2.2rem;padding:.25rem .5rem}
button{cursor:pointer;font-weight:600;padding:.25rem 1rem}
@media(max-width:64rem){header,main,footer{padding:.8rem}
table,tbody,tr,td,caption{display:block}thead{position:absolute;left:-99rem}
tr{border:1px solid var(--line);border-radius:6px;margin:0 0 .8rem;padding:.5rem .7rem}
td{border:0;display:grid;gap:.6rem;grid-template-columns:5.5rem minmax(0,1fr);padding:.15rem 0}td::before{color:var(--mild);
content:attr(data-label)}
dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .5rem}
td:has(>div:empty){display:none}
label{width:calc(50% - .45rem)}input,select,form button{width:100%}}
@media print{nav,form,.skip{display:none}body{background:#fff;color:#000}details>*{display:block}}
`;

/**
 * Scripts, frames, images and foreign styles are all forbidden; only our own style sheet, by its hash, is let in, and forms that come
 * back here.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'", `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
].join('; ');
