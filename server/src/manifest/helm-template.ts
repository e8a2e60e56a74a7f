/**
 * Tells a Helm template from a manifest that merely carries a template as text (an agent's
 * annotation, a script). Text in block scalars and annotations is the manifest's own business.
 */
import { keyText, type TreeNode } from './tree.ts';

const ACTION =
  /\{\{-?\s*(?:[.$]|\/\*|(?:if|range|with|end|else|define|include|template|block|toYaml|printf|required|default|tpl|lookup|nindent|quote|not|and|or|eq|ne)\b)/;

/** Whether there is anything like a template action in the text: a quick first question. */
export function mayBeTemplate(text: string): boolean {
  return ACTION.test(text);
}

/** Whether the piece is a template. Its tree may be broken, as templates are no YAML. */
export function isTemplate(text: string, root: TreeNode | undefined): boolean {
  const own: TreeNode[] = [];
  if (root) collectOwnText(root, text, false, own);
  let masked = '';
  let at = 0;
  for (const { range } of own) {
    masked += text.slice(at, range.start);
    at = Math.max(at, range.end);
  }
  return ACTION.test(masked + text.slice(at));
}

function collectOwnText(node: TreeNode, text: string, annotation: boolean, into: TreeNode[]): void {
  if (node.kind === 'scalar') {
    const first = text[node.range.start];
    if (first === '|' || first === '>' || (annotation && !node.plain)) into.push(node);
  } else if (node.kind === 'list') {
    for (const item of node.items) collectOwnText(item, text, annotation, into);
  } else {
    for (const { key, value } of node.entries) {
      const inside = annotation || /^(?:annotations|data|stringData)$/.test(keyText(key));
      if (value) collectOwnText(value, text, inside, into);
    }
  }
}
