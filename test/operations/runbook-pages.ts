import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const PAGES = new URL('docs/runbooks/', ROOT);

const CODE_BLOCK = /^```(\w*)\n([\s\S]*?)^```$/gm;
const HEADING = /^#+ (.+)$/gm;

export function textOf(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

export function runbookPaths(): string[] {
  return readdirSync(PAGES)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/runbooks/${name}`);
}

/** Why a link of the repository leads nowhere; null when there is the file, and the heading in it. */
export function faultOfLink(link: string): string | null {
  const [path = '', anchor] = link.split('#');
  if (!existsSync(fileURLToPath(new URL(path, ROOT)))) return `${path} is not there`;
  if (anchor === undefined || anchorsOf(path).includes(anchor)) return null;
  return `${path} has no heading #${anchor}, only ${anchorsOf(path).join(', ')}`;
}

/** The anchors of a page as GitHub and most others make them from its headings. */
function anchorsOf(path: string): string[] {
  const prose = textOf(path).replace(CODE_BLOCK, '');
  return [...prose.matchAll(HEADING)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The questions to the database a page tells to ask, but for those with a place to fill in. */
export function questionsOf(path: string): string[] {
  const blocks = [...textOf(path).matchAll(CODE_BLOCK)].filter(([, language]) => language === 'sql');
  const statements = blocks.flatMap(([, , block]) => block!.replace(/--.*$/gm, '').split(';'));
  return statements.map((one) => one.trim()).filter((one) => /^SELECT\b/i.test(one) && !/<[a-z]/i.test(one));
}
