import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFailed,
} from 'vitest';
import { Workbench } from './workbench.ts';

describe('The panel in the workbench', () => {
  let workbench: Workbench;
  let panel: FrameLocator;

  beforeAll(async () => {
    workbench = await Workbench.open();
    await workbench.openFile('web.yaml');
  });
  afterAll(async () => {
    await workbench?.[Symbol.asyncDispose]();
  });
  beforeEach(async ({ task }) => {
    onTestFailed(async () => {
      await workbench.screenshot(`failed-${task.name.replaceAll(/\W+/g, '-')}`);
    });
    await focusManifest();
    const editor = await workbench.openFile('web.yaml');
    // Behind the last line: what is written into the container is then on the screen.
    await editor.goToLine(40);
    await workbench.run('Podsage: Show Shutdown Order');
    panel = await workbench.webview(/has forgotten the pod/);
  });
  afterEach(async () => {
    await focusManifest();
    await workbench.run('File: Revert File');
  });

  /** What is opened comes up where the focus is, and a click into the panel has taken it. */
  async function focusManifest(): Promise<void> {
    await workbench.run('View: Focus First Editor Group');
  }

  it('writes what was found good into the manifest', async () => {
    const editor = await workbench.editor('web.yaml');
    await panel.getByRole('button', { name: /^What if/ }).click();
    await panel.getByLabel('preStop sleep').fill('12');
    await panel.getByText('to spare').first().waitFor();
    expect(await editor.text()).not.toMatch(/seconds: 12/);
    await panel.getByRole('button', { name: /Write into the manifest/ }).click();
    await editor.line(/seconds:\s12/).waitFor();
    await panel.getByRole('button', { name: /^What if/ }).click();
  });

  it('applies the fix of a finding and turns to its line', async () => {
    const editor = await workbench.editor('web.yaml');
    await panel.getByRole('tab', { name: /Findings/ }).click();
    const finding = panel.locator('.finding', { has: panel.locator('.fixes') }).first();
    const link = finding.locator('.meta button.link');
    const line = Number(((await link.textContent()) ?? '').split(':')[1]);
    await link.click();
    await expect
      .poll(() => workbench.page.locator('#status\\.editor\\.selection').textContent())
      .toContain(`Ln ${line},`);
    const before = await editor.text();
    await finding.locator('.fixes button').first().click();
    await expect.poll(() => editor.text(), { timeout: 20_000 }).not.toBe(before);
  });

  it('lights the lines that matter at the moment under the scrubber', async () => {
    const editor = await workbench.editor('web.yaml');
    const lit = editor.root.locator('.view-overlays [class*="ced-"]');
    const before = await lit.count();
    await panel.getByLabel('Moment on the timeline').fill('250');
    await expect.poll(() => lit.count(), { timeout: 20_000 }).toBeGreaterThan(before);
    await panel.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => lit.count(), { timeout: 20_000 }).toBe(before);
  });

  it.each([
    ['Drawing as SVG', 'svg', /^<svg /],
    ['Drawing as PNG', 'png', /^.PNG/],
    ['Page as HTML', 'html', /^<!DOCTYPE html>/],
    ['Words as Markdown', 'md', /^# Deployment/],
    ['Shutdown as Mermaid sequence', 'mmd', /^sequenceDiagram/],
  ])('saves %s', async (label, extension, begins) => {
    await panel.locator('summary', { hasText: 'Export' }).click();
    await panel.getByRole('button', { name: label }).click();
    const input = workbench.page.locator('.quick-input-widget:visible input');
    const name = `default-web-shutdown.${extension}`;
    // The folder comes first, the name a moment later.
    await expect
      .poll(() => input.inputValue(), { timeout: 20_000 })
      .toMatch(new RegExp(`${name}$`));
    const file = path.join(workbench.folder, name);
    rmSync(file, { force: true });
    await workbench.page.keyboard.press('Enter');
    await expect.poll(() => existsSync(file), { timeout: 20_000 }).toBe(true);
    await expect.poll(() => readFileSync(file, 'latin1'), { timeout: 20_000 }).toMatch(begins);
    rmSync(file);
  });

  it('comes back after a reload of the window, pinned and where it was', async () => {
    await panel.getByRole('button', { name: 'Pin' }).click();
    await panel.getByRole('button', { name: 'Pinned' }).waitFor();
    await panel.getByLabel('Moment on the timeline').fill('300');
    await panel.getByRole('heading', { name: /^At / }).waitFor();
    await workbench.reload();
    // The extension and its server start anew.
    panel = await workbench.webview(/has forgotten the pod/, 90_000);
    await panel.getByRole('button', { name: 'Pinned' }).waitFor();
    await panel.getByRole('tab', { name: /Shutdown/, selected: true }).waitFor();
    await panel.getByRole('heading', { name: /^At / }).waitFor();
    await panel.getByRole('button', { name: 'Pinned' }).click();
    await panel.getByRole('button', { name: 'Pin', exact: true }).waitFor();
  }, 180_000);
});
