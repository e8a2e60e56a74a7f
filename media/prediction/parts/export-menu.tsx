// What can be taken along: drawings and words, for a page, a pull request, or a printer.
import { useRef } from 'preact/hooks';
import type { Desk } from '../model/desk.ts';
import { EXPORTS, exportAs, isOffered } from '../export/exports.ts';

export function ExportMenu({ desk }: { readonly desk: Desk }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !menu.current?.open) return;
    menu.current.open = false;
    menu.current.querySelector('summary')?.focus();
  };
  return (
    <details class="menu" ref={menu} onKeyDown={close}>
      <summary>Export</summary>
      <div class="menu-items">
        {EXPORTS.filter((it) => isOffered(it.format, desk.ui.section)).map(({ format, label }) => (
          <button
            key={format}
            type="button"
            onClick={() => {
              if (menu.current) menu.current.open = false;
              void exportAs(format, desk);
            }}
          >
            {label}
          </button>
        ))}
      </div>
    </details>
  );
}
