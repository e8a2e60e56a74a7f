/**
 * A page object for the VS Code workbench in a browser. Selectors as of VS Code 1.139. Every step
 * waits for what it opened and tries again: on a busy machine keys and clicks get lost.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  chromium,
  type Browser,
  type FrameLocator,
  type Locator,
  type Page,
} from 'playwright-core';
import { inject } from 'vitest';

const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
} as const;

export type Theme = keyof typeof THEMES;

const WAIT_MILLISECONDS = 30_000;
/** Hosts that a page may ask: this machine, and the name VS Code's service worker answers to. */
const OWN_HOSTS = /^127\.0\.0\.1$|\.vscode-resource\.vscode-cdn\.net$/;

/** Presses a key until what it opens is there. */
async function pressFor(page: Page, key: string, opened: Locator): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await page.keyboard.press(key);
    try {
      await opened.waitFor({ timeout: 3000 });
      return;
    } catch (error) {
      if (attempt === 8) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/** Does it again when it fails: a list that is redrawn loses a click. */
async function repeat(times: number, action: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt === times) throw error;
    }
  }
}

export class Workbench implements AsyncDisposable {
  readonly page: Page;
  readonly folder: string;
  /** Addresses outside this machine that the page asked for: there should be none. */
  readonly external: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page, folder: string) {
    this.#browser = browser;
    this.page = page;
    this.folder = folder;
    page.setDefaultTimeout(WAIT_MILLISECONDS);
    page.on('request', (request) => {
      const { protocol, hostname, href } = new URL(request.url());
      if (/^(?:http|ws)/.test(protocol) && !OWN_HOSTS.test(hostname)) this.external.push(href);
    });
  }

  /** Opens a folder in a window of its own; waits until the workbench is up. */
  static async open(folder = inject('workspace'), file?: string): Promise<Workbench> {
    const browser = await chromium.connect(inject('browser'));
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const workbench = new Workbench(browser, page, folder);
    const origin = inject('origin');
    const query = new URLSearchParams({ folder });
    if (file !== undefined) {
      const uri = `vscode-remote://${new URL(origin).host}${path.posix.join(folder, file)}`;
      query.set('payload', JSON.stringify([['openFile', uri]]));
    }
    await page.goto(`${origin}/?${query.toString()}`);
    await page.locator('.monaco-workbench .part.statusbar').waitFor();
    return workbench;
  }

  /** Loads the window anew as it was left. A window opened with a file restores nothing. */
  async reload(): Promise<void> {
    await this.page.evaluate(() => Reflect.set(window, 'before', true));
    await this.run('Developer: Reload Window');
    await this.page.waitForFunction(() => !Reflect.get(window, 'before'));
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }

  /** Runs a command by the title that the palette shows. */
  async run(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget:visible input');
    await repeat(5, async () => {
      await pressFor(this.page, 'F1', input);
      await input.fill(`>${title}`);
      await this.#quickInputRow(title).click({ timeout: 5000 });
    });
  }

  /** Opens a file by quick open; the editor that shows it. */
  async openFile(name: string): Promise<Editor> {
    const input = this.page.locator('.quick-input-widget:visible input');
    const root = this.page.locator(`.monaco-editor[data-uri$="/${name}"]`).first();
    await repeat(5, async () => {
      await pressFor(this.page, 'Control+P', input);
      await input.fill(name);
      // The search may have begun before the workspace was there: then it is asked again.
      await this.#quickInputRow(name).click({ timeout: 5000 });
      await root.waitFor({ timeout: 5000 });
    });
    return new Editor(this.page, root);
  }

  /** The visible editor of a file. */
  async editor(name: string): Promise<Editor> {
    const root = this.page.locator(`.monaco-editor[data-uri$="/${name}"]`).first();
    await root.waitFor();
    return new Editor(this.page, root);
  }

  /** Rows of the Problems panel. */
  async problems(): Promise<Locator> {
    const rows = this.page.locator('.markers-panel .monaco-list-row');
    if (!(await this.page.locator('.markers-panel').isVisible())) {
      await this.run('View: Focus Problems');
    }
    await rows.first().waitFor();
    return rows;
  }

  /** The page that the extension put into a webview: the one that says this. */
  async webview(says: RegExp, milliseconds = WAIT_MILLISECONDS): Promise<FrameLocator> {
    const end = Date.now() + milliseconds;
    while (Date.now() < end) {
      for (const outer of await this.page.locator('iframe.webview.ready').all()) {
        const inner = outer.contentFrame().frameLocator('iframe#active-frame');
        const text = await inner
          .locator('body')
          .innerText({ timeout: 1000 })
          .catch(() => '');
        if (says.test(text)) return inner;
      }
      await this.page.waitForTimeout(200);
    }
    throw new Error(`no webview says ${String(says)}`);
  }

  /** The text of an output channel. */
  async output(name: string): Promise<Locator> {
    await this.run('Output: Show Output Channels...');
    await this.#quickInputRow(name).click();
    return this.page.locator('.part.panel .view-lines').first();
  }

  statusItem(name: RegExp): Locator {
    return this.page.locator('.part.statusbar').getByRole('button', { name }).first();
  }

  /** Changes the workspace's settings, which the editor sees while it runs. */
  async configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const file = path.join(this.folder, '.vscode', 'settings.json');
    mkdirSync(path.dirname(file), { recursive: true });
    let before: object = {};
    try {
      before = JSON.parse(readFileSync(file, 'utf8')) as object;
    } catch {
      // The first settings of this workspace.
    }
    writeFileSync(file, JSON.stringify({ ...before, ...settings }));
  }

  async theme(theme: Theme): Promise<void> {
    await this.configure({ 'workbench.colorTheme': THEMES[theme] });
    const look = { dark: '.vs-dark', light: '.vs', 'high-contrast': '.hc-black' }[theme];
    await this.page.locator(`.monaco-workbench${look}`).waitFor();
    // Webviews and colours of the text follow a moment later.
    await this.page.waitForTimeout(1500);
  }

  /** Saves what is on the screen as out/screenshots/NAME.png. */
  async screenshot(name: string): Promise<void> {
    await this.page.mouse.move(0, 0);
    // The words about what was under the mouse go a moment later.
    await this.page.waitForTimeout(700);
    await this.page.screenshot({ path: path.join('out', 'screenshots', `${name}.png`) });
  }

  #quickInputRow(text: string): Locator {
    return this.page
      .locator('.quick-input-widget:visible .quick-input-list .monaco-list-row', { hasText: text })
      .first();
  }
}

export class Editor {
  readonly page: Page;
  readonly root: Locator;

  constructor(page: Page, root: Locator) {
    this.page = page;
    this.root = root;
  }

  /** The first line that holds the text. In a pattern `\s` is a space: VS Code draws U+00A0. */
  line(text: string | RegExp): Locator {
    return this.root.locator('.view-line', { hasText: text }).first();
  }

  squiggle(kind: 'error' | 'warning' | 'info' | 'hint' = 'error'): Locator {
    return this.root.locator(`.squiggly-${kind}`).first();
  }

  /** Puts the cursor on a word, which must be one coloured token of its line. */
  async click(line: string, word: string): Promise<void> {
    await this.page.mouse.move(0, 0);
    await this.line(line).getByText(word, { exact: true }).first().click();
  }

  /** Puts the cursor of the active editor on a line, which scrolls it onto the screen. */
  async goToLine(line: number): Promise<void> {
    const input = this.page.locator('.quick-input-widget:visible input');
    await pressFor(this.page, 'Control+G', input);
    await input.fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.part.statusbar').getByText(`Ln ${line},`).waitFor();
  }

  /** A code lens that can be clicked: VS Code may draw it late, until the editor is touched. */
  async lens(text: RegExp): Promise<Locator> {
    const lens = this.root.locator('.codelens-decoration a', { hasText: text }).first();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await lens.waitFor({ timeout: 4000 });
        return lens;
      } catch (error) {
        if (attempt === 10) throw error;
      }
      const { width, height } = this.page.viewportSize() ?? { width: 1440, height: 900 };
      const by = attempt % 2 === 1 ? -20 : 20;
      await this.page.setViewportSize({ width: width + by, height });
    }
  }

  /** Moves the mouse onto a word until a hover says the text. */
  async hover(line: string, word: string, says: string | RegExp): Promise<Locator> {
    const hover = this.page
      .locator('.monaco-hover:not(.hidden) .monaco-hover-content', { hasText: says })
      .first();
    for (let attempt = 1; ; attempt += 1) {
      await this.page.mouse.move(0, 0);
      await this.line(line).getByText(word, { exact: true }).first().hover();
      try {
        await hover.waitFor({ timeout: 8000 });
        return hover;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  /** Picks an entry of the quick fix menu at a word. */
  async quickFix(line: string, word: string, title: RegExp): Promise<void> {
    const entry = this.page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
    await this.click(line, word);
    await pressFor(this.page, 'Control+.', entry);
    await entry.click();
  }

  /** The text on the screen, inlay hints among it. */
  async text(): Promise<string> {
    const lines = await this.root.locator('.view-line').allInnerTexts();
    return lines.join('\n').replaceAll('\u00a0', ' ');
  }
}
