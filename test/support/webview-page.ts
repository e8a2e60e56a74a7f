/**
 * The real webview bundle in headless Chromium: the page and policy that the extension gives it, the
 * editor's side played by the test. `it.skipIf(!hasChromium)`.
 */
import { chromium, type Browser, type Page } from 'playwright-core';
import { predictionPage } from '../../client/src/prediction-page.ts';
import type { FromWebview, ToWebview } from '../../server/src/protocol/index.ts';
import { bundle } from './bundle.ts';
import { findChromium, launchOptions } from '../../scripts/browser.mjs';
import { THEMES, type WebviewTheme } from './editor-themes.ts';

export const hasChromium = findChromium() !== undefined;

const ORIGIN = 'https://webview.test';

export class WebviewPage implements AsyncDisposable {
  readonly page: Page;
  /** Errors and broken policies; there should be none. */
  readonly faults: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (it) => {
      if (it.type() === 'error') this.faults.push(it.text());
    });
  }

  /** Opens the page as a theme has it. The bundle is built from the source as it stands. */
  static async open(theme: WebviewTheme = 'dark', width = 900): Promise<WebviewPage> {
    const { script, style } = await bundle('media/prediction/main.tsx', { format: 'iife' });
    const browser = await chromium.launch(launchOptions());
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const webview = new WebviewPage(browser, page);
    const html = predictionPage({
      nonce: 'test',
      script: `${ORIGIN}/webview.js`,
      style: `${ORIGIN}/webview.css`,
    });
    const files: Record<string, { contentType: string; body: string }> = {
      '/': { contentType: 'text/html', body: html },
      '/webview.js': { contentType: 'text/javascript', body: script },
      '/webview.css': { contentType: 'text/css', body: style },
    };
    await page.route('**/*', (route) => {
      const file = files[new URL(route.request().url()).pathname];
      return file ? route.fulfill(file) : route.fulfill({ status: 404 });
    });
    await page.addInitScript(playEditor, { theme, colours: THEMES[theme] });
    await page.goto(`${ORIGIN}/`);
    return webview;
  }

  /** A message from the extension. */
  async post(message: ToWebview): Promise<void> {
    await this.page.evaluate(
      (it) => window.dispatchEvent(new MessageEvent('message', { data: it })),
      message,
    );
  }

  /** The intents of one type that the page has sent. */
  async sent<T extends FromWebview['type']>(
    type: T,
  ): Promise<readonly Extract<FromWebview, { type: T }>[]> {
    const all = await this.page.evaluate(() => Reflect.get(window, 'sent') as FromWebview[]);
    return all.filter((it): it is Extract<FromWebview, { type: T }> => it.type === type);
  }

  /** What the page last kept by `setState`. */
  state(): Promise<unknown> {
    return this.page.evaluate(() => Reflect.get(window, 'state') as unknown);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** Runs in the page, before its scripts: what VS Code does for a webview. */
function playEditor(look: { theme: string; colours: Record<string, string> }): void {
  const sent: unknown[] = [];
  Object.assign(window, {
    sent,
    state: undefined,
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => void sent.push(message),
      getState: () => Reflect.get(window, 'state') as unknown,
      setState: (state: unknown) => void Reflect.set(window, 'state', state),
    }),
  });
  document.addEventListener('DOMContentLoaded', () => {
    document.body.classList.add(`vscode-${look.theme}`);
    document.body.dataset['vscodeThemeKind'] = `vscode-${look.theme}`;
    const { style } = document.documentElement;
    for (const [name, value] of Object.entries(look.colours)) {
      style.setProperty(`--vscode-${name}`, value);
    }
    style.setProperty('--vscode-font-family', 'DejaVu Sans, sans-serif');
    style.setProperty('--vscode-font-size', '13px');
    document.body.style.setProperty('background-color', 'var(--vscode-editor-background)');
  });
}
