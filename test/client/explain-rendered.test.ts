import { beforeEach, describe, expect, it, vi } from 'vitest';

/** An editor with one file open, in which the user presses Enter. */
const editor = vi.hoisted(() => ({
  trusted: true,
  files: new Set<string>(),
  active: '',
  typed: (value: string): string | undefined => value,
  asked: [] as string[],
  opened: [] as string[],
  told: [] as string[],
}));

vi.mock('vscode', () => {
  const uri = (path: string) => ({ scheme: 'file', path, fsPath: path });
  const say = (message: string) => editor.told.push(message);
  return {
    Uri: {
      joinPath: ({ path }: { path: string }, name: string) =>
        uri(name === '..' ? path.replace(/\/[^/]*$/, '') : `${path}/${name}`),
    },
    ViewColumn: { Beside: -2 },
    window: {
      get activeTextEditor() {
        return { document: { uri: uri(editor.active) } };
      },
      showInputBox: async ({ title, value }: { title: string; value: string }) => {
        editor.asked.push(title, value);
        return editor.typed(value);
      },
      showTextDocument: async () => undefined,
      showInformationMessage: say,
      showErrorMessage: say,
    },
    workspace: {
      get isTrusted() {
        return editor.trusted;
      },
      getWorkspaceFolder: () => ({ uri: uri('/shop') }),
      fs: {
        stat: async ({ path }: { path: string }) => {
          if (!editor.files.has(path)) throw new Error('no such file');
        },
      },
      openTextDocument: async ({ content }: { content: string }) => editor.opened.push(content),
    },
  };
});

const { explainRendered, whyNotRun, wordsOf } =
  await import('../../client/src/commands/explain-rendered.ts');
type Context = Parameters<typeof explainRendered>[0];

const ran: string[] = [];
async function render(runProgram: Context['runProgram']): Promise<void> {
  const log = { info: () => undefined, error: () => undefined };
  await explainRendered({ runProgram, log } as unknown as Context, undefined);
}
const helm: Context['runProgram'] = async (program, args, folder) => {
  ran.push([folder, program, ...args].join(' '));
  return 'kind: Pod\n';
};

beforeEach(() => {
  Object.assign(editor, {
    trusted: true,
    asked: [],
    opened: [],
    told: [],
    typed: (it: string) => it,
  });
  editor.active = '/shop/chart/templates/web.yaml';
  editor.files = new Set(['/shop/chart/Chart.yaml']);
  ran.length = 0;
});

describe('rendering by the own program', () => {
  it('shows the command before it runs, and opens what it writes', async () => {
    editor.typed = (it) => `${it} -f "values of prod.yaml"`;
    await render(helm);
    expect(editor.asked).toEqual(['Runs in /shop/chart when you press Enter', 'helm template .']);
    expect(ran).toEqual(['/shop/chart helm template . -f values of prod.yaml']);
    expect(editor.opened).toEqual(['kind: Pod\n']);
  });

  it('knows kustomizations', async () => {
    editor.files = new Set(['/shop/chart/kustomization.yaml']);
    await render(helm);
    expect(ran).toEqual(['/shop/chart kubectl kustomize .']);
  });

  it('runs nothing where the user goes back, the workspace is not trusted, or it cannot', async () => {
    editor.typed = () => undefined;
    await render(helm);
    editor.trusted = false;
    await render(helm);
    await render(undefined);
    expect(ran).toEqual([]);
    expect(editor.told).toEqual([
      expect.stringContaining('trusted workspaces only'),
      expect.stringContaining('cannot be run in a browser'),
    ]);
  });

  it('says that there is nothing to render', async () => {
    editor.files = new Set(['/Chart.yaml']);
    await render(helm);
    expect(editor.asked).toEqual([]);
    expect(editor.told).toEqual([expect.stringContaining('no Chart.yaml or kustomization.yaml')]);
  });

  it('shows what the program complains of', async () => {
    await render(async () => {
      throw new Error('Error: missing values');
    });
    expect(editor.opened).toEqual([]);
    expect(editor.told).toEqual(['Podsage: helm template .: Error: missing values']);
  });
});

describe('a command line', () => {
  it('begins with a program that renders', () => {
    expect(whyNotRun('helm template .')).toBeUndefined();
    expect(whyNotRun('rm -rf .')).toContain('helm, kubectl, kustomize');
    expect(whyNotRun('')).toBeDefined();
  });

  it('is cut at spaces that are not quoted', () => {
    expect(wordsOf(`helm template . --set 'a=b c' -f"x y"`)).toEqual([
      ...['helm', 'template', '.', '--set', 'a=b c', '-fx y'],
    ]);
  });
});
