import * as esbuild from 'esbuild';

/** Bundles a source file for a test, as esbuild.mjs does for the product: the text by file ending. */
export async function bundle(
  entry: string,
  options: esbuild.BuildOptions,
): Promise<{ readonly script: string; readonly style: string }> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    outfile: 'bundle.js',
    bundle: true,
    write: false,
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    ...options,
  });
  const text = (end: string) => outputFiles?.find((it) => it.path.endsWith(end))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}
